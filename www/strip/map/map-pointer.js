// The hand on the map: moving and zooming it, choosing points by a rectangle or a lasso, picking one; by keys as well.

import { store } from '../../app/store.js';
import { changeCode } from '../../look/latent/latent.js';
import { goTo } from '../../look/example/example-card.js';
import { byId, radioGroup } from '../../ui/dom.js';
import { colour } from '../../ui/theme.js';
import { hideCard, showCard } from './map-card.js';
import { chooseWithin, forgetSelection } from './map-selection.js';
import { pointNear } from './scatter.js';
import { look, moveBy, seenPlacement, showAll, zoomAt } from './shown-map.js';

/** @typedef {import('./scatter.js').Spot} Spot */

/** A point this near to the pointer is meant, in CSS pixels; around the cursor of the keys a larger circle. */
const REACH = 6;
const AROUND = 28;
/** A pointer that moved less has not dragged. */
const DRAG = 4;
const ZOOM = 1.25;

/** @type {'move' | 'rectangle' | 'lasso'} */
let tool = 'move';
/** The outline that is being drawn. @type {Spot[]} */
let outline = [];
/** The pointers that are down, by their numbers. @type {Map<number, Spot>} */
const down = new Map();
/** The place where the first went down, and whether it has dragged. */
let start = { x: 0, y: 0, dragged: false, outlines: false };
/** The place that the arrow keys move, as a share of the canvas; null: the keys were not used. @type {Spot | null} */
let cursor = null;
let repaint = () => {};
/** @type {(ink: CanvasRenderingContext2D, spot: Spot, radius: number) => void} */
let ring = () => {};
let canvas = document.createElement('canvas');

const showTool = radioGroup(byId('map-tools', HTMLElement), (value) => {
  tool = /** @type {typeof tool} */ (value);
  canvas.dataset.tool = tool;
});

/** @param {CanvasRenderingContext2D} ink */
export function drawOutline(ink) {
  if (outline.length > 1) {
    ink.strokeStyle = colour('--accent');
    ink.lineWidth = 1.5;
    ink.setLineDash([4, 3]);
    ink.beginPath();
    outline.forEach(([x, y]) => ink.lineTo(x, y));
    ink.closePath();
    ink.stroke();
    ink.setLineDash([]);
  }
  if (cursor && canvas.matches(':focus-visible'))
    ring(ink, [cursor[0] * canvas.clientWidth, cursor[1] * canvas.clientHeight], 4);
}

/** Finds what is at a place: a point of the map, or of the map of codes a place that is decoded. @param {Spot} spot */
function press(spot) {
  const { map } = look;
  if (!map) return;
  const place = seenPlacement(canvas);
  const at = pointNear(map.points, place, spot, cursor && map.view ? AROUND : REACH);
  if (at >= 0) return goTo(map.examples[at]);
  if (map.view) return forgetSelection();
  const [x, y] = place.plane(...spot);
  changeCode((engine) => engine.decodeAt(x, y));
}

/** @param {Spot} spot */
function hover(spot) {
  const { map } = look;
  if (!map || !store.engine) return;
  const place = seenPlacement(canvas);
  showCard(spot, pointNear(map.points, place, spot, REACH), place.plane(...spot));
}

/** @param {PointerEvent} event @returns {Spot} */
const spotOf = ({ offsetX, offsetY }) => [offsetX, offsetY];

/** @param {PointerEvent} event */
function drag(event) {
  const spot = spotOf(event);
  const before = down.get(event.pointerId) ?? spot;
  const [other] = [...down].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
  down.set(event.pointerId, spot);
  if (Math.hypot(spot[0] - start.x, spot[1] - start.y) > DRAG) start.dragged = true;
  if (!start.dragged) return;
  hideCard();
  if (other) {
    const apart = (/** @type {Spot} */ [x, y]) => Math.max(10, Math.hypot(x - other[0], y - other[1]));
    outline = [];
    zoomAt(canvas, apart(spot) / apart(before), other);
  } else if (!start.outlines) {
    const { plane } = seenPlacement(canvas);
    const [[x, y], [oldX, oldY]] = [plane(...spot), plane(...before)];
    moveBy(canvas, oldX - x, oldY - y);
  } else if (tool === 'rectangle') {
    outline = [[start.x, start.y], [spot[0], start.y], spot, [start.x, spot[1]]];
  } else outline.push(spot);
  repaint();
}

/** @param {HTMLCanvasElement} on @param {() => void} paint @param {typeof ring} mark */
export function watchPointer(on, paint, mark) {
  [canvas, repaint, ring] = [on, paint, mark];
  showTool(tool);
  canvas.addEventListener('pointerdown', (event) => {
    const [x, y] = spotOf(event);
    if (down.size === 0) start = { x, y, dragged: false, outlines: event.shiftKey || tool !== 'move' };
    down.set(event.pointerId, [x, y]);
    outline = start.outlines ? [[x, y]] : [];
    cursor = null;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (down.has(event.pointerId)) drag(event);
    else hover(spotOf(event));
  });
  canvas.addEventListener('pointerup', (event) => {
    down.delete(event.pointerId);
    if (down.size > 0) return;
    if (outline.length > 2) chooseWithin(outline, event.shiftKey && tool !== 'move');
    else if (!start.dragged) press(spotOf(event));
    outline = [];
    repaint();
  });
  canvas.addEventListener('pointercancel', (event) => {
    down.delete(event.pointerId);
    outline = [];
    repaint();
  });
  canvas.addEventListener('pointerleave', hideCard);
  canvas.addEventListener('blur', () => {
    hideCard();
    repaint();
  });
  canvas.addEventListener('focus', repaint);
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      zoomAt(canvas, ZOOM ** (-event.deltaY / 100), [event.offsetX, event.offsetY]);
      repaint();
    },
    { passive: false },
  );
  canvas.addEventListener('dblclick', () => {
    showAll();
    repaint();
  });
  canvas.addEventListener('keydown', onKey);
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const now = cursor ?? [0.5, 0.5];
  const spot = /** @type {Spot} */ ([now[0] * canvas.clientWidth, now[1] * canvas.clientHeight]);
  if (way) {
    const within = (/** @type {number} */ at) => Math.min(1, Math.max(0, at));
    cursor = [within(now[0] + way[0] * 0.02), within(now[1] + way[1] * 0.04)];
    hover([cursor[0] * canvas.clientWidth, cursor[1] * canvas.clientHeight]);
  } else if (event.key === 'Enter') {
    cursor = now;
    press(spot);
  } else if (event.key === 's') {
    const corner = (/** @type {number} */ turn) =>
      /** @type {Spot} */ ([spot[0] + AROUND * Math.cos(turn), spot[1] + AROUND * Math.sin(turn)]);
    chooseWithin(
      Array.from({ length: 24 }, (_, i) => corner((i * Math.PI) / 12)),
      true,
    );
  } else if (event.key === '+' || event.key === '=') zoomAt(canvas, ZOOM, spot);
  else if (event.key === '-') zoomAt(canvas, 1 / ZOOM, spot);
  else if (event.key === '0') showAll();
  else if (event.key === 'Escape') forgetSelection();
  else return;
  event.preventDefault();
  event.stopPropagation();
  repaint();
}
