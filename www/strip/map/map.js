// The map of all codes: their two main directions, classes coloured. A point is an example; an empty place is decoded.

import { cancelJob, jobOf, percentDone, runJob } from '../../app/jobs.js';
import { addPart, engine, store } from '../../app/store.js';
import { createView, oneAtATime } from '../../app/views.js';
import { changeCode, latent, watchCode } from '../../look/latent/latent.js';
import { byId, create, setAttribute, setHidden, setText } from '../../ui/dom.js';
import { goTo } from '../../look/example/example-card.js';
import { count } from '../../ui/format.js';
import { placeBeside } from '../hover-card.js';
import { scaleFor, showPixels } from '../../ui/pixels.js';
import { isTabSeen } from '../shown-tab.js';
import { colour } from '../../ui/theme.js';

/** @import { CodeMap } from '../../engine/types.js' */

const holder = byId('map', HTMLElement);
const canvas = byId('map-canvas', HTMLCanvasElement);
const card = byId('map-card', HTMLElement);
const picture = byId('map-picture', HTMLCanvasElement);
const pictureWords = byId('map-picture-words', HTMLElement);
const words = byId('map-words', HTMLElement);
const legend = byId('map-legend', HTMLElement);
const button = byId('map-analyse', HTMLButtonElement);
const hint = byId('map-hint', HTMLElement);

/** Distinguishable by colour-blind eyes too (after Okabe and Ito); more classes begin again. */
const COLOURS = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#a89a14',
  '#7d6bb0',
  '#e4556f',
  '#7fb800',
];
const MILLISECONDS = 500;
/** A point this near to the pointer is meant, in CSS pixels. */
const REACH = 6;
const ROOM = 18;
const PICTURE = 64;

/** @type {CodeMap | null} */
let map = null;
let pointer = { x: 0, y: 0 };
let hoverWanted = false;
/** The place that the arrow keys move, as a share of the canvas. */
let cursor = { x: 0.5, y: 0.5 };

const isSeen = () => isTabSeen('map');

function draw() {
  if (!isSeen() || !store.engine) return;
  tell();
  look(latent.directions?.step, store.example);
}

const look = createView({
  every: MILLISECONDS,
  ask: () => [['map']],
  take(/** @type {CodeMap | null} */ answer) {
    map = answer;
    paint();
    tell();
  },
});

function tell() {
  const job = jobOf('encode');
  setText(button, job ? `Cancel, ${percentDone(job)}` : map ? 'Again' : 'Analyse');
  setHidden(hint, map !== null);
  setText(words, !map ? '' : `${count(map.x.length)} codes${map.stale > 0 ? `, ${count(map.stale)} steps old` : ''}`);
  const all = store.data?.classes ?? [];
  const classes = all.slice(0, COLOURS.length);
  const wanted = map ? all.map(({ name }) => name).join() : '';
  if (legend.dataset.of === wanted) return;
  legend.dataset.of = wanted;
  legend.replaceChildren(
    ...(map ? classes : []).map(({ name }, i) => {
      const dot = create('i', { class: 'class-dot' });
      dot.style.background = COLOURS[i % COLOURS.length];
      return create('span', {}, dot, name);
    }),
  );
  if (map && all.length > classes.length)
    legend.append(create('span', {}, `and ${count(all.length - classes.length)} more in the same colours`));
}

/** From the plane of the map to CSS pixels of the canvas, and back. @param {CodeMap} of */
function frameOf({ left, right, bottom, top }) {
  const width = canvas.clientWidth - 2 * ROOM;
  const height = canvas.clientHeight - 2 * ROOM;
  const across = Math.max(1e-6, right - left);
  const up = Math.max(1e-6, top - bottom);
  return {
    /** @param {number} x @param {number} y @returns {[number, number]} */
    pixel: (x, y) => [ROOM + ((x - left) / across) * width, ROOM + ((top - y) / up) * height],
    /** @param {number} x @param {number} y @returns {[number, number]} */
    plane: (x, y) => [left + ((x - ROOM) / width) * across, top - ((y - ROOM) / height) * up],
  };
}

function paint() {
  const ratio = devicePixelRatio;
  canvas.width = Math.round(canvas.clientWidth * ratio);
  canvas.height = Math.round(canvas.clientHeight * ratio);
  const ink = canvas.getContext('2d');
  if (!ink || !map || canvas.width === 0) return;
  const { pixel } = frameOf(map);
  ink.scale(ratio, ratio);
  ink.strokeStyle = colour('--hairline');
  const [x0, y0] = pixel(0, 0);
  ink.beginPath();
  ink.moveTo(x0, 0);
  ink.lineTo(x0, canvas.clientHeight);
  ink.moveTo(0, y0);
  ink.lineTo(canvas.clientWidth, y0);
  ink.stroke();
  ink.globalAlpha = map.x.length > 5000 ? 0.4 : 0.75;
  const size = map.x.length > 5000 ? 2 : 3.5;
  for (let i = 0; i < map.x.length; i++) {
    const [x, y] = pixel(map.x[i], map.y[i]);
    ink.fillStyle = map.label[i] < 0 ? colour('--muted') : COLOURS[map.label[i] % COLOURS.length];
    ink.fillRect(x - size / 2, y - size / 2, size, size);
  }
  ink.globalAlpha = 1;
  const [x, y] = pixel(map.currentX, map.currentY);
  for (const [style, width] of /** @type {const} */ ([
    ['--background', 5],
    ['--text', 2],
  ])) {
    ink.strokeStyle = colour(style);
    ink.lineWidth = width;
    ink.beginPath();
    ink.arc(x, y, 7, 0, 2 * Math.PI);
    ink.stroke();
  }
  setAttribute(
    canvas,
    'aria-label',
    `Map of ${count(map.x.length)} codes. Arrow keys move a cursor, Enter decodes that place.`,
  );
}

/** The nearest example within reach; -1 none. @param {number} x CSS pixels @param {number} y */
function pointAt(x, y) {
  if (!map) return -1;
  const { pixel } = frameOf(map);
  let best = -1;
  let least = REACH * REACH;
  for (let i = 0; i < map.x.length; i++) {
    const [px, py] = pixel(map.x[i], map.y[i]);
    const far = (px - x) ** 2 + (py - y) ** 2;
    if (far < least) [best, least] = [i, far];
  }
  return best;
}

const lookUp = oneAtATime(
  async () => {
    hoverWanted = false;
    const { x, y } = pointer;
    const at = pointAt(x, y);
    const of = /** @type {CodeMap} */ (map);
    if (at >= 0)
      return {
        x,
        y,
        shown: await engine().thumbnails(of.example[at], 1),
        text: [store.data?.classes[of.label[at]]?.name, `example ${count(of.example[at] + 1)}`]
          .filter(Boolean)
          .join(', '),
      };
    const [px, py] = frameOf(of).plane(x, y);
    return { x, y, shown: await engine().pictureAt(px, py), text: 'decoded here' };
  },
  ({ x, y, shown, text }) => {
    if (!hovering) return;
    setHidden(card, false);
    showPixels(picture, shown.pixels, shown.width, shown.height, scaleFor(shown.width, shown.height, PICTURE));
    setText(pictureWords, text);
    placeBeside(card, holder, { x, y: y - card.offsetHeight / 2 });
    if (hoverWanted) lookUp();
  },
  () => setHidden(card, true),
);
let hovering = false;

/** @param {number} x CSS pixels @param {number} y */
function hover(x, y) {
  if (!map || !store.engine) return;
  pointer = { x, y };
  hovering = true;
  hoverWanted = true;
  lookUp();
}

/** @param {number} x CSS pixels @param {number} y */
function press(x, y) {
  if (!map) return;
  const at = pointAt(x, y);
  if (at >= 0) return goTo(map.example[at]);
  const [px, py] = frameOf(map).plane(x, y);
  changeCode((engine) => engine.decodeAt(px, py));
}

addPart(draw);
watchCode(isSeen);
new ResizeObserver(() => {
  if (isSeen()) paint();
}).observe(holder);
document.addEventListener('theme', () => {
  if (isSeen()) paint();
});
button.addEventListener('click', () => {
  if (jobOf('encode')) cancelJob('encode');
  else runJob('encode', {});
});
canvas.addEventListener('pointermove', ({ offsetX, offsetY }) => hover(offsetX, offsetY));
canvas.addEventListener('pointerleave', () => {
  hovering = false;
  hoverWanted = false;
  setHidden(card, true);
});
canvas.addEventListener('click', ({ offsetX, offsetY }) => press(offsetX, offsetY));
canvas.addEventListener('blur', () => {
  hovering = false;
  setHidden(card, true);
});
canvas.addEventListener('keydown', (event) => {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way && event.key !== 'Enter') return;
  event.preventDefault();
  event.stopPropagation();
  if (way)
    cursor = {
      x: Math.min(1, Math.max(0, cursor.x + way[0] * 0.02)),
      y: Math.min(1, Math.max(0, cursor.y + way[1] * 0.04)),
    };
  const [x, y] = [cursor.x * canvas.clientWidth, cursor.y * canvas.clientHeight];
  if (way) hover(x, y);
  else press(x, y);
});
