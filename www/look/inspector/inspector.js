// The inspector: a list of the neurons and connections that were chosen, live, the opened one with all that it has.

import { edits } from '../../app/commands.js';
import { addPart, invalidate, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { byId, create, isHalfTyped, setAttribute, setHidden, setText } from '../../ui/dom.js';
import { counted, loss } from '../../ui/format.js';
import { connectionItem, groupItem } from './connection-item.js';
import { neuronItem } from './neuron-item.js';
import { showSection } from '../../ui/layout.js';
import {
  clear,
  keyOf,
  layerOf,
  nameOf,
  open,
  placeOf,
  remove,
  selection,
  shortNameOf,
} from '../../network/selection.js';
import { theme } from '../../ui/theme.js';

/** @import { Chosen } from '../../network/selection.js' */
/** @import { ConnectionView, NeuronView, Question } from '../../engine/types.js' */

/**
 * @typedef {object} Shown an item on the screen
 * @property {Chosen} item
 * @property {string} name in the network that it was chosen in
 * @property {HTMLElement} element
 * @property {HTMLElement} body
 * @property {HTMLButtonElement} head
 * @property {HTMLElement} value
 * @property {HTMLElement} mark
 * @property {(open: boolean) => Question | null} question
 * @property {(view: any, open: boolean) => { value: string, mark: string }} show
 * @property {() => void} [tell] follows what goes on beside training
 */

const list = byId('inspector-list', HTMLElement);
const hint = byId('inspector-hint', HTMLElement);
const note = byId('inspector-note', HTMLElement);
const clearButton = byId('inspector-clear', HTMLButtonElement);
const network = byId('network', HTMLCanvasElement);
const lastLine = byId('last-edit', HTMLElement);

/** Numbers that change more often cannot be read. */
const MILLISECONDS = 160;

/** @type {Map<string, Shown>} */
const items = new Map();
/** The neurons that the engine was asked about. @type {Shown[]} */
let asked = [];
let seenNetwork = -1;
let drawnList = -1;
let shownEdit = -1;
/** Something was chosen that may be out of sight. */
let comesIntoSight = false;

function draw() {
  if (seenNetwork !== store.stamps.network) forgetOthers();
  if (drawnList !== selection.version) arrange();
  if (shownEdit !== edits.version) tellEdit();
  if (!store.engine || !store.model || selection.list.length === 0 || list.clientWidth === 0) return;
  for (const { tell } of items.values()) tell?.();
  look(selection.version, store.example, theme());
}

const look = createView({
  every: MILLISECONDS,
  ask() {
    asked = [];
    /** @type {Question[]} */
    const questions = [];
    for (const shown of items.values()) {
      const question = shown.question(shown.item === selection.opened);
      if (!question) continue;
      asked.push(shown);
      questions.push(question);
    }
    return questions.length > 0 ? [['inspect', questions]] : [];
  },
  take(/** @type {(NeuronView | ConnectionView | null)[]} */ answers = []) {
    answers.forEach((answer, number) => {
      if (answer) take(asked[number], answer);
      else remove(asked[number].item); // the network was rebuilt without it
    });
    asked = []; // what is taken off the list is not kept
    if (comesIntoSight) scrollToOpened();
    comesIntoSight = false;
  },
});

/** Name and sliders of the opened item come into sight; the example, which is above, stays there as far as it can. */
function scrollToOpened() {
  const parts = [...list.querySelectorAll('.item-head[aria-expanded="true"], .item-body:not([hidden]) > .field')];
  parts[parts.length - 1]?.scrollIntoView({ block: 'nearest' });
}

/** @param {Shown} shown @param {NeuronView | ConnectionView} answer */
function take(shown, answer) {
  const { value, mark } = shown.show(answer, shown.item === selection.opened);
  setText(shown.value, value);
  setText(shown.mark, mark);
}

/** Brings the elements in line with the list; those that stay are not touched. */
function arrange() {
  drawnList = selection.version;
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const keys = selection.list.map(keyOf);
  for (const [key, { element }] of items) {
    if (keys.includes(key)) continue;
    element.remove();
    items.delete(key);
  }
  selection.list.forEach((item, i) => {
    if (!items.has(keys[i])) items.set(keys[i], build(item));
  });
  keys.forEach((key, i) => {
    const { element } = /** @type {Shown} */ (items.get(key));
    if (list.children[i] !== element) list.insertBefore(element, list.children[i] ?? null);
  });
  for (const { item, head, body } of items.values()) {
    const isOpen = item === selection.opened;
    setAttribute(head, 'aria-expanded', String(isOpen));
    setHidden(body, !isOpen);
  }
  // A button that opened another item has gone with its own: the keys go on from the one that is open now.
  if (focused && (!focused.isConnected || focused.closest('.item-body[hidden]'))) enterInspector();
  setHidden(hint, keys.length > 0);
  setHidden(clearButton, keys.length === 0);
  setText(note, keys.length > 0 ? counted(keys.length, 'item') : '');
}

/** The keys go to what is open in the list; to the network where nothing is. */
export function enterInspector() {
  const opened = selection.opened ?? selection.list[0];
  const shown = opened && items.get(keyOf(opened));
  if (shown) document.dispatchEvent(new CustomEvent('chosen')); // on a narrow screen it may be out of sight
  (shown ? shown.head : network).focus();
}

/** @param {Chosen} item @returns {Shown} */
function build(item) {
  /** @type {Pick<Shown, 'question' | 'show' | 'tell'> & { body: Element[] }} */
  const made =
    item.kind === 'neuron' ? neuronItem(item) : item.kind === 'connection' ? connectionItem(item) : groupItem(item);
  const value = create('span', { class: 'item-value' });
  const mark = create('span', { class: 'item-mark' });
  const [title, place] = titleOf(item);
  const head = create(
    'button',
    { type: 'button', class: 'item-head' },
    create('span', { class: 'item-title' }, title),
    create('span', { class: 'item-place' }, place),
    mark,
    value,
  );
  const close = create('button', {
    type: 'button',
    class: 'icon-button small-button',
    'aria-label': `Remove ${title} from the list`,
    'data-tip': 'Remove from the list; the network stays as it is',
  });
  close.innerHTML = '<svg class="icon"><use href="#icon-close"/></svg>';
  const body = create('div', { class: 'item-body' }, ...made.body);
  const element = create(
    'li',
    { class: 'item', 'data-item': keyOf(item) },
    create('div', { class: 'item-line' }, head, close),
    body,
  );
  head.addEventListener('click', () => open(selection.opened === item ? null : item));
  close.addEventListener('click', () => {
    const next = /** @type {HTMLElement | null} */ (element.nextElementSibling ?? element.previousElementSibling);
    remove(item);
    (next?.querySelector('button') ?? network).focus();
  });
  const { question, show, tell } = made;
  return { item, name: fullNameOf(item), element, body, head, value, mark, question, show, tell };
}

/** In another network the same numbers may stand for other neurons, which were not chosen; nor was it edited. */
function forgetOthers() {
  seenNetwork = store.stamps.network;
  setHidden(lastLine, true); // it was done to that network
  for (const { item, name } of items.values()) if (fullNameOf(item) !== name) remove(item);
}

/** @param {Chosen} item */
function fullNameOf(item) {
  if (item.kind === 'group') return item.neurons.map(layerOf).join();
  return titleOf(item).join();
}

/** @param {Chosen} item @returns {[string, string]} */
function titleOf(item) {
  if (item.kind === 'neuron') return [shortNameOf(item), placeOf(item)];
  if (item.kind === 'connection') return [`${nameOf(item.source)} to ${nameOf(item.target)}`, ''];
  return [counted(item.count, 'neuron'), ''];
}

/** What the last edit did, with the error of the shown batch before and after. */
function tellEdit() {
  shownEdit = edits.version;
  const { last } = edits;
  setHidden(lastLine, !last);
  if (!last) return;
  const [before, after] = [loss(last.lossBefore), loss(last.lossAfter)];
  const cost = before === after ? '' : ` · loss ${before} → ${after}`;
  setText(lastLine, `${last.text}${cost}`);
  lastLine.title = lastLine.textContent ?? '';
}

addPart(draw);
clearButton.addEventListener('click', () => {
  clear();
  network.focus();
});
list.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || isHalfTyped(event.target)) return;
  event.preventDefault();
  network.focus();
});
document.addEventListener('chosen', () => {
  comesIntoSight = true;
  if (document.body.dataset.section !== 'inspect') showSection('inspect');
});
document.addEventListener('theme', invalidate);
