// The grand tour: the plane moves while it is watched, and an axis can be dragged to where it should point.

import { engine } from '../../app/store.js';
import { oneAtATime } from '../../app/views.js';
import { byId, create, setAttribute, setHidden, setText } from '../../ui/dom.js';
import { showError } from '../../ui/messages.js';
import { isTabSeen } from '../shown-tab.js';
import { look } from './shown-map.js';

/** @import { TourFrame } from '../../engine/types.js' */

const wheel = byId('map-axes', HTMLElement);
const button = byId('map-tour', HTMLButtonElement);
const speed = byId('map-speed', HTMLInputElement);

/** Radius of the wheel of axes, in CSS pixels, and how far a key moves an axis. */
const RADIUS = 52;
const STEP = 0.05;

let moves = !matchMedia('(prefers-reduced-motion: reduce)').matches;
/** The last moment of the animation. */
let before = 0;
let waiting = false;
/** The axis that is being dragged, and where to. @type {{ axis: number, x: number, y: number } | null} */
let held = null;
/** The direction of each, x and y in turn. @type {Float32Array} */
let axes = new Float32Array();
let repaint = () => {};

const isTour = () => look.map?.view?.method === 'tour' && isTabSeen('map');

/** @param {() => void} paint */
export function drawTour(paint) {
  repaint = paint;
  const tour = isTour();
  setHidden(wheel, !tour);
  setText(button, moves ? 'Stop tour' : 'Go on tour');
  setAttribute(button, 'aria-pressed', String(moves));
  if (!tour) return;
  nameAxes(look.map?.view?.axes ?? []);
  goOn();
}

/** @param {string[]} names */
function nameAxes(names) {
  if (wheel.dataset.of === names.join('\n')) return;
  wheel.dataset.of = names.join('\n');
  wheel.replaceChildren(
    ...names.map((name, axis) =>
      create(
        'button',
        {
          type: 'button',
          class: 'tour-axis',
          'data-axis': String(axis),
          'aria-label': `Axis ${name}: arrow keys turn it`,
        },
        name,
      ),
    ),
  );
  axes = new Float32Array(2 * names.length);
  show(0);
}

function goOn() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame((now) => {
    waiting = false;
    const seconds = Math.min(0.1, (now - before) / 1000);
    before = now;
    if (!isTour() || (!moves && !held)) return;
    show(moves ? seconds * speed.valueAsNumber : 0);
    goOn();
  });
}

let angle = 0;
const ask = oneAtATime(
  () => {
    const [turn, to] = [angle, held];
    angle = 0;
    return to ? engine().setTourAxis(to.axis, to.x, to.y) : engine().advanceTour(turn);
  },
  (/** @type {TourFrame} */ found) => {
    if (!look.map || look.map.view?.method !== 'tour' || found.points.length !== look.map.points.length) return;
    look.map.points = found.points;
    axes = found.axes;
    place();
    repaint();
  },
  (error) => {
    moves = false;
    showError(error);
  },
);

/** @param {number} turn in radians */
function show(turn) {
  angle += turn;
  ask();
}

/** Puts the handles where the axes point. */
function place() {
  wheel.querySelectorAll('button').forEach((handle, axis) => {
    const [x, y] = [axes[2 * axis], axes[2 * axis + 1]];
    handle.style.transform = `translate(-50%, -50%) translate(${x * RADIUS}px, ${-y * RADIUS}px)`;
    handle.style.opacity = String(0.35 + 0.65 * Math.min(1, Math.hypot(x, y)));
  });
}

/** @param {PointerEvent} event where an axis is dragged to */
function placeOf({ clientX, clientY }) {
  const { left, top, width, height } = wheel.getBoundingClientRect();
  return { x: (clientX - left - width / 2) / RADIUS, y: -(clientY - top - height / 2) / RADIUS };
}

button.addEventListener('click', () => {
  moves = !moves;
  drawTour(repaint);
});
wheel.addEventListener('pointerdown', (event) => {
  const handle = event.target instanceof Element ? event.target.closest('button') : null;
  if (!handle) return;
  handle.setPointerCapture(event.pointerId);
  held = { axis: Number(handle.dataset.axis), ...placeOf(event) };
  moves = false;
  drawTour(repaint);
});
wheel.addEventListener('pointermove', (event) => {
  if (held) held = { ...held, ...placeOf(event) };
});
for (const end of ['pointerup', 'pointercancel'])
  wheel.addEventListener(end, () => {
    if (held) ask();
    held = null;
  });
wheel.addEventListener('keydown', (event) => {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  const axis = event.target instanceof HTMLElement ? Number(event.target.dataset.axis) : NaN;
  if (!way || Number.isNaN(axis)) return;
  event.preventDefault();
  event.stopPropagation();
  moves = false;
  held = { axis, x: axes[2 * axis] + STEP * way[0], y: axes[2 * axis + 1] + STEP * way[1] };
  ask();
  held = null;
  drawTour(repaint);
});
