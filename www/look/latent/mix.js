// Means of examples: a code as the mean of some, or the difference of two means added to it.

import { engine, store } from '../../app/store.js';
import { changeCode } from './latent.js';
import { byId, setText } from '../../ui/dom.js';
import { counted } from '../../ui/format.js';
import { createSlider } from '../../ui/slider.js';

/** @import { Mix } from '../../engine/types.js' */

const lists = [byId('mix-plus', HTMLInputElement), byId('mix-minus', HTMLInputElement)];
const base = byId('mix-base', HTMLSelectElement);
const words = byId('mix-words', HTMLElement);
const strength = createSlider({
  label: 'Strength of the difference',
  low: -2,
  high: 2,
  home: 0,
  onInput: (value) => {
    amount = value;
    send();
  },
});

/** What to do, while there is nothing to mix. */
const HINT = 'Enter class names or image numbers (e.g. 3, 8, 20-25) in both.';

let amount = 1;

/** What was found in a list, until the data or the words are others. @type {Map<string, Promise<Uint32Array>>} */
const known = new Map();
let knownData = -1;

/** @param {string} words */
function named(words) {
  if (knownData !== store.stamps.data) known.clear();
  knownData = store.stamps.data;
  const found = known.get(words) ?? engine().examplesNamed(words);
  known.set(words, found);
  found.catch(() => known.delete(words));
  return found;
}

/** What the engine finds in the lists; null where it refuses one, which is reported. @param {HTMLInputElement[]} inputs */
async function examples(...inputs) {
  if (!store.engine) return null;
  try {
    return await Promise.all(inputs.map((input) => named(input.value)));
  } catch (error) {
    setText(words, error instanceof Error ? error.message : String(error));
    return null;
  }
}

async function send() {
  const found = await examples(...lists);
  if (!found) return;
  const [plus, minus] = found.map((list) => [...list]);
  if (plus.length === 0 || minus.length === 0) {
    setText(words, HINT);
    return;
  }
  setText(words, `Average of ${counted(plus.length, 'image')} minus average of ${counted(minus.length, 'image')}.`);
  const from = /** @type {Mix['base']} */ (base.value);
  changeCode((engine) => engine.mixCode({ base: from, plus, minus, strength: amount }));
}

byId('mix-strength', HTMLElement).append(strength.element);
strength.show(amount);
setText(words, HINT);
for (const list of lists) list.addEventListener('change', send);
base.addEventListener('change', send);
for (const [id, list] of /** @type {const} */ ([
  ['mix-plus-add', lists[0]],
  ['mix-minus-add', lists[1]],
])) {
  byId(id, HTMLButtonElement).addEventListener('click', () => {
    if (store.example < 0) return;
    list.value = list.value.trim() === '' ? String(store.example + 1) : `${list.value}, ${store.example + 1}`;
    send();
  });
}
byId('mix-mean', HTMLButtonElement).addEventListener('click', async () => {
  const plus = [...((await examples(lists[0]))?.[0] ?? [])];
  if (plus.length > 0) changeCode((engine) => engine.mixCode({ base: plus, plus: [], minus: [], strength: 0 }));
});
