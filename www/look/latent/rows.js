// Pictures between two examples, and pictures of codes drawn at random.

import { addPart, app, embedding, engine, invalidate, oneAtATime } from '../../app/store.js';
import { code } from './latent.js';
import { isTabSeen } from './editor.js';
import { byId, setHidden } from '../../ui/dom.js';
import { showError } from '../../ui/messages.js';
import { showStrip } from './picture-row.js';

/** @import { Pictures } from '../../engine/types.js' */

const from = byId('between-from', HTMLInputElement);
const to = byId('between-to', HTMLInputElement);
const between = byId('between-strip', HTMLElement);
const samples = byId('sample-strip', HTMLElement);
const spread = byId('sample-spread', HTMLInputElement);
const again = byId('sample-again', HTMLButtonElement);

const BETWEEN = 16;
const SAMPLES = 24;
/** While training the pictures are decoded again this often. */
const MILLISECONDS = 1000;

let seed = 1;
let askedFor = '';
let askedAt = 0;

/** What the visible strip is made of; empty where none is. */
function wish() {
  if (isTabSeen('between')) return `between ${from.value} ${to.value}`;
  if (isTabSeen('samples') && code.directions) return `samples ${seed} ${spread.value} ${code.directions.step}`;
  return '';
}

function draw() {
  if (!app.engine || !embedding()) return;
  const most = String(app.data?.used ?? 1);
  for (const box of [from, to]) box.max = most;
  setHidden(samples, !code.directions);
  const wanted = wish();
  if (wanted === '') {
    askedFor = '';
    return;
  }
  const now = `${wanted} ${app.modelVersion} ${app.dataVersion} ${app.valuesVersion}`;
  if (now === askedFor) return;
  const early = askedAt + MILLISECONDS - performance.now();
  if (askedFor.startsWith(wanted) && early > 0) {
    setTimeout(invalidate, early);
    return;
  }
  if (!ask()) return;
  askedFor = now;
  askedAt = performance.now();
}

const ask = oneAtATime(
  async () => {
    if (desired() === 'between')
      return { name: 'between', pictures: await engine().interpolate(number(from), number(to), BETWEEN) };
    return { name: 'samples', pictures: await engine().samples(SAMPLES, seed, Number(spread.value)) };
  },
  take,
  (error) => showError(error),
);

function desired() {
  return isTabSeen('between') ? 'between' : 'samples';
}

/** @param {{ name: string, pictures: Pictures }} answer */
function take({ name, pictures }) {
  if (name === 'between') showStrip(between, pictures, (i) => `${Math.round((100 * i) / (BETWEEN - 1))} % of the way`);
  else showStrip(samples, pictures, (i) => `Sample ${i + 1}`);
}

/** The engine counts from 0. @param {HTMLInputElement} box */
function number(box) {
  const last = Math.max(1, app.data?.used ?? 1);
  return Math.min(last, Math.max(1, Math.round(box.valueAsNumber) || 1)) - 1;
}

addPart(draw);
for (const box of [from, to]) box.addEventListener('change', invalidate);
for (const [id, box] of /** @type {const} */ ([
  ['between-from-shown', from],
  ['between-to-shown', to],
])) {
  byId(id, HTMLButtonElement).addEventListener('click', () => {
    if (app.example >= 0) box.value = String(app.example + 1);
    invalidate();
  });
}
again.addEventListener('click', () => {
  seed += 1;
  invalidate();
});
spread.addEventListener('input', invalidate);
