// The error while training: the raw curve faint, the smoothed one solid, validation dashed, events marked.

import uPlot from './vendor/uPlot.esm.js';

import { addPart, app, engine, invalidate, oneAtATime } from './app.js';
import { byId, create, radioGroup, setAttribute, setHidden, setText } from './dom.js';
import { count, loss } from './format.js';
import { showError } from './messages.js';
import { createCurve, lowerBound, smooth, thin } from './series.js';
import { colour } from './theme.js';

/** @import { Series, TrainingEvent, ValidationSeries } from './types.js' */

const holder = byId('chart', HTMLElement);
const readout = byId('readout', HTMLElement);
const smoothing = byId('smoothing', HTMLInputElement);
const logButton = byId('log', HTMLButtonElement);
const axis = byId('axis', HTMLElement);

/** The readout is the legend too: each part has the look of its line. */
const [atStep, atTrain, atValidation] = ['', 'key solid', 'key dashed'].map((look) => create('span', { class: look }));
const tip = create('div', { class: 'hover chart-tip', hidden: '' });
/** Distances of the ticks: there is no half step. */
const WHOLE = Array.from({ length: 24 }, (_, i) => [1, 2, 5][i % 3] * 10 ** Math.floor(i / 3));
const SPEAK_MILLISECONDS = 5000;

const curve = createCurve();
/** @type {ValidationSeries} */
let validation = nothing();
/** @type {uPlot | null} */
let plot = null;
/** Step of each row of the plot. @type {number[]} */
let rows = [];
let logarithmic = true;
let byEpoch = false;
let seenModel = -1;
let seenValues = -1;
let stale = true;
/** Whether a person zoomed in, so that new points do not move the picture. */
let zoomed = false;
let spokenAt = -Infinity;

function draw() {
  if (!app.engine) return;
  if (seenModel !== app.modelVersion) {
    seenModel = app.modelVersion;
    clear();
  }
  if (seenValues !== app.valuesVersion && ask()) seenValues = app.valuesVersion;
  if (stale) show();
}

const ask = oneAtATime(async () => {
  const model = app.modelVersion;
  return { model, more: await engine().series(curve.length), known: await engine().valSeries() };
}, ({ model, more, known }) => take(model, more, known), (error) => showError(error));

/** @param {number} model @param {Series} more @param {ValidationSeries} known */
function take(model, more, known) {
  if (model !== app.modelVersion) return;
  // A reset that nobody told of: steps that start again below the last one.
  if (curve.length > 0 && more.step.length > 0 && more.step[0] < curve.steps[curve.length - 1]) clear();
  curve.append(more);
  validation = known;
  stale = true;
}

/** @returns {ValidationSeries} */
function nothing() {
  const [step, epoch, images, seconds, loss, accuracy, f1, psnr, ssim] = Array.from({ length: 9 }, () => new Float64Array(0));
  return { step, epoch, images, seconds, loss, accuracy, f1, psnr, ssim };
}

/** @param {number} step */
function epochAt(step) {
  return curve.epochs[Math.min(curve.length - 1, lowerBound(curve.steps, step))] ?? 0;
}

function clear() {
  curve.clear();
  validation = nothing();
  zoomed = false;
  seenValues = -1;
  stale = true;
}

/** Rows of the plot: the thinned training points and every validation point, in order of their steps. */
function table() {
  const { steps, values } = curve;
  const smoothed = smooth(values, Number(smoothing.value), logarithmic);
  const range = zoomed && plot ? [stepOf(plot.scales.x.min ?? 0), stepOf(plot.scales.x.max ?? Infinity)] : [0, Infinity];
  const from = Math.max(0, lowerBound(steps, range[0]) - 1);
  const to = Math.min(steps.length, lowerBound(steps, range[1]) + 2);
  const points = thin(values, from, to, Math.max(100, holder.clientWidth));
  rows = [];
  /** @type {(number | null)[][]} */
  const [x, raw, mean, val] = [[], [], [], []];
  /** @param {number} step @param {number} epoch @param {number | null} a @param {number | null} b @param {number | null} c */
  const push = (step, epoch, a, b, c) => {
    rows.push(step);
    x.push(byEpoch ? epoch : step);
    raw.push(positive(a));
    mean.push(positive(b));
    val.push(positive(c));
  };
  const checkpoint = /** @param {number} i */ (i) => push(validation.step[i], validation.epoch[i], null, null, validation.loss[i]);
  let next = 0;
  for (const i of points) {
    while (next < validation.step.length && validation.step[next] < steps[i]) checkpoint(next++);
    const same = next < validation.step.length && validation.step[next] === steps[i];
    push(steps[i], curve.epochs[i], values[i], smoothed[i], same ? validation.loss[next++] : null);
  }
  while (next < validation.step.length) checkpoint(next++);
  return /** @type {uPlot.AlignedData} */ ([x, raw, mean, val]);
}

/** What a logarithmic axis cannot show is left out. @param {number | null} value */
function positive(value) {
  return value === null || !Number.isFinite(value) || (logarithmic && value <= 0) ? null : value;
}

/** @param {number} x */
function stepOf(x) {
  if (!byEpoch) return x;
  return rows[lowerBound(plot ? /** @type {number[]} */ (plot.data[0]) : [], x)] ?? Infinity;
}

function show() {
  stale = false;
  if (holder.clientWidth === 0 || holder.clientHeight === 0) { stale = true; return; }
  const data = table();
  if (!plot) plot = new uPlot(options(), data, holder);
  else if (zoomed) plot.setData(data, false), plot.redraw();
  else plot.setData(data);
  tell();
}

/** @returns {uPlot.Options} */
function options() {
  const line = colour('--positive');
  /** @type {uPlot.Axis} */
  const look = {
    stroke: colour('--muted'), font: '11px system-ui, sans-serif',
    grid: { stroke: colour('--hairline'), width: 1 }, ticks: { show: false },
  };
  return {
    width: holder.clientWidth,
    height: holder.clientHeight,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: true, y: false, setScale: true }, bind: { dblclick: () => unzoom } },
    scales: {
      x: { time: false, range: (_, low, high) => [low ?? 0, high === null || high === undefined || high <= (low ?? 0) ? (low ?? 0) + (byEpoch ? 1 : 10) : high] },
      y: { distr: logarithmic ? 3 : 1, range: (_, low, high) => heights(low, high) },
    },
    axes: [
      { ...look, size: 26, space: 60, ...(byEpoch ? {} : { incrs: WHOLE }), values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? count(tick) : String(Number(tick.toPrecision(6))))) },
      { ...look, size: 58, space: 22, values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : tickWord(tick))) },
    ],
    series: [
      {},
      { stroke: line, alpha: 0.25, width: 1, points: { show: false }, spanGaps: true },
      { stroke: line, width: 1.75, points: { show: false }, spanGaps: true },
      { stroke: colour('--text'), width: 1.25, dash: [5, 4], points: { show: false }, spanGaps: true },
    ],
    hooks: { setCursor: [tell], setSelect: [() => { zoomed = true; stale = true; invalidate(); }], drawAxes: [drawMarks] },
  };
}

/** On a logarithmic axis the ends of the range are ticks too; only round numbers are written. @param {number} tick */
function tickWord(tick) {
  const leading = tick / 10 ** Math.floor(Math.log10(tick));
  if (logarithmic && Math.abs(leading - Math.round(leading)) > 1e-6) return '';
  if (tick !== 0 && (tick < 0.001 || tick >= 1e5)) return tick.toExponential(0).replace('e-', 'e−').replace('e+', 'e');
  return String(Number(tick.toPrecision(6)));
}

/** @param {number | null} low @param {number | null} high @returns {[number, number]} */
function heights(low, high) {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return logarithmic ? [0.001, 1] : [0, 1];
  if (logarithmic) return roundRange(low, high);
  const room = Math.max((high - low) * 0.06, high * 0.01, 1e-9);
  return [Math.max(0, low - room), high + room];
}

/**
 * The range of a logarithmic axis. Its lower end has one digit: the ticks are counted up from there, and from a crooked
 * one uPlot 1.6.32 never arrives at the upper end.
 * @param {number} low
 * @param {number} high
 * @returns {[number, number]}
 */
function roundRange(low, high) {
  const below = 10 ** Math.floor(Math.log10(low));
  const from = Number((Math.floor(low / below + 1e-9) * below).toPrecision(1));
  return [from, Math.max(high * 1.08, from * 1.3)];
}

/** What happened since this network was made. @returns {TrainingEvent[]} */
function marks() {
  const events = app.status?.events ?? [];
  const made = events.findLastIndex(({ kind }) => kind === 'model');
  return events.slice(made + 1).filter(({ step, kind }) => step <= (app.status?.step ?? 0) && kind !== 'finished');
}

/** Events of training, as fine upright lines. @param {uPlot} chart */
function drawMarks(chart) {
  const ink = chart.ctx;
  const { left, top, width, height } = chart.bbox;
  ink.save();
  ink.lineWidth = devicePixelRatio;
  for (const { kind, step } of marks()) {
    const x = chart.valToPos(byEpoch ? epochAt(step) : step, 'x', true);
    if (!(x >= left && x <= left + width)) continue;
    const byHand = kind === 'edit';
    ink.strokeStyle = colour(kind === 'rollback' ? '--negative' : byHand ? '--accent' : '--edge');
    ink.globalAlpha = byHand ? 0.5 : 1;
    ink.beginPath();
    ink.moveTo(x, top);
    ink.lineTo(x, top + height);
    ink.stroke();
    if (!byHand) continue;
    // An edit has a head, so that it is told from the other lines and can be pointed at.
    const size = 4 * devicePixelRatio;
    ink.globalAlpha = 1;
    ink.fillStyle = colour('--accent');
    ink.beginPath();
    ink.moveTo(x - size, top);
    ink.lineTo(x + size, top);
    ink.lineTo(x, top + 1.5 * size);
    ink.fill();
  }
  ink.restore();
}

/** The numbers under the cursor, or the last ones: always of real points, never between them. */
function tell() {
  const at = plot?.cursor.idx ?? null;
  const data = plot?.data;
  if (!data || rows.length === 0) {
    for (const part of [atTrain, atValidation]) setText(part, '');
    setText(atStep, 'drawn from the first step on');
    showTip(undefined);
    return;
  }
  const row = at ?? rows.length - 1;
  const found = /** @param {number} column */ (column) => {
    for (let i = row; i >= 0; i--) if (data[column][i] !== null && data[column][i] !== undefined) return i;
    return -1;
  };
  const train = found(1);
  const val = found(3);
  const event = at === null ? undefined : nearEvent(rows[row]);
  const here = rows[val] === rows[row];
  setText(atStep, `step ${count(rows[row])}`);
  setText(atTrain, train >= 0 ? `train ${loss(data[1][train])}` : 'train');
  setText(atValidation, `validation ${val >= 0 ? loss(data[3][val]) : '–'}${val >= 0 && !here ? ` at ${count(rows[val])}` : ''}`);
  showTip(event);
  if (performance.now() - spokenAt < SPEAK_MILLISECONDS) return;
  spokenAt = performance.now();
  setAttribute(holder, 'aria-label', `Error while training: ${[atStep, atTrain, atValidation].map((part) => part.textContent).join(', ')}`);
}

/** The event nearest to a step, the latest of several. @param {number} step @returns {TrainingEvent | undefined} */
function nearEvent(step) {
  const reach = Math.max(1, (rows[rows.length - 1] - rows[0]) / 120);
  return marks().filter((event) => Math.abs(event.step - step) <= reach)
    .sort((a, b) => Math.abs(a.step - step) - Math.abs(b.step - step) || b.id - a.id)[0];
}

/** What happened, beside its mark. @param {TrainingEvent | undefined} event */
function showTip(event) {
  setHidden(tip, !event);
  if (!event || !plot) return;
  setText(tip, `step ${count(event.step)}: ${event.text}`);
  const x = plot.valToPos(byEpoch ? epochAt(event.step) : event.step, 'x') + plot.over.offsetLeft;
  const left = x + 12 + tip.offsetWidth > holder.clientWidth ? x - 12 - tip.offsetWidth : x + 12;
  tip.style.left = `${Math.max(0, left)}px`;
}

function unzoom() {
  zoomed = false;
  stale = true;
  invalidate();
  return null;
}

/** The colours and the kind of axis are fixed when a plot is made, so it is made again. */
function renew() {
  plot?.destroy();
  plot = null;
  zoomed = false;
  stale = true;
  invalidate();
}

export function toggleLog() {
  logarithmic = !logarithmic;
  setAttribute(logButton, 'aria-pressed', String(logarithmic));
  renew();
}

holder.append(tip);
readout.replaceChildren(atStep, atTrain, atValidation);
const showAxis = radioGroup(axis, (value) => { byEpoch = value === 'epoch'; renew(); });
showAxis('step');
addPart(draw);
logButton.addEventListener('click', toggleLog);
smoothing.addEventListener('input', () => { stale = true; invalidate(); });
smoothing.addEventListener('dblclick', () => { smoothing.value = smoothing.defaultValue; stale = true; invalidate(); });
document.addEventListener('theme', renew);
new ResizeObserver(() => {
  if (plot && holder.clientWidth > 0) plot.setSize({ width: holder.clientWidth, height: holder.clientHeight });
  else { stale = true; invalidate(); }
}).observe(holder);
