// The network's canvas: the engine draws, the page copies, and the pointer asks the engine what lies under it.
//
// View: pixel = (scene - [left, top]) * scale, in device pixels; scale 0 asks the engine to fit the whole network.
// At most one frame is asked for at a time. Until it comes, the last one is shown moved and scaled as the view now is.

import { addPart, app, engine, invalidate, oneAtATime } from './app.js';
import { byId, radioGroup, setAttribute, setHidden, setText } from './dom.js';
import { count, counted, loss } from './format.js';
import { describeHit, hideHover, showHover } from './hover.js';
import { showError } from './messages.js';
import { colour, theme } from './theme.js';

/** @import { Frame, View } from './types.js' */

const canvas = byId('network', HTMLCanvasElement);
const frame = byId('network-frame', HTMLElement);
const placeholder = byId('network-placeholder', HTMLElement);
const modes = byId('view-modes', HTMLElement);
const paper = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));

/** What a neuron's colour stands for: the engine's word, ours, and what it means. */
const MODES = [
  ['activation', 'values', 'Each cell is a neuron, coloured by its value for the example shown'],
  ['weights', 'weights', 'Each neuron by the weights that lead to it'],
  ['bias', 'bias', 'Each neuron by its bias'],
  ['change', 'change', 'Each neuron by what training has added to its weights'],
  ['gradient', 'gradient', 'Each neuron by how the error of the example shown would change with it'],
];
/** Lines drawn at most, the strongest first. */
const CONNECTIONS = 2000;
/** While training, a frame this often: enough to see motion, little enough to leave the cores to training. */
const FRAME_MILLISECONDS = 100;
const ZOOM_STEP = 1.25;
/** A change of the reading for screen readers at most this often. */
const SPEAK_MILLISECONDS = 5000;

/** @type {View} */
let view = { scale: 0, left: 0, top: 0 };
/** The engine places the whole network; until a person moves it. */
let fitted = true;
/** The last frame, and the view it shows. @type {{ image: HTMLCanvasElement, view: View } | null} */
let shown = null;
/** What the last frame was asked for, as text. */
let askedFor = '';
/** The same without the values, which may wait. */
let askedLook = '';
let askedAt = 0;
let shownVersion = -1;
let mode = 'activation';
/** Pixels of the frame before, given back to be written over. @type {Uint8ClampedArray<ArrayBuffer> | undefined} */
let spare;
let spokenAt = -Infinity;
/** Pointers that are down, by their id. @type {Map<number, { x: number, y: number }>} */
const pointers = new Map();
let hoverAt = { x: 0, y: 0 };
let hoverWanted = false;

function draw() {
  setHidden(placeholder, shown !== null);
  if (!app.engine || !app.model) return;
  if (shownVersion !== app.modelVersion) {
    shownVersion = app.modelVersion;
    fitted = true;
  }
  paint();
  speak();
  const place = fitted ? 'fit' : `${view.scale} ${view.left} ${view.top}`;
  const look = `${place} ${canvas.width} ${canvas.height} ${theme()} ${mode} ${app.example} ${app.modelVersion} ${app.dataVersion}`;
  const wanted = `${look} ${app.valuesVersion}`;
  if (wanted === askedFor || canvas.width === 0 || frame.offsetParent === null) return;
  const early = askedAt + FRAME_MILLISECONDS - performance.now();
  if (look === askedLook && early > 0) {
    setTimeout(invalidate, early);
    return;
  }
  if (!ask()) return;
  askedFor = wanted;
  askedLook = look;
  askedAt = performance.now();
}

const ask = oneAtATime(async () => {
  const place = fitted ? { scale: 0, left: 0, top: 0 } : view;
  const wish = { ...place, width: canvas.width, height: canvas.height, ratio: devicePixelRatio, theme: theme(), mode, connections: CONNECTIONS };
  const given = spare;
  spare = undefined;
  return { place, frame: await engine().render(wish, given) };
}, take, (error) => showError(error, 'The network could not be drawn.'));

/** @param {{ place: View, frame: Frame }} answer */
function take({ place, frame: { pixels, width, height, scale, left, top } }) {
  const image = shown?.image ?? document.createElement('canvas');
  if (image.width !== width || image.height !== height) {
    image.width = width;
    image.height = height;
  }
  image.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0);
  spare = pixels;
  shown = { image, view: { scale, left, top } };
  // The engine keeps the view where there is something to see; nobody moved it on meanwhile, so that counts.
  if (fitted || place === view) view = shown.view;
  invalidate();
}

/** Shows the last frame where the view now has it. */
function paint() {
  if (!shown) return;
  const { image, view: was } = shown;
  const factor = view.scale / was.scale;
  const left = (was.left - view.left) * view.scale;
  const top = (was.top - view.top) * view.scale;
  if (factor !== 1 || left !== 0 || top !== 0 || image.width !== canvas.width || image.height !== canvas.height) {
    paper.fillStyle = colour('--background');
    paper.fillRect(0, 0, canvas.width, canvas.height);
  }
  paper.imageSmoothingEnabled = factor < 1;
  paper.drawImage(image, left, top, image.width * factor, image.height * factor);
}

/** The canvas in words, calmly. */
function speak() {
  const { model, status } = app;
  if (!model || performance.now() - spokenAt < SPEAK_MILLISECONDS) return;
  spokenAt = performance.now();
  const words = `Network ${model.preset}: ${counted(model.blocks.length, 'layer')}, ${counted(model.neurons, 'neuron')}, `
    + `${counted(model.connections, 'connection')}. Step ${count(status?.step)}, loss ${loss(status?.loss)}.`;
  setAttribute(canvas, 'aria-label', words);
}

function resize() {
  const ratio = devicePixelRatio;
  const { width, height } = frame.getBoundingClientRect();
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
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
function pan(dx, dy) {
  if (view.scale === 0) return;
  view = { ...view, left: view.left - dx / view.scale, top: view.top - dy / view.scale };
  fitted = false;
  hideHover();
  invalidate();
}

/** A place in the canvas in device pixels. @param {{ clientX: number, clientY: number }} event */
function place({ clientX, clientY }) {
  const { left, top } = canvas.getBoundingClientRect();
  return { x: (clientX - left) * devicePixelRatio, y: (clientY - top) * devicePixelRatio };
}

const lookUp = oneAtATime(async () => {
  hoverWanted = false;
  const { x, y } = hoverAt;
  return { x, y, hit: await engine().hit(x, y) };
}, ({ x, y, hit }) => {
  canvas.classList.toggle('on-neuron', hit !== null);
  if (hit && pointers.size === 0) showHover(describeHit(hit), x / devicePixelRatio, y / devicePixelRatio);
  else hideHover();
  if (hoverWanted) lookUp();
}, () => hideHover());

function showModes() {
  const buttons = MODES.map(([value, name, tip]) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.setAttribute('role', 'radio');
    button.dataset.value = value;
    button.dataset.tip = tip;
    setText(button, name);
    return button;
  });
  modes.replaceChildren(...buttons);
}

showModes();
const showMode = radioGroup(modes, (value) => { mode = value; invalidate(); });
showMode(mode);
addPart(draw);
new ResizeObserver(resize).observe(frame);
document.addEventListener('theme', invalidate);
byId('fit', HTMLButtonElement).addEventListener('click', fit);
byId('zoom-in', HTMLButtonElement).addEventListener('click', () => zoom(ZOOM_STEP));
byId('zoom-out', HTMLButtonElement).addEventListener('click', () => zoom(1 / ZOOM_STEP));
canvas.addEventListener('wheel', (event) => {
  event.preventDefault();
  const { x, y } = place(event);
  // A pinch on a trackpad comes as a wheel with Ctrl and small deltas.
  zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015) * (event.deltaMode === 1 ? 16 : 1)), x, y);
}, { passive: false });
canvas.addEventListener('pointerdown', (event) => {
  canvas.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, place(event));
  canvas.classList.add('dragging');
  hideHover();
});
canvas.addEventListener('pointermove', (event) => {
  const now = place(event);
  const before = pointers.get(event.pointerId);
  if (!before) {
    hoverAt = now;
    hoverWanted = true;
    if (app.engine && shown) lookUp();
    return;
  }
  const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
  pointers.set(event.pointerId, now);
  if (!other) return pan(now.x - before.x, now.y - before.y);
  const apart = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
  zoom(apart, (now.x + other.x) / 2, (now.y + other.y) / 2);
  pan((now.x - before.x) / 2, (now.y - before.y) / 2);
});
for (const end of /** @type {const} */ (['pointerup', 'pointercancel'])) {
  canvas.addEventListener(end, (event) => {
    pointers.delete(event.pointerId);
    if (pointers.size === 0) canvas.classList.remove('dragging');
  });
}
canvas.addEventListener('pointerleave', () => { hoverWanted = false; hideHover(); });
canvas.addEventListener('dblclick', fit);
canvas.addEventListener('keydown', (event) => {
  const far = 48 * devicePixelRatio;
  const way = { ArrowLeft: [far, 0], ArrowRight: [-far, 0], ArrowUp: [0, far], ArrowDown: [0, -far] }[event.key];
  if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  pan(way[0], way[1]);
});
