// What the Example card offers for an image of one's own, and for what the network makes of it.

import { addPart, can, invalidate, store } from '../../app/store.js';
import { withEngine } from '../../app/actions.js';
import { byId, create, setAttribute, setHidden, setText, setValue } from '../../ui/dom.js';
import { download } from '../../ui/download.js';
import { showNotice } from '../../ui/messages.js';
import { loadFiles } from '../../rail/data/load.js';
import {
  createPaper,
  leaveOwn,
  own,
  sendDrawing,
  setNoise,
  startWebcam,
  stopWebcam,
  useOwn,
  webcamVideo,
} from './own-input.js';
import { shownExample } from './example-card.js';
import { unlikeWords } from './unlike.js';

const input = byId('own-input', HTMLInputElement);
const drawButton = byId('own-draw', HTMLButtonElement);
const cameraButton = byId('own-camera', HTMLButtonElement);
const leaveButton = byId('own-leave', HTMLButtonElement);
const saveButton = byId('output-save', HTMLButtonElement);
const trainLine = byId('own-train-line', HTMLElement);
const unlikeLine = byId('own-unlike', HTMLElement);
const pad = byId('own-pad', HTMLElement);
const paper = createPaper(pad, 'Paper to draw on');
const copyButton = create(
  'button',
  {
    type: 'button',
    class: 'button toggle',
    'data-tip': 'Takes the picture that was shown onto the paper, to draw on it or to erase parts of it',
  },
  'Copy picture',
);
const noise = byId('own-noise', HTMLInputElement);
const noiseField = byId('own-noise-field', HTMLElement);
const shown = byId('input-image', HTMLCanvasElement);
/** The picture that was shown when the paper was taken. @type {ImageBitmap | null} */
let before = null;

function draw() {
  setHidden(leaveButton, store.example >= 0);
  setHidden(saveButton, !can('reconstruct'));
  setHidden(trainLine, own.file === null);
  const unlike = unlikeWords(shownExample());
  setHidden(unlikeLine, unlike === '');
  setText(unlikeLine, unlike);
  setHidden(noiseField, own.kind !== 'file' && own.kind !== 'drawing');
  setValue(noise, String(own.noise));
  setAttribute(cameraButton, 'aria-pressed', String(webcamVideo() !== null));
}

/** Makes the own image the data set, as dropping a folder does. */
export function trainOnOwn() {
  if (own.file) loadFiles([own.file]);
}

async function leave() {
  setHidden(pad, true);
  setAttribute(drawButton, 'aria-expanded', 'false');
  await leaveOwn();
}

async function takePaper() {
  before = await createImageBitmap(shown);
  pad.scrollIntoView({ block: 'nearest' });
  sendDrawing(paper);
}

async function saveOutput() {
  await withEngine(async (engine) => {
    const bytes = await engine.outputPng();
    const name = `output-${store.example < 0 ? 'own' : store.example + 1}-step-${store.status?.step ?? 0}.png`;
    download(name, new Blob([new Uint8Array(bytes)], { type: 'image/png' }));
    showNotice(`Saved as ${name}`);
  });
}

addPart(draw);
paper.buttons.append(copyButton);
copyButton.addEventListener('click', () => {
  if (!before) return;
  paper.begin(before);
  sendDrawing(paper);
});
noise.addEventListener('input', () => setNoise(Number(noise.value)));
byId('own-open', HTMLButtonElement).addEventListener('click', () => input.click());
input.addEventListener('change', () => {
  const file = input.files?.[0];
  input.value = '';
  if (file) useOwn(file);
});
drawButton.addEventListener('click', () => {
  const opening = pad.hidden;
  stopWebcam();
  setHidden(pad, !opening);
  setAttribute(drawButton, 'aria-expanded', String(opening));
  if (opening) takePaper();
  else invalidate();
});
cameraButton.addEventListener('click', () => (webcamVideo() ? leave() : startWebcam()));
leaveButton.addEventListener('click', leave);
saveButton.addEventListener('click', saveOutput);
byId('own-train', HTMLButtonElement).addEventListener('click', trainOnOwn);
