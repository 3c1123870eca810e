// The data card: ways in, what was found, what was skipped and why.

import { addPart, engine, invalidate, same, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { byId, create, setAttribute, setDisabled, setHidden, setText } from '../../ui/dom.js';
import { count, counted, mebibytes } from '../../ui/format.js';
import { bringBack, hasSources, isAdding, loadFiles, nameBefore, setAdding, useSample } from './load.js';
import { showError } from '../../ui/messages.js';
import { putPixels } from '../../ui/pixels.js';
import { showSkipped } from '../../ui/skipped-files.js';

/** @import { DataSummary, Storage, Thumbnails } from '../../engine/types.js' */

const name = byId('data-name', HTMLElement);
const dropWords = byId('drop-words', HTMLElement);
const fileCount = byId('file-count', HTMLElement);
const fileSize = byId('file-size', HTMLElement);
const usedCount = byId('used-count', HTMLElement);
const skippedCount = byId('skipped', HTMLElement);
const skippedButton = byId('skipped-open', HTMLButtonElement);
const splits = byId('data-splits', HTMLElement);
const classesFold = byId('classes-fold', HTMLElement);
const classList = byId('class-list', HTMLElement);
const facesFold = byId('faces-fold', HTMLElement);
const facesTitle = byId('faces-title', HTMLElement);
const faceList = byId('face-list', HTMLElement);
const notes = byId('data-notes', HTMLElement);
const storage = byId('data-storage', HTMLElement);
const removeButton = byId('cache-remove', HTMLButtonElement);
const thumbnails = byId('thumbnails', HTMLCanvasElement);
const opens = ['open-files', 'open-folder', 'open-zip'].map((id) => byId(id, HTMLButtonElement));
const addButton = byId('add-images', HTMLButtonElement);
const backButton = byId('bring-back', HTMLButtonElement);
const samples = ['sample', 'sample-digits', 'sample-smileys', 'sample-letters', 'sample-sums', 'sample-blurred'].map(
  (id) => byId(id, HTMLButtonElement),
);
const inputs = ['files-input', 'folder-input', 'zip-input'].map((id) => byId(id, HTMLInputElement));

/** CSS pixels of a thumbnail, about. */
const THUMBNAIL = 28;
const GAP = 4;
const ROWS = 2;

/** @type {DataSummary | null} */
let seen = null;
/** The data whose disk space is shown: an edit of them changes none. @type {unknown[]} */
let seenStorage = [];

function draw() {
  for (const button of [...opens, ...samples]) setDisabled(button, !store.engine || store.loading);
  const last = nameBefore();
  setHidden(backButton, last === null);
  setDisabled(backButton, store.loading);
  setText(backButton, `Back to ${last}`);
  setHidden(addButton, !hasSources());
  setDisabled(addButton, store.loading);
  setAttribute(addButton, 'aria-pressed', String(isAdding()));
  setText(dropWords, isAdding() ? 'Drop what is to be added anywhere, or open' : 'Drop images anywhere, or open');
  const current = hasSources() ? '' : store.config.sample;
  for (const button of samples) setAttribute(button, 'aria-pressed', String(button.dataset.sample === current));
  if (!store.data) return;
  if (thumbnails.clientWidth > 0) look(thumbnails.clientWidth);
  if (seen === store.data) return;
  seen = store.data;
  show(seen);
}

/** @param {{ width: number, height: number, channels: number }} of */
const sizeOf = ({ width, height, channels }) => `${width} × ${height} ${channels === 1 ? 'grey' : 'colour'}`;

/** @param {DataSummary} data */
function show(data) {
  setText(
    name,
    `${data.name} · ${data.target ? `pairs of images, ${sizeOf(data)} → ${sizeOf(data.target)}` : sizeOf(data)}`,
  );
  name.title = data.name;
  setText(fileCount, count(data.files));
  setText(fileSize, `${mebibytes(data.bytes)} MiB`);
  setText(usedCount, count(data.used));
  setText(skippedCount, count(data.skipped));
  setDisabled(skippedButton, data.skipped === 0);
  const parts = [`${count(data.train)} train`, `${count(data.validation)} val`];
  if (data.test > 0) parts.push(`${count(data.test)} test`);
  parts.push(data.classes.length > 0 ? counted(data.classes.length, 'class', 'classes') : 'no classes');
  setText(splits, parts.map((part) => part.replaceAll(' ', '\u00a0')).join(' · ')); // lines break between the parts only
  classesFold.classList.toggle('empty', data.classes.length === 0);
  setHidden(facesFold, data.faces.length === 0);
  setText(facesTitle, counted(data.faces.length, 'face'));
  faceList.replaceChildren(...data.faces.map((face) => create('li', {}, face)));
  showStorage(data.storage);
  setHidden(notes, data.notes.length === 0);
  setText(notes, data.notes.join('; '));
  notes.title = data.notes.join('\n');
  classList.replaceChildren(
    ...data.classes.map((each) =>
      create('li', {}, create('span', {}, each.name), create('span', {}, count(each.count))),
    ),
  );
}

/** @param {Storage} where */
function showStorage(where) {
  const { streamed, pixels, inMemory, disk, reused } = where;
  const before = reused > 0 ? `; ${counted(reused, 'image')} had been decoded before` : '';
  setText(
    storage,
    streamed
      ? `${mebibytes(pixels)} MiB of pixels, more than the ${mebibytes(inMemory)} MiB they may take: streamed from ${mebibytes(disk)} MiB on disk${before}`
      : `${mebibytes(pixels)} MiB of pixels, all in memory${before}`,
  );
  const here = [name.title, ...Object.values(where)];
  if (!same(here, seenStorage)) showUnused();
  seenStorage = here;
}

/** Decoded images of other data stay on disk until a user wants the space. */
async function showUnused() {
  const bytes = await engine().unusedBytes();
  setHidden(removeButton, bytes === 0);
  setText(removeButton, `Free ${mebibytes(bytes)} MiB of disk: decoded images not in use`);
}

const look = createView({
  every: Infinity,
  // As many as fit in two rows.
  ask: () => [['thumbnails', 0, Math.max(1, Math.floor((thumbnails.clientWidth + GAP) / (THUMBNAIL + GAP))) * ROWS]],
  take: showThumbnails,
  fail: () => setHidden(thumbnails, true),
});

/** @param {Thumbnails} found */
function showThumbnails({ width, height, count: found, pixels }) {
  setHidden(thumbnails, found === 0);
  if (found === 0) return;
  const ratio = devicePixelRatio;
  const room = thumbnails.clientWidth;
  const columns = Math.max(1, Math.floor((room + GAP) / (THUMBNAIL + GAP)));
  const cell = (room - (columns - 1) * GAP) / columns;
  const rows = Math.ceil(found / columns);
  const scale = Math.min(cell / width, cell / height);
  thumbnails.width = Math.round(room * ratio);
  thumbnails.height = Math.round((rows * (cell + GAP) - GAP) * ratio);
  thumbnails.style.height = `${rows * (cell + GAP) - GAP}px`;
  const ink = /** @type {CanvasRenderingContext2D} */ (thumbnails.getContext('2d'));
  const one = new OffscreenCanvas(width, height);
  for (let i = 0; i < found; i++) {
    putPixels(one, pixels.subarray(i * width * height * 4), width, height);
    const left = (i % columns) * (cell + GAP) + (cell - width * scale) / 2;
    const top = Math.floor(i / columns) * (cell + GAP) + (cell - height * scale) / 2;
    ink.drawImage(
      one,
      Math.round(left * ratio),
      Math.round(top * ratio),
      Math.round(width * scale * ratio),
      Math.round(height * scale * ratio),
    );
  }
}

addPart(draw);
backButton.addEventListener('click', bringBack);
addButton.addEventListener('click', () => setAdding(!isAdding()));
opens.forEach((button, i) => button.addEventListener('click', () => inputs[i].click()));
for (const button of samples) button.addEventListener('click', () => useSample(button.dataset.sample));
removeButton.addEventListener('click', () => engine().removeUnused().then(showUnused, showError));
for (const input of inputs) {
  input.addEventListener('change', () => {
    loadFiles([...(input.files ?? [])]);
    input.value = ''; // the same folder can be chosen again
  });
}
skippedButton.addEventListener('click', () => {
  if (store.data) showSkipped(store.data.skippedList, store.data.skipped);
});
new ResizeObserver(invalidate).observe(thumbnails);
