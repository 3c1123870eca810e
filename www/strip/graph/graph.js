// A free graph: its picture, in which neurons are picked, and what it can be changed by: the number of free neurons, weak
// connections, and all of it through the picture.

import { addPart, engine, invalidate, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { byId, setText, setValue } from '../../ui/dom.js';
import { counted, significant } from '../../ui/format.js';
import { showError, showNotice } from '../../ui/messages.js';
import { putPixels } from '../../ui/pixels.js';
import { createHoverCard } from '../hover-card.js';
import { isTabSeen } from '../shown-tab.js';
import { surfaceOf } from '../surface.js';
import { drawNeuron, isWaiting, leaveWaiting, removePicked, takeSource } from './free-neuron.js';
import { graphLook, pickNeuron, rewire } from './look.js';

/** @import { FreeGraphSummary } from '../../engine/types.js' */

const panel = byId('graph', HTMLElement);
const canvas = byId('graph-canvas', HTMLCanvasElement);
const words = byId('graph-words', HTMLElement);
const free = byId('graph-free', HTMLInputElement);
const least = byId('graph-least', HTMLInputElement);

/** Milliseconds between two pictures while it trains. */
const EVERY = 250;

const isSeen = () => isTabSeen('graph');

const surface = () => surfaceOf(canvas);

function draw() {
  if (!isSeen() || !store.engine) return;
  lookAtSummary();
  drawNeuron();
  if (canvas.clientWidth > 0) lookAtPicture(graphLook.picked, store.example, ...Object.values(surface()));
}

const lookAtSummary = createView({
  every: EVERY,
  ask: () => [['freeGraphSummary']],
  take(/** @type {FreeGraphSummary | null} */ found) {
    graphLook.summary = found;
    if (!found) return setText(words, '');
    const { free: neurons, steps, connections, inputs, outputs } = found;
    setText(words, `${counted(connections, 'connection')}, ${counted(steps, 'step')}`);
    setValue(free, String(neurons));
    if (graphLook.picked >= inputs + outputs + neurons) pickNeuron(-1);
  },
});

const lookAtPicture = createView({
  every: EVERY,
  ask: () => [['freeGraph', graphLook.picked, surface()]],
  take(/** @type {{ width: number, height: number, pixels: Uint8Array }} */ { width, height, pixels }) {
    putPixels(canvas, pixels, width, height);
  },
});

// --- The pointer and the keys

/** @param {number} x CSS pixels @param {number} y */
async function neuronAt(x, y) {
  return (await engine().freeGraphHit(x * devicePixelRatio, y * devicePixelRatio, surface())) ?? -1;
}

createHoverCard(canvas, byId('graph-card', HTMLElement), async (x, y) => {
  const neuron = await neuronAt(x, y);
  const found = neuron < 0 ? null : await engine().freeNeuron(neuron);
  return found ? `${found.name}: ${significant(found.value, 3)}` : '';
});

/** @param {number} neuron -1: none */
function press(neuron) {
  if (isWaiting() && neuron >= 0) return takeSource(neuron);
  leaveWaiting();
  pickNeuron(neuron === graphLook.picked ? -1 : neuron);
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
  const { summary } = graphLook;
  if (!summary || !(by || ['Escape', 'Enter', 'Delete'].includes(event.key))) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.key === 'Enter') return takeSource(graphLook.cursor);
  if (event.key === 'Delete') return removePicked();
  if (event.key === 'Escape') return isWaiting() ? leaveWaiting() : pickNeuron(-1);
  const all = summary.inputs + summary.outputs + summary.free;
  const step = (by ?? 0) * (event.shiftKey ? 10 : 1);
  // Waiting for a source, the keys go through the sources; else they pick.
  if (isWaiting()) {
    graphLook.cursor = (((graphLook.cursor + step) % all) + all) % all;
    return invalidate();
  }
  const from = graphLook.picked < 0 ? summary.inputs - Math.sign(step) : graphLook.picked;
  pickNeuron((((from + step) % all) + all) % all);
}

addPart(draw);
new ResizeObserver(() => {
  if (isSeen()) invalidate();
}).observe(panel);
document.addEventListener('theme', invalidate);
canvas.addEventListener('click', ({ offsetX, offsetY }) => neuronAt(offsetX, offsetY).then(press).catch(showError));
canvas.addEventListener('keydown', onKey);
free.addEventListener('change', () => {
  const wanted = Math.round(free.valueAsNumber);
  if (wanted >= 0 && wanted !== graphLook.summary?.free) rewire({ resize: { free: wanted, seed: Date.now() % 1e6 } });
});
byId('graph-prune', HTMLButtonElement).addEventListener('click', async () => {
  const before = graphLook.summary?.connections ?? 0;
  if (!(least.valueAsNumber > 0) || !(await rewire({ prune: { least: least.valueAsNumber } }))) return;
  const now = await engine().freeGraphSummary();
  if (now) showNotice(`${counted(before - now.connections, 'weak connection')} pruned; undo brings them back`);
});
