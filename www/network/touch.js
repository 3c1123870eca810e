// The pointer and the keys on the drawn network: move, zoom, point at, choose.

import { engine, store } from '../app/store.js';
import { oneAtATime } from '../app/views.js';
import { byId, setAttribute, setHidden, setText } from '../ui/dom.js';
import { edit } from '../app/commands.js';
import { signed } from '../ui/format.js';
import { describeConnection, describeHit, hideHover, showHover } from './hover.js';
import { canvas, fit, frame, hasFrame, pan, reveal, zoom } from './network.js';
import { choose, nameOf, picked, placeOf, point, selection } from './selection.js';

/** @import { Hit, Neuron, Picked } from '../engine/types.js' */

const rectangle = byId('rectangle', HTMLElement);
const selectButton = byId('select', HTMLButtonElement);
const spoken = byId('network-cursor', HTMLElement);

/** A press that moves less than this is a click. */
const CLICK_PIXELS = 5;
/** A line this near to the pointer is meant. */
const REACH = 6;

/** Pointers that are down, by their id. @type {Map<number, { x: number, y: number }>} */
const pointers = new Map();
/** Where the press began, while it may be a click. @type {{ x: number, y: number } | null} */
let pressed = null;
/** Where the rectangle began. @type {{ x: number, y: number } | null} */
let corner = null;
let hoverAt = { x: 0, y: 0 };
let hoverWanted = false;
/** The neuron under the keys. @type {Neuron | null} */
let cursor = null;
/** Where a rectangle began by the keys. @type {Neuron | null} */
let keptCorner = null;

/** A place in the canvas in device pixels. @param {{ clientX: number, clientY: number }} event */
function place({ clientX, clientY }) {
  const { left, top } = canvas.getBoundingClientRect();
  return { x: (clientX - left) * devicePixelRatio, y: (clientY - top) * devicePixelRatio };
}

const lookUp = oneAtATime(
  async () => {
    hoverWanted = false;
    const { x, y } = hoverAt;
    const hit = await engine().hit(x, y);
    const ends = hit ? null : await engine().hitConnection(x, y, REACH * devicePixelRatio);
    return { x, y, hit, connection: ends && (await engine().inspect([ends]))[0] };
  },
  ({ x, y, hit, connection }) => {
    canvas.classList.toggle('on-neuron', hit !== null || connection !== null);
    if (pointers.size === 0) show(hit, x, y);
    if (pointers.size === 0 && connection?.kind === 'connection')
      showHover(describeConnection(connection), x / devicePixelRatio, y / devicePixelRatio);
    if (hoverWanted) lookUp();
  },
  () => hideHover(),
);

/** @param {Hit | null} hit @param {number} x device pixels @param {number} y */
function show(hit, x, y) {
  point(hit && { block: hit.block, index: hit.index });
  if (hit) showHover(describeHit(hit), x / devicePixelRatio, y / devicePixelRatio);
  else hideHover();
}

/** What is there goes into the inspector. @param {number} x @param {number} y */
async function chooseAt(x, y) {
  const hit = await engine().hit(x, y);
  if (hit) return choose({ kind: 'neuron', block: hit.block, index: hit.index });
  const connection = await engine().hitConnection(x, y, REACH * devicePixelRatio);
  if (connection) choose({ kind: 'connection', source: connection.source, target: connection.target });
}

/** @param {{ x: number, y: number }} from @param {{ x: number, y: number }} to */
async function chooseIn(from, to) {
  const { count, neurons } = await engine().neuronsIn(from.x, from.y, to.x, to.y);
  if (count === 1) choose({ kind: 'neuron', block: neurons[0].block, index: neurons[0].indices[0] });
  else if (count > 1) choose({ kind: 'group', count, neurons });
}

/** @param {{ x: number, y: number }} to */
function showRectangle(to) {
  if (!corner) return;
  setHidden(rectangle, false);
  rectangle.style.left = `${Math.min(corner.x, to.x) / devicePixelRatio}px`;
  rectangle.style.top = `${Math.min(corner.y, to.y) / devicePixelRatio}px`;
  rectangle.style.width = `${Math.abs(corner.x - to.x) / devicePixelRatio}px`;
  rectangle.style.height = `${Math.abs(corner.y - to.y) / devicePixelRatio}px`;
}

function dropRectangle() {
  corner = null;
  setHidden(rectangle, true);
}

canvas.addEventListener(
  'wheel',
  (event) => {
    event.preventDefault();
    const { x, y } = place(event);
    // A pinch on a trackpad comes as a wheel with Ctrl and small deltas.
    zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015) * (event.deltaMode === 1 ? 16 : 1)), x, y);
  },
  { passive: false },
);
canvas.addEventListener('pointerdown', (event) => {
  canvas.setPointerCapture(event.pointerId);
  const at = place(event);
  pointers.set(event.pointerId, at);
  pressed = pointers.size === 1 && event.button === 0 ? at : null;
  if (pressed && (event.shiftKey || selectButton.getAttribute('aria-pressed') === 'true')) corner = at;
  else dropRectangle();
  if (!corner) canvas.classList.add('dragging');
  hideHover();
});
canvas.addEventListener('pointermove', (event) => {
  const now = place(event);
  const before = pointers.get(event.pointerId);
  if (!before) {
    hoverAt = now;
    hoverWanted = true;
    if (store.engine && hasFrame()) lookUp();
    return;
  }
  const far = pressed && Math.hypot(now.x - pressed.x, now.y - pressed.y) > CLICK_PIXELS * devicePixelRatio;
  if (corner) {
    if (far) pressed = null;
    return showRectangle(now);
  }
  if (pressed && !far) return; // it may still become a click
  const from = pressed ?? before;
  pressed = null;
  const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
  pointers.set(event.pointerId, now);
  if (!other) return pan(now.x - from.x, now.y - from.y);
  const apart =
    Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
  zoom(apart, (now.x + other.x) / 2, (now.y + other.y) / 2);
  pan((now.x - before.x) / 2, (now.y - before.y) / 2);
});
canvas.addEventListener('pointerup', (event) => {
  const now = place(event);
  const [from, click] = [corner, pressed];
  endOf(event);
  if (!store.engine || !hasFrame()) return;
  cursor = null;
  if (click) chooseAt(now.x, now.y);
  else if (from) chooseIn(from, now);
});
canvas.addEventListener('pointercancel', endOf);

/** @param {PointerEvent} event */
function endOf(event) {
  pointers.delete(event.pointerId);
  pressed = null;
  dropRectangle();
  if (pointers.size === 0) canvas.classList.remove('dragging');
}

canvas.addEventListener('pointerleave', () => {
  hoverWanted = false;
  if (!cursor) point(null);
  hideHover();
});
canvas.addEventListener('dblclick', async (event) => {
  const { x, y } = place(event);
  if (store.engine && !(await engine().hit(x, y)) && !(await engine().hitConnection(x, y, REACH * devicePixelRatio)))
    fit();
});
selectButton.addEventListener('click', () =>
  setAttribute(selectButton, 'aria-pressed', String(selectButton.getAttribute('aria-pressed') !== 'true')),
);

// --- Keys: the arrows move a cursor among the cells of a layer, Page Up and Page Down among the layers.

const WAYS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
});

/** @param {[number, number]} way */
async function moveCursor([dx, dy]) {
  if (!cursor) return moveLayer(1);
  const here = await engine().cell(cursor.block, cursor.index);
  if (!here) return moveLayer(1);
  // Between the maps of a layer there is a gap, so the next cell may be a little further on.
  for (const far of [1, 1.6, 2.2, 3]) {
    const hit = await engine().hit(
      here.left + here.width * (0.5 + dx * far),
      here.top + here.height * (0.5 + dy * far),
    );
    if (hit) return putCursor(hit);
  }
}

/** The first neuron of the next layer that is drawn. @param {number} by */
async function moveLayer(by) {
  const layers = store.model?.blocks.length ?? 0;
  for (let block = (cursor?.block ?? -1) + by; block >= 0 && block < layers; block += by) {
    const at = await engine().cell(block, 0);
    const hit = at && (await engine().hit(at.left + at.width / 2, at.top + at.height / 2));
    // Layers that only pass on are seen in the panel of another.
    if (hit && hit.block !== cursor?.block) return putCursor(hit);
  }
}

/** @param {Neuron} to */
async function putCursor({ block, index }) {
  cursor = { block, index };
  point(cursor);
  let at = await engine().cell(block, index);
  if (at && reveal(at)) {
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    }); // one frame at the new place
    at = await engine().cell(block, index);
  }
  if (!at) return;
  const hit = await engine().hit(at.left + at.width / 2, at.top + at.height / 2);
  if (!hit) return;
  showHover(describeHit(hit), (at.left + at.width) / devicePixelRatio, (at.top + at.height) / devicePixelRatio);
  setText(
    spoken,
    `${nameOf(cursor)}: value ${signed(hit.value)}${hit.bias === null ? '' : `, bias ${signed(hit.bias)}`}`,
  );
}

/** What P and Delete act on: the neuron under the keys, else what is open in the inspector. @returns {Picked[]} */
function aim() {
  const { opened } = selection;
  if (cursor) return picked(cursor);
  if (opened?.kind === 'neuron') return picked(opened);
  return opened?.kind === 'group' ? opened.neurons : [];
}

/** The first of several neurons says what is done to all of them. @param {Picked[]} neurons */
async function viewOf([{ block, indices }]) {
  const [view] = await engine().inspect([{ block, index: indices[0], strongest: 0, image: false }]);
  return view?.kind === 'neuron' ? view : null;
}

/** @param {Picked[]} neurons */
async function togglePin(neurons) {
  const view = await viewOf(neurons);
  if (view) edit({ do: 'pin', neurons, pinned: view.pinned !== 'all' });
}

/**
 * A single neuron of a map stands for the whole map: a lesion of one place is hardly seen. Several are meant as they are.
 * @param {Picked[]} neurons
 */
async function toggleHold(neurons) {
  const view = await viewOf(neurons);
  if (!view) return;
  const isOne = neurons.length === 1 && neurons[0].indices.length === 1;
  const isFree = view.held === null && view.heldChannel === null;
  if (isFree) edit({ do: 'hold', neurons, value: 0, channel: isOne && placeOf(view) !== '' });
  else edit({ do: 'release', neurons, channel: view.heldChannel !== null });
}

/** The first press keeps a corner, the second chooses all neurons from there to the cursor. */
async function markCorner() {
  const here = cursor && (await engine().cell(cursor.block, cursor.index));
  if (!here || !cursor) return;
  const there = keptCorner && (await engine().cell(keptCorner.block, keptCorner.index));
  if (!keptCorner || !there) {
    keptCorner = cursor;
    setText(spoken, `A corner at ${nameOf(cursor)}. Go to the opposite one and press X again.`);
    return;
  }
  keptCorner = null;
  const middle = (/** @type {{ left: number, top: number, width: number, height: number }} */ cell) => ({
    x: cell.left + cell.width / 2,
    y: cell.top + cell.height / 2,
  });
  // A little beyond, so that both middles are inside.
  const [a, b] = [middle(there), middle(here)];
  const [x, y] = [a.x <= b.x ? 0.25 : -0.25, a.y <= b.y ? 0.25 : -0.25];
  await chooseIn(
    { x: a.x - x * here.width, y: a.y - y * here.height },
    { x: b.x + x * here.width, y: b.y + y * here.height },
  );
}

/** What the keys asked for is done in their order: each move begins where the one before it ended. @type {Promise<unknown>} */
let moves = Promise.resolve();
let waiting = 0;

/** @param {() => unknown} action @param {boolean} repeated by a key that is held: it must not run on when it is let go */
function inTurn(action, repeated) {
  if (repeated && waiting > 1) return;
  waiting += 1;
  moves = moves
    .then(action)
    .catch(reportError)
    .finally(() => {
      waiting -= 1;
    });
}

/** @param {KeyboardEvent} event @returns {(() => unknown) | null} */
function actionOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const way = WAYS[event.key];
  const far = -48 * devicePixelRatio;
  if (way) return event.shiftKey ? () => pan(way[0] * far, way[1] * far) : () => moveCursor(way);
  if (event.key === 'PageDown' || event.key === 'PageUp') return () => moveLayer(event.key === 'PageDown' ? 1 : -1);
  const toggle = { p: togglePin, delete: toggleHold, backspace: toggleHold }[event.key.toLowerCase()];
  // Moves that wait may still change what the keys are at.
  if (toggle && (waiting > 0 || aim().length > 0)) return () => aim().length > 0 && toggle(aim());
  if (!cursor && waiting === 0) return null;
  if (event.key === 'Enter') return () => cursor && choose({ kind: 'neuron', ...cursor });
  if (event.key.toLowerCase() === 'x') return markCorner;
  if (event.key === 'Escape')
    return () => {
      cursor = null;
      keptCorner = null;
      point(null);
      hideHover();
    };
  return null;
}

canvas.addEventListener('keydown', (event) => {
  const action = store.engine && hasFrame() ? actionOf(event) : null;
  if (!action) return;
  event.preventDefault();
  event.stopPropagation();
  inTurn(action, event.repeat);
});
canvas.addEventListener('blur', () => {
  if (cursor && selection.pointed) {
    point(null);
    hideHover();
  }
});
canvas.addEventListener('focus', () => {
  if (cursor && canvas.matches(':focus-visible')) point(cursor);
});
