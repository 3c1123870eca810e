// The closeness curve of a neuron: now and when the run began, with handles that bend it.

import { createDrag } from '../../app/commands.js';
import { invalidate, same } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { field } from '../../look/inspector/item-parts.js';
import { byId, setAttribute, setHidden, setText } from '../../ui/dom.js';
import { counted } from '../../ui/format.js';
import { inkFor } from '../../ui/pixels.js';
import { createSlider } from '../../ui/slider.js';
import { colour, theme } from '../../ui/theme.js';
import { edgesLook, pickNeuron } from './look.js';

/** @import { Curve, CurveNumber } from '../../engine/types.js' */

const canvas = byId('curve-canvas', HTMLCanvasElement);
const list = byId('curve-numbers', HTMLElement);
const title = byId('curve-title', HTMLElement);
const previous = byId('curve-previous', HTMLButtonElement);
const next = byId('curve-next', HTMLButtonElement);
const bump = byId('curve-bump', HTMLButtonElement);

const EVERY = 250;
const MARGIN = { left: 36, right: 12, top: 10, bottom: 20 };
const REACH = 14;

/** What each number is, in words. @type {Record<CurveNumber, [name: string, tip: string]>} */
const WORDS = {
  height: ['height', 'How strong its edges can be; below 0 they change sign'],
  power: ['power', 'How narrow the crests are'],
  shift: ['shift', 'How far the crests are moved down'],
  period: ['period', 'Sources from one crest to the next'],
  phase: ['phase', 'Where the crests are, in radians'],
  width: ['width', 'Width of the bell, in sources'],
  centre: ['centre', 'The source that the bell is centred at'],
};

/** @type {Curve | null} */
let curve = null;
/** The handle that is held. @type {CurveNumber | null} */
let held = null;
/** What was drawn last. @type {unknown[]} */
let seen = [];
/** @type {Map<CurveNumber, { slider: ReturnType<typeof createSlider>, drag: ReturnType<typeof createDrag> }>} */
const sliders = new Map();

export function drawCurve() {
  const known = edgesLook.summary;
  if (!known) return;
  const first = known.inputs;
  if (edgesLook.picked < first) edgesLook.picked = first;
  look(edgesLook.picked, edgesLook.bump);
  const size = [canvas.clientWidth, canvas.clientHeight];
  const wanted = [curve, ...size, theme(), held];
  if (!curve || same(wanted, seen)) return;
  seen = wanted;
  tell(curve);
  paint(curve);
}

const look = createView({
  every: EVERY,
  ask: () => [['curve', edgesLook.picked, edgesLook.bump]],
  take(/** @type {Curve | null} */ found) {
    curve = found;
  },
});

/** @param {Curve} curve */
function tell({ name, bump: shownBump, bumps, numbers, sources, inputs, decides }) {
  const known = edgesLook.summary;
  if (sliders.size === 0) list.replaceChildren(...numbers.map(({ number }) => row(number)));
  for (const { number, value, start, least, most } of numbers) {
    const slider = sliders.get(number)?.slider;
    slider?.setRange(Math.min(least, start), Math.max(most, start));
    slider?.show(value);
  }
  const fromInputs = sources.filter((source) => source < inputs).length;
  const reads = `reads ${counted(fromInputs, 'input')} and ${counted(sources.length - fromInputs, 'neuron')}`;
  setText(title, `${name}: ${reads}${decides ? '' : ' (by weights of their own; the curve gave the first ones)'}`);
  setHidden(bump, bumps === 1);
  setText(bump, `bump ${shownBump + 1} of ${bumps}`);
  previous.disabled = edgesLook.picked <= (known?.inputs ?? 0);
  next.disabled = known !== null && edgesLook.picked >= known.inputs + known.hidden + known.outputs - 1;
  setAttribute(canvas, 'aria-label', `Closeness of ${name} to all it may read; the numbers beside it bend the curve`);
}

/** @param {CurveNumber} number */
function row(number) {
  const [name, tip] = WORDS[number];
  const drag = createDrag();
  const slider = createSlider({ label: name, tip, low: 0, high: 1, onInput: (value) => bend(number, value, drag) });
  sliders.set(number, { slider, drag });
  return field(name, slider.element, tip);
}

/** @param {CurveNumber} number @param {number} value @param {ReturnType<typeof createDrag>} drag */
function bend(number, value, drag) {
  const of = curve;
  if (!of || !Number.isFinite(value)) return;
  drag(() => ({ do: 'set-curve', neuron: of.neuron, bump: of.bump, number, value }));
}

// --- The picture and its handles

/** @param {Curve} of */
function frameOf({ closeness, start, cutoff }) {
  const width = canvas.clientWidth - MARGIN.left - MARGIN.right;
  const height = canvas.clientHeight - MARGIN.top - MARGIN.bottom;
  let limit = 1.5 * cutoff;
  for (const values of [closeness, start]) for (const d of values) limit = Math.max(limit, Math.abs(d));
  const last = Math.max(1, closeness.length - 1);
  return {
    limit,
    /** @param {number} source */
    x: (source) => MARGIN.left + (source / last) * width,
    /** @param {number} d */
    y: (d) => MARGIN.top + (0.5 - (0.5 * d) / limit) * height,
    /** @param {number} x */
    source: (x) => ((x - MARGIN.left) / width) * last,
    /** @param {number} y */
    d: (y) => (0.5 - (y - MARGIN.top) / height) * 2 * limit,
  };
}

/** @param {Curve} curve @param {CurveNumber} number */
const valueOf = ({ numbers }, number) => numbers.find((each) => each.number === number)?.value ?? 0;

/** Where the handles are: the centre on top of the bell, its width beside it, a period from the centre. @param {Curve} of @returns {[CurveNumber, number, number][]} */
function handles(of) {
  const { x, y, limit } = frameOf(of);
  const centre = valueOf(of, 'centre');
  const within = (/** @type {number} */ at) => Math.min(canvas.clientWidth - 6, Math.max(6, at));
  return [
    ['centre', within(x(centre)), y(0)],
    ['width', within(x(centre + valueOf(of, 'width'))), y(0)],
    ['period', within(x(centre + valueOf(of, 'period'))), y(-0.8 * limit)],
    ['height', within(x(centre)), y((valueOf(of, 'height') * limit) / 1.15)],
  ];
}

/** @param {Curve} of */
function paint(of) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (width === 0) return;
  const ink = inkFor(canvas, width, height);
  const { x, y, limit } = frameOf(of);
  const right = width - MARGIN.right;
  ink.fillStyle = colour('--background');
  ink.fillRect(MARGIN.left, y(of.cutoff), right - MARGIN.left, y(-of.cutoff) - y(of.cutoff));
  const line = (/** @type {number} */ at) => ink.fillRect(MARGIN.left, Math.round(at), right - MARGIN.left, 1);
  ink.fillStyle = colour('--hairline');
  line(y(0));
  ink.fillStyle = colour('--edge');
  line(y(of.cutoff));
  line(y(-of.cutoff));
  if (of.inputs < of.closeness.length)
    ink.fillRect(Math.round(x(of.inputs)), MARGIN.top, 1, height - MARGIN.top - MARGIN.bottom);
  const trace = (/** @type {Float32Array} */ values, /** @type {string} */ style, /** @type {number} */ wide) => {
    ink.strokeStyle = style;
    ink.lineWidth = wide;
    ink.beginPath();
    values.forEach((d, source) => ink.lineTo(x(source), y(d)));
    ink.stroke();
  };
  ink.setLineDash([4, 3]);
  trace(of.start, colour('--muted'), 1);
  ink.setLineDash([]);
  trace(of.closeness, colour('--text'), 1.5);
  for (const source of of.sources) {
    const d = of.closeness[source];
    ink.fillStyle = colour(d < 0 ? '--negative' : '--positive');
    ink.fillRect(x(source) - 1, Math.min(y(0), y(d)), 2, Math.abs(y(d) - y(0)));
  }
  ink.fillStyle = colour('--muted');
  ink.font = '11px system-ui, sans-serif';
  ink.textAlign = 'right';
  for (const d of [limit, of.cutoff, 0, -of.cutoff, -limit])
    ink.fillText(d.toFixed(2).replace('-', '−'), MARGIN.left - 4, y(d) + 4);
  ink.textAlign = 'left';
  ink.fillText('inputs', MARGIN.left + 2, height - 6);
  if (of.inputs < of.closeness.length) ink.fillText('neurons', Math.min(right - 44, x(of.inputs) + 2), height - 6);
  for (const [number, at, high] of handles(of)) {
    ink.fillStyle = colour(held === number ? '--accent' : '--surface');
    ink.strokeStyle = colour('--accent');
    ink.lineWidth = 2;
    ink.beginPath();
    ink.arc(at, high, 6, 0, 2 * Math.PI);
    ink.fill();
    ink.stroke();
    ink.fillStyle = colour('--muted');
    ink.fillText(number, Math.min(at + 9, right - 40), high - 5);
  }
}

/** @param {PointerEvent} event */
function move({ offsetX, offsetY }) {
  if (!curve || !held) return;
  const { source, d, limit } = frameOf(curve);
  const away = source(offsetX) - valueOf(curve, 'centre');
  const value = {
    centre: source(offsetX),
    width: Math.max(0.5, away),
    period: Math.max(1, away),
    height: Math.min(1, Math.max(-1, (1.15 * d(offsetY)) / limit)),
  }[/** @type {'centre' | 'width' | 'period' | 'height'} */ (held)];
  const drag = sliders.get(held)?.drag;
  if (drag) bend(held, value, drag);
}

canvas.addEventListener('pointerdown', (event) => {
  if (!curve) return;
  const far = ([, x, y] = /** @type {[CurveNumber, number, number]} */ (['centre', 0, 0])) =>
    Math.hypot(x - event.offsetX, y - event.offsetY);
  const [nearest] = handles(curve).sort((one, other) => far(one) - far(other));
  if (far(nearest) > REACH) return;
  held = nearest[0];
  canvas.setPointerCapture(event.pointerId);
  event.preventDefault();
});
canvas.addEventListener('pointermove', move);
for (const name of ['pointerup', 'pointercancel'])
  canvas.addEventListener(name, () => {
    held = null;
    invalidate();
  });
previous.addEventListener('click', () => pickNeuron(edgesLook.picked - 1));
next.addEventListener('click', () => pickNeuron(edgesLook.picked + 1));
bump.addEventListener('click', () => {
  edgesLook.bump = (edgesLook.bump + 1) % (curve?.bumps ?? 1);
  invalidate();
});
