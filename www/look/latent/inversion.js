// From a picture back to a code: the engine searches for the code that the decoder makes it of.

import { addPart, app } from '../../app/store.js';
import { job, cancel, run } from './jobs.js';
import { byId, setAttribute, setDisabled, setHidden, setText } from '../../ui/dom.js';
import { isNumber, loss } from '../../ui/format.js';
import { createPad } from '../../ui/pad.js';

const holder = byId('reverse-pad', HTMLElement);
const input = byId('reverse-input', HTMLInputElement);
const words = byId('reverse-words', HTMLElement);
const progress = byId('reverse-progress', HTMLProgressElement);
const cancelButton = byId('reverse-cancel', HTMLButtonElement);
const paintButton = byId('reverse-paint', HTMLButtonElement);
const shownButton = byId('reverse-shown', HTMLButtonElement);
const solveButton = byId('reverse-solve', HTMLButtonElement);
const pad = createPad(holder, 'The picture that is wanted, to be painted', () => {});

function draw() {
  const running = job.now?.job === 'reverse' ? job.now : null;
  setHidden(progress, !running);
  setHidden(cancelButton, !running);
  for (const button of [shownButton, solveButton]) setDisabled(button, running !== null);
  setText(shownButton, app.example < 0 ? 'Own image' : 'This example');
  if (running) {
    progress.max = running.total || 1;
    progress.value = running.done;
  }
  const { before, error } = job.last ?? {};
  const found = isNumber(before) && isNumber(error);
  setText(
    words,
    found
      ? `Error ${loss(before)} → ${loss(error)}${error > 0 ? `, ${Number((before / error).toPrecision(2))} times smaller` : ''}`
      : 'Searches for the code whose decoded picture is nearest to the one you choose.',
  );
}

/** @param {Blob | null} file */
async function solveFor(file) {
  if (!file) return;
  const png = new Uint8Array(await file.arrayBuffer());
  await run((engine) => engine.reverse({ png }));
}

addPart(draw);
shownButton.addEventListener('click', () => run((engine) => engine.reverse({ example: app.example })));
byId('reverse-open', HTMLButtonElement).addEventListener('click', () => input.click());
input.addEventListener('change', () => {
  const file = input.files?.[0] ?? null;
  input.value = '';
  solveFor(file);
});
paintButton.addEventListener('click', async () => {
  const opening = holder.hidden;
  if (opening && app.engine) {
    const png = await app.engine.outputPng(); // the example's card may be out of sight
    pad.begin(await createImageBitmap(new Blob([new Uint8Array(png)])));
  }
  setHidden(holder, !opening);
  setHidden(solveButton, !opening);
  if (opening) holder.scrollIntoView({ block: 'nearest' });
  setAttribute(paintButton, 'aria-expanded', String(opening));
});
solveButton.addEventListener('click', async () => solveFor(await pad.png()));
cancelButton.addEventListener('click', cancel);
