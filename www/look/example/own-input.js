// The person's own image, run through the network and never trained on: a file, a drawing, or what the webcam sees.

import { addPart, engine, followExample, invalidate, store, touch } from '../../app/store.js';
import { oneAtATime } from '../../app/views.js';
import { withEngine } from '../../app/actions.js';
import { showError, showNotice } from '../../ui/messages.js';
import { createPad } from '../../ui/pad.js';
import { addNoise, pixelsOfFile } from './noise.js';
import { openWebcam, pixelsOf } from './webcam.js';

/** @import { Example } from '../../engine/types.js' */
/** @import { Webcam } from './webcam.js' */

/** Frames of the webcam a second. */
const FRAMES = 8;

/** Images that tell how dark the data's ground is, and the mean light below which it counts as dark, of 255. */
const LOOKED_AT = 24;
const DARK = 64;

/**
 * Where the own image comes from; '' where an example is shown. `file`: the one that was given; `noise`: on a file or a
 * drawing, 0 to 1.
 * @type {{ kind: '' | 'file' | 'drawing' | 'webcam', file: File | null, noise: number }}
 */
export const own = { kind: '', file: null, noise: 0 };

/** Pixels of a file that noise is laid over, at most, along its longer side. */
const MOST_SIDE = 512;

/** @typedef {ReturnType<typeof createPad>} Pad */

/** All paper to draw on. @type {Pad[]} */
const papers = [];
/** Data for which the paper was chosen. */
let matched = -1;
/** @type {Webcam | null} */
let camera = null;
/** Whether the webcam is wanted, also while the browser still asks the person about it. */
let isCameraWanted = false;
/** Counts the images that were given: the last one counts, whenever the answers come. */
let given = 0;
/**
 * A file or a drawing, as pixels.
 * @typedef {{ kind: 'file' | 'drawing', name: string, file: File | null, width: number, pixels: () => Uint8Array }} Picture
 */
/** The one that is to be sent. @type {Picture | null} */
let wanted = null;
/** The last one that was sent. @type {Picture | null} */
let sent = null;

/**
 * Gives the engine an own input, which is then the one that is shown. From the very request on nothing on the page asks
 * for an example any more: that would bring the example back.
 * @param {'file' | 'drawing' | 'webcam'} kind
 * @param {() => Promise<Example>} give
 * @param {File | null} [file] the one that it comes from
 */
async function show(kind, give, file = null) {
  const mine = ++given;
  store.example = -1;
  store.ownComes = true;
  try {
    await give();
    if (mine === given) Object.assign(own, { kind, file });
  } catch (error) {
    if (mine === given && store.example < 0) followExample();
    throw error;
  } finally {
    if (mine === given) store.ownComes = false;
    touch();
  }
}

/** @param {File} file */
export async function useOwn(file) {
  stopWebcam();
  wanted = null;
  const mine = ++given;
  await withEngine(async (engine) => {
    const name = file.name || 'pasted image';
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (mine !== given) return; // another one was given meanwhile
    [own.noise, sent] = [0, null];
    await show('file', () => engine.ownInput(name, bytes), file);
    if (own.file !== file) return;
    document.dispatchEvent(new CustomEvent('own-file'));
    showNotice(`Showing ${file.name || 'the image'}. It is not used for training`);
  }, 'Choose an image such as PNG or JPEG.');
}

/** Whether this is one image for the network to look at, and no data set. @param {ArrayLike<{ kind?: string, type: string }>} items */
export function isOneImage(items) {
  return items.length === 1 && items[0].type.startsWith('image/');
}

/** Shows the example from before again. */
export async function leaveOwn() {
  stopWebcam();
  wanted = null;
  if (store.example >= 0) return;
  await withEngine(async (engine) => {
    await engine.leaveOwn();
    followExample();
    touch();
  });
}

// --- Drawing

/**
 * Paper whose drawing is run through the network with every stroke.
 * @param {HTMLElement} holder
 * @param {string} label
 */
export function createPaper(holder, label) {
  const paper = createPad(holder, label, () => sendDrawing(paper));
  papers.push(paper);
  return paper;
}

const send = oneAtATime(
  async () => {
    if (!wanted) return;
    const { kind, name, file, width, pixels } = (sent = wanted);
    wanted = null;
    const rgba = noisy(pixels(), width);
    await show(kind, () => engine().ownPixels(name, width, rgba.length / 4 / width, rgba), file);
  },
  () => {
    if (wanted) send();
  },
  (error) => showError(error),
);

/** Runs what is drawn through the network. @param {Pad} paper */
export function sendDrawing({ side, pixels }) {
  give({ kind: 'drawing', name: 'drawing', file: null, width: side, pixels });
}

/** @param {Picture} picture */
function give(picture) {
  wanted = picture;
  if (store.engine) send();
}

// --- Noise

/** @param {Uint8Array} pixels @param {number} width */
function noisy(pixels, width) {
  const { input } = store.model ?? {};
  return own.noise > 0 && input ? addNoise(pixels, width, input, own.noise) : pixels;
}

/** Lays noise over the file or the drawing that is shown. @param {number} amount 0 to 1 */
export async function setNoise(amount) {
  own.noise = amount;
  if (sent?.kind === own.kind) return give(sent);
  const { file } = own;
  if (!file) return;
  const { width, pixels } = await pixelsOfFile(file, MOST_SIDE);
  if (own.file !== file) return; // another one was given meanwhile
  give({ kind: 'file', name: file.name, file, width, pixels: () => pixels.slice() });
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
    for (const paper of papers) paper.setDark(sum / rim < DARK);
  },
  (error) => showError(error),
);

// --- Webcam

/** What the webcam shows, while it runs. */
export function webcamVideo() {
  return camera?.video ?? null;
}

/** Runs the webcam through the network until it is stopped. */
export async function startWebcam() {
  isCameraWanted = true;
  if (camera) return;
  const opened = await openWebcam();
  if (!isCameraWanted) return opened?.close();
  if (!opened) return;
  camera = opened;
  film(camera);
  invalidate();
}

export function stopWebcam() {
  isCameraWanted = false;
  camera?.close();
  camera = null;
  invalidate();
}

/** Until it is switched off, or an example is asked for. @param {Webcam} webcam */
async function film(webcam) {
  do {
    const frame = webcam.frame();
    try {
      await show('webcam', () => engine().ownPixels('webcam', frame.width, frame.height, pixelsOf(frame)));
    } catch (error) {
      stopWebcam();
      showError(error);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 1000 / FRAMES);
    });
  } while (camera === webcam && store.example < 0);
}

function draw() {
  if (store.engine && store.data && matched !== store.stamps.data) matchPaper();
  if (store.example < 0) return;
  if (own.kind) Object.assign(own, { kind: '', file: null, noise: 0 });
  if (camera) stopWebcam();
}

addPart(draw);
