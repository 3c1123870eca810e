// The edges of a network that makes and cuts its own: the adjacency over time, the graph by levels, the curve of a neuron.

import { addPart, engine, invalidate, same, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { choose } from '../../network/selection.js';
import { byId, radioGroup, setAttribute, setHidden, setText } from '../../ui/dom.js';
import { count, counted, percent, significant } from '../../ui/format.js';
import { showError } from '../../ui/messages.js';
import { putPixels } from '../../ui/pixels.js';
import { createHoverCard } from '../hover-card.js';
import { isTabSeen } from '../shown-tab.js';
import { surfaceOf } from '../surface.js';
import { drawCurve } from './curve.js';
import { showCell } from './edge-actions.js';
import { edgesLook, openCurve, pickNeuron, showView } from './look.js';
import { drawTimeline, frameShown } from './timeline.js';

/** @import { Cell, StructureSummary } from '../../engine/types.js' */
/** @import { EdgesView } from './look.js' */

const panel = byId('edges', HTMLElement);
const canvas = byId('edges-canvas', HTMLCanvasElement);
const words = byId('edges-words', HTMLElement);
const curvePanel = byId('curve', HTMLElement);
const pictures = byId('edges-pictures', HTMLElement);
const mark = radioGroup(byId('edges-views', HTMLElement), (view) => showView(/** @type {EdgesView} */ (view)));

/** Milliseconds between two pictures while it trains, and between two looks at its history. */
const EVERY = 250;

/** Where the arrow keys are in the adjacency, as shares. */
let cursor = { x: 0.5, y: 0.5 };
/** What the picture under the pointer belongs to. @type {unknown[]} */
let painted = [];

const isSeen = () => isTabSeen('edges');

const surface = () => surfaceOf(canvas);

function draw() {
  if (!isSeen() || !store.engine) return;
  const isCurve = edgesLook.view === 'curve';
  setHidden(pictures, isCurve);
  setHidden(curvePanel, !isCurve);
  lookAtSummary();
  drawTimeline(edgesLook.view === 'adjacency');
  mark(edgesLook.view);
  if (isCurve) return drawCurve();
  if (canvas.clientWidth === 0) return;
  lookAtPicture(edgesLook.view, frameShown(), edgesLook.picked, ...Object.values(surface()));
}

const lookAtSummary = createView({
  every: EVERY,
  ask: () => [['structureSummary']],
  take(/** @type {StructureSummary | null} */ found) {
    edgesLook.summary = found;
    tell();
  },
});

function tell() {
  const { summary } = edgesLook;
  if (!summary) return setText(words, '');
  const { edges, edgeShare, levels, kept } = summary;
  setText(words, `${counted(edges, 'edge')}, ${percent(edgeShare)}, ${counted(levels, 'level')}`);
  const guard = kept > 0 ? ` ${counted(kept, 'output')} kept an edge so as not to be cut off.` : '';
  setAttribute(
    words,
    'data-tip',
    `Share: of all edges that there could be. Levels: edges on the longest path.${guard}`,
  );
}

const lookAtPicture = createView({
  every: EVERY,
  ask: () => [
    edgesLook.view === 'adjacency'
      ? ['adjacency', frameShown(), surface()]
      : ['levelGraph', edgesLook.picked, surface()],
  ],
  take(/** @type {{ width: number, height: number, pixels: Uint8Array }} */ { width, height, pixels }) {
    putPixels(canvas, pixels, width, height);
    const now = [edgesLook.view, frameShown(), edgesLook.picked];
    if (!same(now, painted)) describe();
    painted = now;
  },
});

function describe() {
  const what =
    edgesLook.view === 'adjacency'
      ? 'Adjacency: a row for each neuron that reads, a column for each that is read. Arrow keys move a cursor, Enter picks the edge there.'
      : 'Graph by levels, inputs at the left, outputs at the right. Arrow keys pick the next neuron, Escape none, Enter opens its curve.';
  setAttribute(canvas, 'aria-label', what);
}

// --- The pointer and the keys

/** @param {Cell} cell */
const cellWords = ({ text, strength, pinned }) =>
  `${text}: ${strength === 0 ? 'no edge' : significant(strength, 3)}${pinned ? ', pinned' : ''}`;

const hover = createHoverCard(canvas, byId('edges-card', HTMLElement), async (x, y) => {
  if (edgesLook.view === 'adjacency') {
    const cell = await engine().adjacencyCell(x / canvas.clientWidth, y / canvas.clientHeight);
    return cell ? cellWords(cell) : '';
  }
  const neuron = await neuronAt(x, y);
  return neuron === undefined ? '' : neuronWords(neuron);
});

/** @param {number} x CSS pixels @param {number} y */
async function neuronAt(x, y) {
  return (await engine().levelHit(x * devicePixelRatio, y * devicePixelRatio, surface())) ?? undefined;
}

/** @param {number} neuron */
async function neuronWords(neuron) {
  const curve = await engine().curve(neuron, 0);
  if (!curve) return `input ${count(neuron + 1)}: lights up who reads it`;
  return `${curve.name}: reads ${count(curve.sources.length)}`;
}

/** @param {number} x CSS pixels @param {number} y */
async function press(x, y) {
  try {
    if (edgesLook.view === 'adjacency') {
      const cell = await engine().adjacencyCell(x / canvas.clientWidth, y / canvas.clientHeight);
      showCell(cell);
      if (cell) edgesLook.picked = cell.target;
      return;
    }
    const neuron = (await neuronAt(x, y)) ?? -1;
    pickNeuron(neuron === edgesLook.picked ? -1 : neuron);
    const curve = neuron < 0 ? null : await engine().curve(neuron, 0);
    if (curve) choose({ kind: 'neuron', ...curve.neuron });
  } catch (error) {
    showError(error);
  }
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const isAdjacency = edgesLook.view === 'adjacency';
  const { summary } = edgesLook;
  if (!way && event.key !== 'Enter' && (isAdjacency || event.key !== 'Escape')) return;
  event.preventDefault();
  event.stopPropagation();
  if (isAdjacency) {
    if (way && summary) {
      const step = (/** @type {number} */ at, /** @type {number} */ by, /** @type {number} */ len) =>
        Math.min(1 - 0.5 / len, Math.max(0.5 / len, at + by / len));
      const columns = summary.inputs + summary.hidden;
      cursor = {
        x: step(cursor.x, way[0] * (event.shiftKey ? 10 : 1), columns),
        y: step(cursor.y, way[1] * (event.shiftKey ? 10 : 1), summary.hidden + summary.outputs),
      };
    }
    const [x, y] = [cursor.x * canvas.clientWidth, cursor.y * canvas.clientHeight];
    if (way) hover(x, y);
    else press(x, y);
    return;
  }
  if (event.key === 'Escape') return pickNeuron(-1);
  if (event.key === 'Enter') return openCurve(edgesLook.picked);
  const all = summary ? summary.inputs + summary.hidden + summary.outputs : 1;
  const by = way ? way[0] + way[1] : 0;
  pickNeuron((Math.max(edgesLook.picked, by < 0 ? 0 : -1) + by + all) % all);
}

addPart(draw);
new ResizeObserver(() => {
  if (isSeen()) invalidate();
}).observe(panel);
document.addEventListener('theme', invalidate);
canvas.addEventListener('click', ({ offsetX, offsetY }) => press(offsetX, offsetY));
canvas.addEventListener('dblclick', () => {
  if (edgesLook.picked >= 0) openCurve(edgesLook.picked);
});
canvas.addEventListener('keydown', onKey);
