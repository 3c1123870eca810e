// The network's canvas: the engine draws, the page copies. What the pointer and the keys do is in touch.js.
//
// View: pixel = (scene - [left, top]) * scale, in device pixels; scale 0 asks the engine to fit the whole network.
// At most one frame is asked for at a time. Until it comes, the last one is shown moved and scaled as the view now is.

import { addPart, invalidate, store } from '../app/store.js';
import { createView } from '../app/views.js';
import { byId, setAttribute, setHidden } from '../ui/dom.js';
import { count, counted, loss } from '../ui/format.js';
import { hideHover } from './hover.js';
import { showError } from '../ui/messages.js';
import { lay } from './blit.js';
import { marks, selection } from './selection.js';
import { colour, theme } from '../ui/theme.js';
import { look } from './view-controls.js';

/** @import { Frame, View } from '../engine/types.js' */

export const canvas = byId('network', HTMLCanvasElement);
export const frame = byId('network-frame', HTMLElement);
const placeholder = byId('network-placeholder', HTMLElement);
/** Without transparency, so that laying the canvas on the page is a copy: blending it took the processor four times as long. */
const paper = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));

/** While training, a frame this often: enough to see motion, little enough to leave the cores to training. */
const FRAME_MILLISECONDS = 100;
const ZOOM_STEP = 1.25;
/** A change of the reading for screen readers at most this often. */
const SPEAK_MILLISECONDS = 5000;

/** @type {View} */
let view = { scale: 0, left: 0, top: 0 };
/** The engine places the whole network; until a person moves it. */
let fitted = true;
/** The last frame: its number, and the view it shows. @type {{ number: number, view: View } | null} */
let shown = null;
/**
 * The last frame's picture where the canvas shows it moved, or has another size by now; else it is the canvas that holds
 * it, and of the next one only what differs is laid over it.
 * @type {HTMLCanvasElement | null}
 */
let aside = null;
/** What was painted last, as text. */
let painted = '';
let shownNetwork = -1;
/** The view of the frame that was asked for. */
let askedView = view;
let spokenAt = -Infinity;

function draw() {
  setHidden(placeholder, shown !== null);
  if (!store.engine || !store.model) return;
  if (shownNetwork !== store.stamps.network) {
    shownNetwork = store.stamps.network;
    fitted = true;
  }
  paint();
  speak();
  if (canvas.width === 0 || frame.offsetParent === null) return;
  const place = fitted ? [0, 0, 0] : [view.scale, view.left, view.top];
  const { mode, by, cut, connections } = look;
  const chosen = [selection.version, store.example];
  lookAtNetwork(...place, canvas.width, canvas.height, theme(), mode, by, cut, connections, ...chosen);
}

const lookAtNetwork = createView({
  every: FRAME_MILLISECONDS,
  ask() {
    askedView = fitted ? { scale: 0, left: 0, top: 0 } : view;
    const request = {
      ...askedView,
      width: canvas.width,
      height: canvas.height,
      ratio: devicePixelRatio,
      theme: theme(),
      held: shown?.number ?? 0,
      ...look,
      highlight: selection.pointed,
      ...marks(),
    };
    return [['render', request]];
  },
  take,
  fail: (error) => showError(error, 'The network could not be drawn.'),
});

/** @param {Frame} frame */
function take({ frame: number, parts, pixels, width, height, scale, left, top }) {
  if (canvas.width !== width || canvas.height !== height) setAside();
  const picture = aside ?? canvas;
  if (picture.width !== width || picture.height !== height) {
    picture.width = width; // all of it is new
    picture.height = height;
  }
  const pen = aside?.getContext('2d') ?? paper;
  lay(pen, { parts, pixels });
  shown = { number, view: { scale, left, top } };
  // The engine keeps the view where there is something to see; no later move replaced it, so that counts.
  if (fitted || askedView === view) view = shown.view;
  invalidate();
}

/** Keeps the last frame's picture elsewhere, before the canvas no longer holds it. */
function setAside() {
  if (aside) return;
  aside = document.createElement('canvas');
  aside.width = canvas.width;
  aside.height = canvas.height;
  if (shown && canvas.width * canvas.height > 0) aside.getContext('2d')?.drawImage(canvas, 0, 0);
}

/** Shows the last frame where the view now has it. */
function paint() {
  if (!shown) return clear();
  const was = shown.view;
  const factor = view.scale / was.scale;
  const left = (was.left - view.left) * view.scale;
  const top = (was.top - view.top) * view.scale;
  const inPlace = factor === 1 && left === 0 && top === 0;
  if (inPlace && !aside) return;
  setAside();
  const wanted = `${shown.number} ${factor} ${left} ${top} ${canvas.width} ${canvas.height}`;
  if (!aside || painted === wanted) return;
  painted = wanted;
  clear();
  paper.imageSmoothingEnabled = factor < 1;
  // A canvas without room for a picture cannot be drawn.
  if (aside.width * aside.height > 0) paper.drawImage(aside, left, top, aside.width * factor, aside.height * factor);
  if (inPlace && aside.width === canvas.width && aside.height === canvas.height) {
    aside = null;
    painted = '';
  }
}

function clear() {
  paper.fillStyle = colour('--background');
  paper.fillRect(0, 0, canvas.width, canvas.height);
}

/** The canvas in words, calmly. */
function speak() {
  const { model, status } = store;
  if (!model || performance.now() - spokenAt < SPEAK_MILLISECONDS) return;
  spokenAt = performance.now();
  const words =
    `Network ${model.preset}: ${counted(model.blocks.length - 1, 'layer')}, ${counted(model.neurons, 'neuron')}, ` +
    `${counted(model.connections, 'connection')}. Step ${count(status?.step)}, loss ${loss(status?.loss)}.`;
  setAttribute(canvas, 'aria-label', words);
}

function resize() {
  const ratio = devicePixelRatio;
  const { width, height } = frame.getBoundingClientRect();
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width === across && canvas.height === down) return;
  if (shown) setAside();
  canvas.width = across; // empties it
  canvas.height = down;
  paint();
  invalidate();
}

export function fit() {
  fitted = true;
  invalidate();
}

/** @param {number} factor @param {number} [x] device pixels; the middle without @param {number} [y] */
export function zoom(factor, x = canvas.width / 2, y = canvas.height / 2) {
  if (view.scale === 0) return;
  const scale = Math.min(400, Math.max(0.02, view.scale * factor));
  view = { scale, left: view.left + x / view.scale - x / scale, top: view.top + y / view.scale - y / scale };
  fitted = false;
  hideHover();
  invalidate();
}

/** @param {number} dx device pixels @param {number} dy */
export function pan(dx, dy) {
  if (view.scale === 0) return;
  view = { ...view, left: view.left - dx / view.scale, top: view.top - dy / view.scale };
  fitted = false;
  hideHover();
  invalidate();
}

/** The view of the frame that is on the screen. @returns {View | null} */
export function shownView() {
  return shown && view.scale === shown.view.scale && view.left === shown.view.left && view.top === shown.view.top
    ? shown.view
    : null;
}

/** Whether something is drawn that can be pointed at. */
export function hasFrame() {
  return shown !== null;
}

/**
 * Moves the view so that a cell is in sight and large enough to be seen. Says whether it had to.
 * @param {{ left: number, top: number, width: number, height: number }} cell device pixels of the last frame
 */
export function reveal({ left, top, width, height }) {
  const room = 24 * devicePixelRatio;
  const small = Math.min(width, height) < 3 * devicePixelRatio;
  const inSight =
    left > room && top > room && left + width < canvas.width - room && top + height < canvas.height - room;
  if (inSight && !small) return false;
  pan(canvas.width / 2 - left - width / 2, canvas.height / 2 - top - height / 2);
  if (small) zoom((8 * devicePixelRatio) / Math.min(width, height));
  return true;
}

addPart(draw);
new ResizeObserver(resize).observe(frame);
document.addEventListener('theme', invalidate);
byId('fit', HTMLButtonElement).addEventListener('click', fit);
byId('zoom-in', HTMLButtonElement).addEventListener('click', () => zoom(ZOOM_STEP));
byId('zoom-out', HTMLButtonElement).addEventListener('click', () => zoom(1 / ZOOM_STEP));
