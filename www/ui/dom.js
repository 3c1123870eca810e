// Small helpers around the document. The document is touched only where a value changed.

/**
 * The element with this id, which the page cannot do without.
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`index.html: expected a ${kind.name} with id "${id}"`);
}

/** @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Element} element @param {string} name @param {string} value */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** @param {Element} element @param {boolean} hidden */
export function setHidden(element, hidden) {
  if (element.hasAttribute('hidden') !== hidden) element.toggleAttribute('hidden', hidden);
}

/** @param {HTMLButtonElement | HTMLInputElement | HTMLSelectElement} element @param {boolean} disabled */
export function setDisabled(element, disabled) {
  if (element.disabled !== disabled) element.disabled = disabled;
}

/** The field that a person is typing into: from the first key to the change. @type {EventTarget | null} */
let typing = null;

/**
 * Writes a control's value, except while a person is typing into it.
 * @param {HTMLInputElement | HTMLSelectElement} element
 * @param {string} value
 */
export function setValue(element, value) {
  if (element.value !== value && typing !== element) element.value = value;
}

/**
 * Offers choices; the chosen one stays if it is among them. Returns whether they are others than before.
 * @param {HTMLSelectElement} select
 * @param {string[][]} options values and their words
 */
export function setOptions(select, options) {
  const wanted = options.flat().join('\n');
  if (select.dataset.of === wanted) return false;
  select.dataset.of = wanted;
  const before = select.value;
  select.replaceChildren(...options.map(([value, words]) => create('option', { value }, words)));
  if (options.some(([value]) => value === before)) select.value = before;
  return true;
}

/**
 * A new element. Text and elements become its children.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function create(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** @param {Element} holder @param {string} name the part after `icon-` of a symbol in index.html */
export function setIcon(holder, name) {
  const use = holder.querySelector('use');
  if (use) setAttribute(use, 'href', `#icon-${name}`);
}

/** Whether a person has typed something here that is not entered yet. @param {EventTarget | null} target */
export function isHalfTyped(target) {
  return target !== null && typing === target;
}

/** Whether a key pressed here belongs to the element under the focus. @param {EventTarget | null} target */
export function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['range', 'checkbox', 'file'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

/**
 * A row of buttons of which one is chosen: click or arrow keys.
 * @param {HTMLElement} group with role radiogroup
 * @param {(value: string) => void} onChoice
 * @returns {(value: string) => void} shows which one is chosen
 */
export function radioGroup(group, onChoice) {
  const buttons = () => [...group.querySelectorAll('button')];
  /** @param {string} value */
  const show = (value) => {
    for (const button of buttons()) {
      const chosen = button.dataset.value === value;
      setAttribute(button, 'aria-checked', String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
  };
  group.addEventListener('click', ({ target }) => {
    const value = target instanceof Element ? target.closest('button')?.dataset.value : undefined;
    if (value !== undefined) {
      show(value);
      onChoice(value);
    }
  });
  group.addEventListener('keydown', (event) => {
    const direction = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!direction) return;
    event.preventDefault();
    event.stopPropagation();
    const all = buttons();
    const at = all.findIndex((button) => button === document.activeElement);
    const next = all[(at + direction + all.length) % all.length];
    next.focus();
    next.click();
  });
  return show;
}

document.addEventListener(
  'input',
  ({ target }) => {
    typing = isTyping(target) && !(target instanceof HTMLSelectElement) ? target : null;
  },
  true,
);
document.addEventListener(
  'change',
  () => {
    typing = null;
  },
  true,
);
document.addEventListener(
  'focusout',
  () => {
    typing = null;
  },
  true,
);
