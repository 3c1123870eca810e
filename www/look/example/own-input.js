// The person's own image, run through the network and never trained on: a file, a drawing, or what the webcam sees.

import { addPart, engine, followExample, invalidate, store, touch } from '../../app/store.js';
import { oneAtATime } from '../../app/views.js';
import { withEngine } from '../../app/actions.js';
import { showError, showNotice } from '../../ui/messages.js';
import { createPad } from '../../ui/pad.js';
import { openWebcam, pixelsOf } from './webcam.js';

/** @import { Example } from '../../engine/types.js' */
/** @import { Webcam } from './webcam.js' */

/** Frames of the webcam a second. */
const FRAMES = 8;

/** Images that tell how dark the data's ground is, and the mean light below which it counts as dark, of 255. */
const LOOKED_AT = 24;
const DARK = 64;

/**
 * Where the own image comes from; '' where an example is shown. `file`: the one that was given.
 * @type {{ kind: '' | 'file' | 'drawing' | 'webcam', file: File | null }}
 */
export const own = { kind: '', file: null };

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
/** The paper whose drawing is to be sent. @type {Pad | null} */
let wanted = null;

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
    await show('file', () => engine.ownInput(name, bytes), file);
    if (own.file !== file) return;
    document.dispatchEvent(new CustomEvent('own-file'));
    showNotice(`${file.name || 'The image'} runs through the network; it is not trained on`);
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
    const paper = wanted;
    wanted = null;
    if (paper) await show('drawing', () => engine().ownPixels('drawing', paper.side, paper.side, paper.pixels()));
  },
  () => {
    if (wanted) send();
  },
  (error) => showError(error),
);

/** Runs what is drawn through the network. @param {Pad} paper */
export function sendDrawing(paper) {
  wanted = paper;
  if (store.engine) send();
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
  if (own.kind) [own.kind, own.file] = ['', null];
  if (camera) stopWebcam();
}

addPart(draw);
