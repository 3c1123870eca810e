// Where the keys go on when what they were on is hidden, removed or switched off: to what is nearest to it.

import { addPart, invalidate } from '../app/store.js';

/** What is switched off for a moment only keeps the focus. */
const MILLISECONDS = 300;
const FOCUSABLE = 'button, input, select, textarea, summary, [tabindex="0"]';

/** The last element that had the focus, and what it lay in, nearest first. @type {{ element: HTMLElement, around: Element[] } | null} */
let last = null;
/** With the pointer nothing is lost: where it presses next is where the focus goes. */
let byKeys = false;
let timer = 0;

/** @param {Element} element */
function isUsable(element) {
  return (
    element.isConnected &&
    !element.matches(':disabled, [tabindex="-1"]') &&
    element.checkVisibility({ visibilityProperty: true })
  );
}

function isLost() {
  return byKeys && last !== null && document.activeElement === document.body && document.hasFocus();
}

function goOn() {
  timer = 0;
  if (!last || !isLost()) return;
  if (isUsable(last.element)) return last.element.focus();
  for (const holder of last.around) {
    const next = holder.isConnected && [...holder.querySelectorAll(FOCUSABLE)].find(isUsable);
    if (next instanceof HTMLElement) return next.focus();
  }
}

addPart(() => {
  if (timer === 0 && isLost()) timer = window.setTimeout(goOn, MILLISECONDS);
});
document.addEventListener('focusin', ({ target }) => {
  if (!(target instanceof HTMLElement)) return;
  /** @type {Element[]} */
  const around = [];
  for (let at = target.parentElement; at; at = at.parentElement) around.push(at);
  last = { element: target, around };
});
document.addEventListener('focusout', invalidate);
document.addEventListener(
  'keydown',
  () => {
    byKeys = true;
  },
  true,
);
document.addEventListener(
  'pointerdown',
  () => {
    byKeys = false;
  },
  true,
);
