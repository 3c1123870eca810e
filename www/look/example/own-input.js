// The person's own image, run through the network and never trained on: opened, dropped, pasted, drawn or filmed.

import { addPart, can, engine, followExample, invalidate, store, touch } from '../../app/store.js';
import { oneAtATime } from '../../app/views.js';
import { byId, setAttribute, setHidden } from '../../ui/dom.js';
import { withEngine } from '../../app/actions.js';
import { download } from '../../ui/download.js';
import { showError, showNotice } from '../../ui/messages.js';
import { createPad } from '../../ui/pad.js';

/** @import { Example } from '../../engine/types.js' */

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

/** Why there is no webcam, by the name of the browser's error. @type {Record<string, string>} */
const NO_CAMERA = {
  NotFoundError: 'No webcam was found',
  NotAllowedError: 'The webcam is not allowed; the address bar may have a way to allow it',
  NotReadableError: 'The webcam does not answer; another program may be using it',
};

/** Data for which the paper was chosen. */
let matched = -1;
/** @type {MediaStream | null} */
let camera = null;
/** The browser asks the person whether the webcam may be used. */
let asking = false;
let wanted = false;

/**
 * Gives the engine an own input, which is then the one that is shown. From the very request on nothing on the page asks
 * for an example any more: that would bring the example back.
 * @param {() => Promise<Example>} give
 */
async function show(give) {
  store.example = -1;
  store.ownComes = true;
  try {
    await give();
  } catch (error) {
    if (store.example < 0) followExample();
    throw error;
  } finally {
    store.ownComes = false;
    touch();
  }
}

/** @param {File} file */
export async function useOwn(file) {
  stopCamera();
  await withEngine(async (engine) => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    await show(() => engine.ownInput(file.name || 'pasted image', bytes));
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
    followExample();
    touch();
  });
}

const sendDrawing = oneAtATime(
  async () => {
    wanted = false;
    await show(() => engine().ownPixels('drawing', paper.side, paper.side, paper.pixels()));
  },
  () => {
    if (wanted) sendDrawing();
  },
  (error) => showError(error),
);

function drawn() {
  wanted = true;
  if (store.engine) sendDrawing();
}

async function toggleCamera() {
  if (camera) return leave();
  if (asking) return;
  asking = true;
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 }, audio: false });
    const video = document.createElement('video');
    video.muted = true;
    video.srcObject = stream;
    await video.play();
    camera = stream;
    setAttribute(cameraButton, 'aria-pressed', 'true');
    film(video, stream);
  } catch (error) {
    const words = error instanceof DOMException ? NO_CAMERA[error.name] : undefined;
    showError(words ?? 'This browser gives the page no webcam', 'Open or draw an image instead.');
  } finally {
    asking = false;
  }
}

/** Until it is switched off, or an example is asked for. @param {HTMLVideoElement} video @param {MediaStream} stream */
async function film(video, stream) {
  const frame = document.createElement('canvas');
  const context = /** @type {CanvasRenderingContext2D} */ (frame.getContext('2d', { willReadFrequently: true }));
  do {
    const factor = FRAME_SIZE / Math.max(video.videoWidth, video.videoHeight, 1);
    frame.width = Math.max(1, Math.round(video.videoWidth * factor));
    frame.height = Math.max(1, Math.round(video.videoHeight * factor));
    context.drawImage(video, 0, 0, frame.width, frame.height);
    const { data } = context.getImageData(0, 0, frame.width, frame.height);
    try {
      await show(() => engine().ownPixels('webcam', frame.width, frame.height, new Uint8Array(data.buffer)));
    } catch (error) {
      stopCamera();
      showError(error);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 1000 / FRAMES);
    });
  } while (camera === stream && store.example < 0);
}

function stopCamera() {
  camera?.getTracks().forEach((track) => track.stop());
  camera = null;
  setAttribute(cameraButton, 'aria-pressed', 'false');
}

async function saveOutput() {
  await withEngine(async (engine) => {
    const bytes = await engine.outputPng();
    const name = `output-${store.example < 0 ? 'own' : store.example + 1}-step-${store.status?.step ?? 0}.png`;
    download(name, new Blob([new Uint8Array(bytes)], { type: 'image/png' }));
    showNotice(`Saved as ${name}`);
  });
}

/** Paper is as dark as the images of the data are at their rim, where images tend to be empty. */
const matchPaper = oneAtATime(
  async () => {
    matched = store.stamps.data;
    return engine().thumbnails(0, LOOKED_AT);
  },
  ({ pixels, width, height, count }) => {
    let [sum, rim] = [0, 0];
    for (let at = 0; at < count * width * height; at++) {
      const [x, y] = [at % width, Math.floor(at / width) % height];
      if (x > 0 && y > 0 && x < width - 1 && y < height - 1) continue;
      sum += (pixels[4 * at] + pixels[4 * at + 1] + pixels[4 * at + 2]) / 3;
      rim += 1;
    }
    paper.setDark(sum / rim < DARK);
  },
  (error) => showError(error),
);

function draw() {
  if (store.engine && store.data && matched !== store.stamps.data) matchPaper();
  setHidden(leaveButton, store.example >= 0);
  setHidden(saveButton, !can('reconstruct'));
  if (store.example >= 0 && camera) stopCamera();
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
  if (opening) {
    pad.scrollIntoView({ block: 'nearest' });
    drawn();
  } else invalidate();
});
cameraButton.addEventListener('click', toggleCamera);
leaveButton.addEventListener('click', leave);
saveButton.addEventListener('click', saveOutput);
