// From a picture back to a code: the engine searches for the code that the decoder makes it of.

import { cancelJob, jobOf, onJob, runJob } from '../../app/jobs.js';
import { addPart, store, touch } from '../../app/store.js';
import { byId, setAttribute, setDisabled, setHidden, setText } from '../../ui/dom.js';
import { isNumber, loss } from '../../ui/format.js';
import { createPad } from '../../ui/pad.js';

/** @import { InversionTarget, Jobs } from '../../engine/types.js' */

const holder = byId('inversion-pad', HTMLElement);
const input = byId('inversion-input', HTMLInputElement);
const words = byId('inversion-words', HTMLElement);
const progress = byId('inversion-progress', HTMLProgressElement);
const cancelButton = byId('inversion-cancel', HTMLButtonElement);
const paintButton = byId('inversion-paint', HTMLButtonElement);
const shownButton = byId('inversion-shown', HTMLButtonElement);
const solveButton = byId('inversion-solve', HTMLButtonElement);
/** The error at the start of the last search, and the best so far. @type {Partial<Jobs['invert']['found']>} */
let last = {};
const pad = createPad(holder, 'The picture that is wanted, to be painted', () => {});

function draw() {
  const job = jobOf('invert');
  setHidden(progress, !job);
  setHidden(cancelButton, !job);
  for (const button of [shownButton, solveButton]) setDisabled(button, job !== null);
  setText(shownButton, store.example < 0 ? 'Own image' : 'This example');
  if (job) {
    progress.max = job.total || 1;
    progress.value = job.done;
  }
  const { before, error } = last;
  const found = isNumber(before) && isNumber(error);
  setText(
    words,
    found
      ? `${error < before ? 'Match improved: error' : 'Error'} ${loss(before)} → ${loss(error)}`
      : 'Finds the code whose decoded picture is nearest to the one you choose.',
  );
}

/** @param {InversionTarget} target */
async function search(target) {
  last = (await runJob('invert', { target })) ?? last;
}

/** @param {Blob | null} file */
async function searchFor(file) {
  if (file) await search({ file: [...new Uint8Array(await file.arrayBuffer())] });
}

addPart(draw);
shownButton.addEventListener('click', () => search(store.example < 0 ? 'own' : { example: store.example }));
onJob('invert', ({ found }) => {
  last = found;
  touch(); // what is shown is the best so far
});
byId('inversion-open', HTMLButtonElement).addEventListener('click', () => input.click());
input.addEventListener('change', () => {
  const file = input.files?.[0] ?? null;
  input.value = '';
  searchFor(file);
});
paintButton.addEventListener('click', async () => {
  const opening = holder.hidden;
  if (opening && store.engine) {
    const png = await store.engine.outputPng(); // the example's card may be out of sight
    pad.begin(await createImageBitmap(new Blob([new Uint8Array(png)])));
  }
  setHidden(holder, !opening);
  setHidden(solveButton, !opening);
  if (opening) holder.scrollIntoView({ block: 'nearest' });
  setAttribute(paintButton, 'aria-expanded', String(opening));
});
solveButton.addEventListener('click', async () => searchFor(await pad.png()));
cancelButton.addEventListener('click', () => cancelJob('invert'));
