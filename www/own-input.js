// The person's own image, run through the network and never trained on: opened, dropped, pasted, drawn or filmed.

import { addPart, app, byHand, engine, invalidate, oneAtATime } from './app.js';
import { byId, setAttribute, setHidden } from './dom.js';
import { withEngine } from './actions.js';
import { download } from './files.js';
import { showError, showNotice } from './messages.js';
import { createPad } from './pad.js';

const input = byId('own-input', HTMLInputElement);
const drawButton = byId('own-draw', HTMLButtonElement);
const cameraButton = byId('own-camera', HTMLButtonElement);
const leaveButton = byId('own-leave', HTMLButtonElement);
const saveButton = byId('output-save', HTMLButtonElement);
const pad = byId('own-pad', HTMLElement);
const paper = createPad(pad, 'Paper to draw on', drawn);

/** Frames of the webcam a second. */
const FRAMES = 8;
/** A frame is made this large before the engine fits it to the network. */
const FRAME_SIZE = 256;

/** Images that tell how dark the data's ground is, and the mean light below which it counts as dark, of 255. */
const LOOKED_AT = 24;
const DARK = 64;

/** The example to go back to. */
let before = 0;
/** Data for which the paper was chosen. */
let matched = -1;
/** @type {MediaStream | null} */
let camera = null;
/** The browser asks the person whether the webcam may be used. */
let asking = false;
let wanted = false;

/** Makes the engine's own input the one that is shown. */
function shown() {
  if (app.example >= 0) before = app.example;
  app.example = -1;
  byHand();
}

/** @param {File} file */
export async function useOwn(file) {
  stopCamera();
  await withEngine(async (engine) => {
    await engine.ownInput(file.name || 'pasted image', new Uint8Array(await file.arrayBuffer()));
    shown();
    showNotice(`${file.name || 'The image'} runs through the network; it is not trained on`);
  }, 'Choose an image such as PNG or JPEG.');
}

/** Whether this is one image for the network to look at, and no data set. @param {ArrayLike<{ kind?: string, type: string }>} items */
export function isOneImage(items) {
  return items.length === 1 && items[0].type.startsWith('image/');
}

async function leave() {
  stopCamera();
  setHidden(pad, true);
  setAttribute(drawButton, 'aria-expanded', 'false');
  await withEngine(async (engine) => {
    await engine.leaveOwn();
    app.example = before;
    byHand();
  });
}

const sendDrawing = oneAtATime(async () => {
  wanted = false;
  await engine().ownPixels('drawing', paper.side, paper.side, paper.pixels());
}, () => { shown(); if (wanted) sendDrawing(); }, (error) => showError(error));

function drawn() {
  wanted = true;
  if (app.engine) sendDrawing();
}

async function toggleCamera() {
  if (camera) return leave();
  if (asking) return;
  asking = true;
  try {
    camera = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 }, audio: false });
  } catch (error) {
    showError(`the webcam could not be used: ${error instanceof Error ? error.message : error}`, 'Allow it in the address bar, or open an image instead.');
    return;
  } finally {
    asking = false;
  }
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = camera;
  await video.play();
  setAttribute(cameraButton, 'aria-pressed', 'true');
  film(video, camera);
}

/** @param {HTMLVideoElement} video @param {MediaStream} stream */
async function film(video, stream) {
  const frame = document.createElement('canvas');
  const context = /** @type {CanvasRenderingContext2D} */ (frame.getContext('2d', { willReadFrequently: true }));
  for (let first = true; camera === stream && app.engine; first = false) {
    const factor = FRAME_SIZE / Math.max(video.videoWidth, video.videoHeight, 1);
    frame.width = Math.max(1, Math.round(video.videoWidth * factor));
    frame.height = Math.max(1, Math.round(video.videoHeight * factor));
    context.drawImage(video, 0, 0, frame.width, frame.height);
    const { data } = context.getImageData(0, 0, frame.width, frame.height);
    try {
      await app.engine.ownPixels('webcam', frame.width, frame.height, new Uint8Array(data.buffer));
    } catch (error) {
      stopCamera();
      showError(error);
      return;
    }
    if (camera === stream && !first && app.example >= 0) stopCamera(); // an example was asked for meanwhile
    if (camera === stream) shown();
    await new Promise((resolve) => { setTimeout(resolve, 1000 / FRAMES); });
  }
}

function stopCamera() {
  camera?.getTracks().forEach((track) => track.stop());
  camera = null;
  setAttribute(cameraButton, 'aria-pressed', 'false');
}

async function saveOutput() {
  await withEngine(async (engine) => {
    const bytes = await engine.outputPng();
    const name = `output-${app.example < 0 ? 'own' : app.example + 1}-step-${app.status?.step ?? 0}.png`;
    download(name, new Blob([new Uint8Array(bytes)], { type: 'image/png' }));
    showNotice(`Saved as ${name}`);
  });
}

/** Paper is as dark as the images of the data are at their rim, where images tend to be empty. */
const matchPaper = oneAtATime(async () => {
  matched = app.dataVersion;
  return engine().thumbnails(0, LOOKED_AT);
}, ({ pixels, width, height, count }) => {
  let [sum, rim] = [0, 0];
  for (let at = 0; at < count * width * height; at++) {
    const [x, y] = [at % width, Math.floor(at / width) % height];
    if (x > 0 && y > 0 && x < width - 1 && y < height - 1) continue;
    sum += (pixels[4 * at] + pixels[4 * at + 1] + pixels[4 * at + 2]) / 3;
    rim += 1;
  }
  paper.setDark(sum / rim < DARK);
}, (error) => showError(error));

function draw() {
  if (app.engine && app.data && matched !== app.dataVersion) matchPaper();
  setHidden(leaveButton, app.example >= 0);
  setHidden(saveButton, app.model?.task === 'classifier');
  if (app.example >= 0 && camera) stopCamera();
}

addPart(draw);
byId('own-open', HTMLButtonElement).addEventListener('click', () => input.click());
input.addEventListener('change', () => {
  const file = input.files?.[0];
  input.value = '';
  if (file) useOwn(file);
});
drawButton.addEventListener('click', () => {
  const opening = pad.hidden;
  stopCamera();
  setHidden(pad, !opening);
  setAttribute(drawButton, 'aria-expanded', String(opening));
  if (opening) drawn();
  else invalidate();
});
cameraButton.addEventListener('click', toggleCamera);
leaveButton.addEventListener('click', leave);
saveButton.addEventListener('click', saveOutput);
