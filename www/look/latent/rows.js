// Pictures between two examples, and pictures of codes drawn at random.

import { addPart, embedding, invalidate, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { latent } from './latent.js';
import { isTabSeen } from './editor.js';
import { byId, setHidden } from '../../ui/dom.js';
import { showRow } from './picture-row.js';

/** @import { Pictures } from '../../engine/types.js' */

const from = byId('between-from', HTMLInputElement);
const to = byId('between-to', HTMLInputElement);
const between = byId('between-row', HTMLElement);
const samples = byId('sample-row', HTMLElement);
const spread = byId('sample-spread', HTMLInputElement);
const again = byId('sample-again', HTMLButtonElement);

const BETWEEN = 16;
const SAMPLES = 24;
/** While training the pictures are decoded again this often. */
const MILLISECONDS = 1000;

let seed = 1;

function draw() {
  if (!store.engine || !embedding()) return;
  const most = String(store.data?.used ?? 1);
  for (const box of [from, to]) box.max = most;
  setHidden(samples, !latent.directions);
  if (isTabSeen('between')) lookBetween(from.value, to.value);
  if (isTabSeen('samples') && latent.directions) lookAtSamples(seed, spread.value, latent.directions.step);
}

const lookBetween = createView({
  every: MILLISECONDS,
  ask: () => [['interpolate', number(from), number(to), BETWEEN]],
  take: (/** @type {Pictures} */ pictures) =>
    showRow(between, pictures, (i) => `${Math.round((100 * i) / (BETWEEN - 1))} % of the way`),
});
const lookAtSamples = createView({
  every: MILLISECONDS,
  ask: () => [['samples', SAMPLES, seed, Number(spread.value)]],
  take: (/** @type {Pictures} */ pictures) => showRow(samples, pictures, (i) => `Sample ${i + 1}`),
});

/** The engine counts from 0. @param {HTMLInputElement} box */
function number(box) {
  const last = Math.max(1, store.data?.used ?? 1);
  return Math.min(last, Math.max(1, Math.round(box.valueAsNumber) || 1)) - 1;
}

addPart(draw);
for (const box of [from, to]) box.addEventListener('change', invalidate);
for (const [id, box] of /** @type {const} */ ([
  ['between-from-shown', from],
  ['between-to-shown', to],
])) {
  byId(id, HTMLButtonElement).addEventListener('click', () => {
    if (store.example >= 0) box.value = String(store.example + 1);
    invalidate();
  });
}
again.addEventListener('click', () => {
  seed += 1;
  invalidate();
});
spread.addEventListener('input', invalidate);
