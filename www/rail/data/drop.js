// Dragging onto the page: the whole of it is the target, and it says beforehand what will happen. One image, dropped or
// pasted, is a question and runs through the network; everything else becomes the data.

import { store } from '../../app/store.js';
import { byId, setHidden, setText } from '../../ui/dom.js';
import { counted } from '../../ui/format.js';
import { takeDrop } from './files.js';
import { isAdding, loadDrop } from './load.js';
import { isOneImage, useOwn } from '../../look/example/own-input.js';

const overlay = byId('drop', HTMLElement);
const title = byId('drop-title', HTMLElement);
const words = byId('drop-words-more', HTMLElement);

/** Entering a child comes before leaving its parent, so the two are counted against each other. */
let depth = 0;

/** @param {DragEvent} event */
function carriesFiles(event) {
  return event.dataTransfer?.types.includes('Files') ?? false;
}

/** Browsers tell the number and the kinds while dragging, never the names. @param {DataTransferItemList} items */
function describe(items) {
  const kinds = [...items].filter(({ kind }) => kind === 'file').map(({ type }) => type);
  const images = kinds.filter((kind) => kind.startsWith('image/')).length;
  if (kinds.length > 0 && kinds.every((kind) => kind.startsWith('font/')))
    return `Drop to train on the letters of ${counted(kinds.length, 'font')}`;
  if (kinds.length > 0 && images === kinds.length) return `Drop to train on ${counted(images, 'image')}`;
  if (kinds.length === 1 && kinds[0].includes('zip')) return 'Drop to train on the images in this zip';
  return 'Drop to train on these images, or to open a model';
}

/** One image is looked at, not trained on, unless it is to join the others. @param {DataTransfer | null} transfer */
function isOwn(transfer) {
  const items = [...(transfer?.items ?? [])].filter(({ kind }) => kind === 'file');
  return store.data !== null && !isAdding() && isOneImage(items);
}

/** Says what becomes of the present images. */
function whereTo() {
  const name = store.data?.name;
  if (!name) return '';
  return isAdding() ? `Added to ${name}. ` : `Replaces ${name}. `;
}

/** @param {DragEvent} event */
function show(event) {
  const own = isOwn(event.dataTransfer);
  if (event.dataTransfer)
    setText(title, own ? 'Drop to run this image through the network' : describe(event.dataTransfer.items));
  if (own) setText(words, 'It is not trained on, unless you want that afterwards. Nothing leaves this computer.');
  else setText(words, `${whereTo()}Nothing leaves this computer.`);
  setHidden(overlay, false);
}

function hide() {
  depth = 0;
  setHidden(overlay, true);
}

addEventListener('dragenter', (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  depth += 1;
  show(event);
});
addEventListener('dragover', (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
});
addEventListener('dragleave', (event) => {
  if (carriesFiles(event) && --depth <= 0) hide();
});
addEventListener('drop', (event) => {
  if (!carriesFiles(event) || !event.dataTransfer) return;
  hide();
  if (event.defaultPrevented) return; // the place where it was dropped has taken it
  event.preventDefault();
  const file = isOwn(event.dataTransfer) ? event.dataTransfer.files[0] : null;
  if (file) useOwn(file);
  else loadDrop(takeDrop(event.dataTransfer));
});
addEventListener('paste', (event) => {
  const files = event.clipboardData?.files;
  if (!files || files.length === 0) return;
  if (isOwn(event.clipboardData)) useOwn(files[0]);
  else loadDrop({ entries: [], files: [...files] });
});
