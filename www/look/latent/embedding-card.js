// The values an autoencoder squeezes the example into: bars, orange below zero and blue above, with their scale.

import { addPart, embedding, invalidate, same, store } from '../../app/store.js';
import { latent } from './latent.js';
import { byId, setAttribute, setHidden, setText } from '../../ui/dom.js';
import { counted, signed, significant } from '../../ui/format.js';
import { colour } from '../../ui/theme.js';

const card = byId('embedding-card', HTMLElement);
/** What a narrow screen shows in the card's place. */
const absent = byId('no-embedding', HTMLElement);
const canvas = byId('embedding', HTMLCanvasElement);
const note = byId('embedding-note', HTMLElement);
const words = byId('embedding-words', HTMLElement);
const readout = byId('embedding-readout', HTMLElement);

const ROW_HEIGHT = 56;
/** More values than this are drawn as cells of a grid. */
const MOST_BARS = 128;
/** The scale grows at once and shrinks slowly, so that bars can be compared while training. */
const SHRINK = 0.97;

/** @type {Float32Array | null} */
let values = null;
let limit = 0;
/** Which example and network the scale was made for. */
/** @type {unknown[]} */
let limitOf = [];
let shown = -1;
let stale = false;

function draw() {
  const isAbsent = store.model !== null && !embedding();
  setHidden(card, isAbsent);
  setHidden(absent, !isAbsent);
  if (!store.engine || !embedding()) return;
  if (shown !== latent.version && latent.known) {
    shown = latent.version;
    values = latent.known.values;
    stale = true;
  }
  if (stale) show();
}

function show() {
  stale = false;
  if (!values || canvas.clientWidth === 0) return;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  const now = [store.example, store.stamps.data, store.stamps.network];
  if (!same(now, limitOf)) limit = 0;
  limitOf = now;
  limit = largest > limit || largest < limit / 4 ? largest : Math.max(largest, limit * SHRINK);
  setText(note, counted(values.length, 'value'));
  const input = store.model?.input;
  const pixels = input ? input.width * input.height * input.channels : 0;
  setText(
    words,
    pixels > values.length
      ? `Every image is compressed from ${pixels.toLocaleString('en-US')} numbers to these ${values.length.toLocaleString('en-US')}, and redrawn from them.`
      : '',
  );
  setAttribute(
    canvas,
    'aria-label',
    `Embedding of this image: ${counted(values.length, 'value')} between ${signed(-largest)} and ${signed(largest)}`,
  );
  if (!readout.dataset.index) setText(readout, `bars end at ±${significant(limit, 2)}`);
  if (values.length <= MOST_BARS) showBars(values);
  else showCells(values);
}

/** The arrangement of the bars: rows of equal length. @param {number} length */
function rowsOf(length) {
  const rows = Math.max(1, Math.ceil(length / 64));
  return { rows, columns: Math.ceil(length / rows) };
}

/** @param {number} rows @param {number} height CSS pixels of one */
function prepare(rows, height) {
  const ratio = devicePixelRatio;
  canvas.style.height = `${rows * height}px`;
  canvas.width = Math.round(canvas.clientWidth * ratio);
  canvas.height = Math.round(rows * height * ratio);
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
}

/** @param {Float32Array} of */
function showBars(of) {
  const { rows, columns } = rowsOf(of.length);
  const ink = prepare(rows, ROW_HEIGHT);
  const [negative, positive, line] = [colour('--negative'), colour('--positive'), colour('--edge')];
  const width = canvas.width / columns;
  const height = canvas.height / rows;
  const gap = width > 6 ? Math.max(1, Math.round(width * 0.2)) : 0;
  of.forEach((value, i) => {
    const middle = (Math.floor(i / columns) + 0.5) * height;
    const left = Math.round((i % columns) * width);
    const right = Math.round(((i % columns) + 1) * width);
    const size = (value / limit) * (height / 2 - 4 * devicePixelRatio);
    ink.fillStyle = value < 0 ? negative : positive;
    ink.fillRect(left, size < 0 ? middle : middle - size, Math.max(1, right - left - gap), Math.abs(size));
  });
  ink.fillStyle = line;
  for (let row = 0; row < rows; row++)
    ink.fillRect(0, Math.round((row + 0.5) * height), canvas.width, Math.max(1, Math.round(devicePixelRatio)));
}

/** @param {Float32Array} of */
function showCells(of) {
  const columns = Math.ceil(Math.sqrt(of.length * 2));
  const rows = Math.ceil(of.length / columns);
  const side = canvas.clientWidth / columns;
  const ink = prepare(rows, side);
  const cell = canvas.width / columns;
  of.forEach((value, i) => {
    ink.globalAlpha = Math.min(1, Math.abs(value) / limit);
    ink.fillStyle = colour(value < 0 ? '--negative' : '--positive');
    const left = Math.floor((i % columns) * cell);
    const top = Math.floor(Math.floor(i / columns) * cell);
    ink.fillRect(left, top, Math.ceil(cell), Math.ceil(cell));
  });
}

/** @param {PointerEvent} event */
function indexUnder({ offsetX, offsetY }) {
  if (!values) return -1;
  const cells = values.length > MOST_BARS;
  const columns = cells ? Math.ceil(Math.sqrt(values.length * 2)) : rowsOf(values.length).columns;
  const height = cells ? canvas.clientWidth / columns : ROW_HEIGHT;
  const index = Math.floor(offsetY / height) * columns + Math.floor((offsetX / canvas.clientWidth) * columns);
  return index < values.length ? index : -1;
}

addPart(draw);
new ResizeObserver(() => {
  stale = true;
  invalidate();
}).observe(card);
document.addEventListener('theme', () => {
  stale = true;
  invalidate();
});
canvas.addEventListener('pointermove', (event) => {
  const index = indexUnder(event);
  if (!values || index < 0) return;
  readout.dataset.index = String(index);
  setText(readout, `value ${index + 1}: ${signed(values[index])}`);
});
canvas.addEventListener('pointerleave', () => {
  delete readout.dataset.index;
  stale = true;
  invalidate();
});
