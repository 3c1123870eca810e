// Means of examples: a code as the mean of some, or the difference of two means added to it.

import { app } from './app.js';
import { changeCode } from './code.js';
import { byId, setText } from './dom.js';
import { counted } from './format.js';
import { createSlider } from './slider.js';

/** @import { Mix } from './types.js' */

const lists = [byId('mix-plus', HTMLInputElement), byId('mix-minus', HTMLInputElement)];
const base = byId('mix-base', HTMLSelectElement);
const words = byId('mix-words', HTMLElement);
const strength = createSlider({ label: 'Strength of the difference', low: -2, high: 2, home: 0, onInput: (value) => { amount = value; send(); } });

let amount = 1;

/** Numbers as people write them, counted from 1: "3, 8, 20-25". @param {HTMLInputElement} input */
function examples(input) {
  const last = app.data?.used ?? 0;
  /** @type {Set<number>} */
  const found = new Set();
  for (const [, first, end] of input.value.matchAll(/(\d+)(?:\s*[-–]\s*(\d+))?/g)) {
    for (let n = Number(first); n <= Math.min(Number(end ?? first), last); n++) if (n >= 1) found.add(n - 1);
  }
  return [...found];
}

function tell() {
  const [plus, minus] = lists.map((list) => examples(list).length);
  setText(words, plus === 0 || minus === 0 ? 'Write numbers of examples into both, such as 3, 8, 20-25.'
    : `Mean of ${counted(plus, 'example')} less mean of ${counted(minus, 'example')}.`);
}

function send() {
  const [plus, minus] = lists.map(examples);
  tell();
  if (plus.length === 0 || minus.length === 0) return;
  const from = /** @type {Mix['base']} */ (base.value);
  changeCode((engine) => engine.mixCode({ base: from, plus, minus, strength: amount }));
}

byId('mix-strength', HTMLElement).append(strength.element);
strength.show(amount);
tell();
for (const list of lists) list.addEventListener('change', send);
base.addEventListener('change', send);
for (const [id, list] of /** @type {const} */ ([['mix-plus-add', lists[0]], ['mix-minus-add', lists[1]]])) {
  byId(id, HTMLButtonElement).addEventListener('click', () => {
    if (app.example < 0) return;
    list.value = list.value.trim() === '' ? String(app.example + 1) : `${list.value}, ${app.example + 1}`;
    send();
  });
}
byId('mix-mean', HTMLButtonElement).addEventListener('click', () => {
  const plus = examples(lists[0]);
  if (plus.length > 0) changeCode((engine) => engine.mixCode({ base: plus, plus: [], minus: [], strength: 0 }));
  else tell();
});
