// The chart of one figure while training: the raw curve faint, the smoothed one solid, validation dashed, events marked.
//
// Drag to zoom in, turn the wheel to zoom in and out, Shift and drag to pan, double-click for all of it. By keyboard the
// arrows point at one step after the other, with Shift further, Home and End at the ends, and Escape at none.

import { addPart, invalidate, same, store } from '../../app/store.js';
import { WHOLE, heights, heightTicks, placeWord, roundRange, roundTicks, tickWord, valueWord } from './scales.js';
import { COLOURS, drawn, figures, follow, mainFigure, marks, others, run } from './curves.js';
import { library } from './library.js';
import { drawBest, drawEpochs, drawMarks } from './marks.js';
import { byId, create, setAttribute, setDisabled, setHidden, setText, setValue } from '../../ui/dom.js';
import { clock, count } from '../../ui/format.js';
import { lowerBound, nearest, placeOf, tables } from './series.js';
import { colour } from '../../ui/theme.js';
import { isTabSeen } from '../shown-tab.js';

/** @import uPlot from '../../vendor/uPlot.esm.js' */
/** @import { Axis, Run } from './series.js' */
/** @import { Figure } from './curves.js' */
/** @import { TrainingEvent } from '../../engine/types.js' */

const holder = byId('chart', HTMLElement);
const readout = byId('readout', HTMLElement);
const smoothing = byId('smoothing', HTMLInputElement);
const logButton = byId('log', HTMLButtonElement);
const logAcross = byId('log-x', HTMLButtonElement);
const axisChoice = byId('axis', HTMLSelectElement);
const whole = byId('zoom-all', HTMLButtonElement);

const tip = create('div', { class: 'hover chart-tip', hidden: '' });
const SECONDS = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18_000, 36_000, 86_400, 864_000,
];
const SPEAK_MILLISECONDS = 5000;
/** The colour of the network that learns beside the shown one. */
const OTHER = COLOURS[4];
const WHEEL = 1.25;
/** The smoothing of figures that have none of their own. */
const WEIGHT = 0.9;

/**
 * What is looked at. `range`: the part of the axis; null: all. `hover`: the step that is pointed at.
 * @type {{ figure: Figure, axis: Axis, range: [number, number] | null, hover: number | null, version: number }}
 */
export const look = { figure: figures()[0], axis: 'step', range: null, hover: null, version: 0 };
/** Whether the height of each figure is logarithmic, and the axis. @type {Map<string, boolean>} */
const logarithmic = new Map();
let logX = false;
/** Whether a person has chosen the figure; until then it is the one that says most of this kind of network. */
let isChosen = false;
/** The smoothing that a person has chosen; null: that of the figure. @type {number | null} */
let chosenWeight = null;

/** @type {uPlot | null} */
let plot = null;
/** What the plot was made for. */
let made = '';
/** What was drawn last. @type {unknown[]} */
let seen = [];
let seenRun = 0;
let spokenAt = -Infinity;

export const isLog = (/** @type {Figure} */ figure) => logarithmic.get(figure.name) ?? figure.logarithmic;

/** The weight of the past in the smoothed curve, 0 to 1. @param {Figure} figure */
export const weightOf = (figure) => (figure.plain ? 0 : (chosenWeight ?? figure.weight ?? WEIGHT));

function draw() {
  if (!isTabSeen('charts') || !store.engine) return;
  follow();
  if (!isChosen || !figures().includes(look.figure)) showFigure(mainFigure());
  if (seenRun !== drawn.run) [seenRun, look.range] = [drawn.run, null];
  const wanted = [drawn.version, look.version, others.length, library.uPlot];
  if (same(wanted, seen) || holder.clientWidth === 0 || holder.clientHeight === 0) return;
  seen = wanted;
  show();
}

/** Something about the look changed. */
function changed() {
  look.version += 1;
  invalidate();
}

/** Shows the figure that a person chose. @param {Figure} figure */
export function choose(figure) {
  isChosen = true;
  showFigure(figure);
}

/** @param {Figure} figure */
function showFigure(figure) {
  if (look.figure === figure) return;
  look.figure = figure;
  changed();
}

function show() {
  const logY = isLog(look.figure);
  setAttribute(logButton, 'aria-pressed', String(logY));
  setAttribute(logAcross, 'aria-pressed', String(logX));
  setHidden(whole, !look.range);
  setDisabled(smoothing, look.figure.plain || !look.figure.train);
  if (chosenWeight === null) setValue(smoothing, String(look.figure.weight ?? WEIGHT));
  const { uPlot } = library;
  if (!uPlot) return tell();
  const weight = weightOf(look.figure);
  const of = (/** @type {Run} */ run) =>
    tables(run, look.figure, {
      axis: look.axis,
      weight,
      logX,
      logY,
      range: look.range,
      buckets: Math.max(100, holder.clientWidth),
    });
  const all = [...others.map(({ run }) => run), run].flatMap((run) => Object.values(of(run)));
  const data = uPlot.join(
    /** @type {any} */ (all.map((table) => (table[0].length > 0 ? table : [[], ...table.slice(1)]))),
  );
  const wish = `${look.figure.name} ${look.axis} ${logY} ${logX} ${others.map(({ colour }) => colour)}`;
  if (wish !== made) {
    plot?.destroy();
    plot = null;
    made = wish;
  }
  plot ??= new uPlot(options(logY), data, holder);
  plot.setData(data, false);
  const [min, max] = across(data[0]);
  plot.setScale('x', { min, max });
  tell();
}

/** What is seen of the axis. @param {ArrayLike<number>} x @returns {[number, number]} */
function across(x) {
  const [low, high] = look.range ?? [x[0] ?? 0, x[x.length - 1] ?? 0];
  const end = high > low ? high : low + { step: 10, epoch: 1, examples: 1000, seconds: 10 }[look.axis];
  return logX ? roundRange(Math.max(low, 1e-3), end, 1) : [low, end];
}

/** @param {boolean} logY @returns {uPlot.Options} */
function options(logY) {
  const line = colour('--positive');
  /** @type {uPlot.Axis} */
  const style = {
    stroke: colour('--muted'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: colour('--hairline'), width: 1 },
    ticks: { show: false },
  };
  const points = { show: false };
  /**
   * Raw, smoothed, validation, and what that has to beat.
   * @param {string} hue @param {number} width @param {string} held colour of validation @returns {uPlot.Series[]}
   */
  const lines = (hue, width, held) => [
    { stroke: hue, alpha: width > 1.5 ? (look.figure.plain ? 0 : 0.25) : 0, width: 1, points, spanGaps: true },
    { stroke: hue, width, points, spanGaps: true },
    { stroke: held, width, dash: [5, 4], points: { show: true, size: 5, fill: held, width: 0 }, spanGaps: true },
    ...(look.figure.other ? [{ stroke: OTHER, width: 1.5, points, spanGaps: true }] : []),
    ...(look.figure.baseline ? [{ stroke: colour('--muted'), width: 1, dash: [2, 3], points, spanGaps: true }] : []),
  ];
  const increments = { step: WHOLE, examples: WHOLE, epoch: undefined, seconds: SECONDS }[look.axis];
  return {
    width: holder.clientWidth,
    height: holder.clientHeight,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 7 },
      drag: { x: true, y: false, setScale: false },
      bind: {
        dblclick: () => () => {
          zoom(null);
          return null;
        },
        mousedown: (_, __, handler) => (event) => {
          if (event.shiftKey) pan(event);
          else handler(event);
          return null;
        },
      },
    },
    scales: {
      x: { time: false, distr: logX ? 3 : 1, range: (_, low, high) => [low ?? 0, high ?? 1] },
      y: { distr: logY ? 3 : 1, range: (_, low, high) => heights(look.figure, low, high, logY) },
    },
    axes: [
      {
        ...style,
        size: 24,
        space: 60,
        ...(logX ? { filter: roundTicks } : increments ? { incrs: increments } : {}),
        values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : placeWord(look.axis, tick))),
      },
      {
        ...style,
        size: 54,
        space: 22,
        ...(logY ? { filter: heightTicks, grid: { ...style.grid, filter: heightTicks } } : {}),
        values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : tickWord(look.figure, tick))),
      },
    ],
    // Earlier runs are below the one that goes on.
    series: [
      {},
      ...others.flatMap(({ colour }) => lines(colour, 1.25, colour)),
      ...lines(line, 1.75, colour('--text')),
    ],
    hooks: {
      setCursor: [tell],
      setSelect: [select],
      drawAxes: [
        (chart) => drawEpochs(chart, look.axis),
        (chart) => drawMarks(chart, look.axis),
        (chart) => drawBest(chart, look.axis),
      ],
    },
  };
}

// --- Zoom

/** @param {[number, number] | null} range */
function zoom(range) {
  look.range = range;
  changed();
}

/** @param {uPlot} chart */
function select(chart) {
  const { left, width } = chart.select;
  if (width > 3) zoom([chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x')]);
  chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
}

/** The part of the axis `by` pixels further, `factor` times as wide around the pixel `at`. @param {number} at @param {number} factor @param {number} by */
function moved(at, factor, by) {
  if (!plot) return;
  const wide = plot.over.clientWidth;
  const ends = [at + (0 - at) * factor + by, at + (wide - at) * factor + by].map((pixel) =>
    /** @type {uPlot} */ (plot).posToVal(pixel, 'x'),
  );
  const first = placeOf(run, look.axis, run.column('step')[0] ?? 0);
  const last = run.column(look.axis)[run.length - 1] ?? 0;
  if (ends[0] <= first && ends[1] >= last) return zoom(null);
  // An axis of whole steps has nothing to show between two of them.
  if (factor < 1 && lowerBound(run.column(look.axis), ends[1]) - lowerBound(run.column(look.axis), ends[0]) < 3) return;
  zoom([ends[0], ends[1]]);
}

/** @param {MouseEvent} down */
function pan(down) {
  let x = down.clientX;
  const move = (/** @type {MouseEvent} */ event) => {
    if (look.range) moved(0, 1, x - event.clientX);
    x = event.clientX;
  };
  const end = () => {
    removeEventListener('mousemove', move);
    removeEventListener('mouseup', end);
  };
  addEventListener('mousemove', move);
  addEventListener('mouseup', end);
}

// --- Numbers

/** The numbers under the cursor, or the last ones: those of one step, never between two. */
function tell() {
  const place = plot?.cursor.idx === null || plot?.cursor.idx === undefined ? null : plot.data[0][plot.cursor.idx];
  const at = place === null ? run.length - 1 : nearest(run.column(look.axis), place);
  const hover = place === null || at < 0 ? null : run.column('step')[at];
  if (hover !== look.hover) {
    look.hover = hover;
    invalidate();
  }
  if (at < 0) {
    delete readout.dataset.words;
    readout.replaceChildren(
      create('span', {}, 'Press Start to see the curve'),
      ...others.map(({ run, colour }) => toldBriefly(run, colour, run.column('step').at(-1) ?? 0)),
    );
    showTip(undefined);
    return;
  }
  const step = run.column('step')[at];
  const parts = [part('', `step ${count(step)}`), part('', `epoch ${run.column('epoch')[at].toFixed(2)}`)];
  if (look.axis === 'seconds') parts.push(part('', clock(run.column('seconds')[at])));
  if (look.axis === 'examples') parts.push(part('', `${count(run.column('examples')[at])} images`));
  parts.push(...told(step, hover === null));
  for (const other of others) parts.push(toldBriefly(other.run, other.colour, step));
  const words = parts.map(({ textContent }) => textContent).join(', ');
  if (readout.dataset.words !== words) {
    readout.dataset.words = words;
    readout.replaceChildren(...parts);
  }
  showTip(hover === null ? undefined : nearEvent(hover));
  if (performance.now() - spokenAt < SPEAK_MILLISECONDS) return;
  spokenAt = performance.now();
  setAttribute(holder, 'aria-label', `${look.figure.title} while training: ${words}`);
}

/** One part of the readout, which is the legend too: it has the look of its line. @param {string} look @param {string} words @param {string} hue */
function part(look, words, hue = '') {
  const element = create('span', look ? { class: look } : {}, words);
  if (hue) element.style.setProperty('--line', hue);
  return element;
}

/** What the run that goes on has at a step. @param {number} step @param {boolean} latest */
function told(step, latest) {
  const { figure } = look;
  const parts = [];
  if (figure.train) {
    const at = lowerBound(run.column('step'), step);
    const raw = run.column(figure.train)[at];
    const weight = weightOf(figure);
    const mean = run.smooth(figure.train, weight, isLog(figure))[at];
    const smoothed = mean === raw ? '' : ` (smoothed ${valueWord(figure, mean)})`;
    const [name, otherName] = figure.names ?? [figure.plain ? '' : 'training', 'the other network'];
    parts.push(part('key solid', `${name} ${valueWord(figure, raw)}${smoothed}`.trimStart()));
    const other = figure.other ? run.smooth(figure.other, weight, isLog(figure))[at] : NaN;
    if (Number.isFinite(other)) parts.push(part('key solid', `${otherName} ${valueWord(figure, other)}`, OTHER));
  }
  if (figure.validation) {
    // The cursor's own step; while nothing is pointed at, or nothing else is drawn, the last that was measured.
    const steps = run.measured('step');
    const before = lowerBound(steps, step + 1) - 1;
    const here = steps[before] === step;
    const value = here || latest || !figure.train ? run.measured(figure.validation)[before] : undefined;
    parts.push(
      part(
        'key dashed',
        `validation ${valueWord(figure, value)}${value !== undefined && !here ? ` at ${count(steps[before])}` : ''}`,
        colour('--text'),
      ),
    );
    const baseline = figure.baseline && run.measured(figure.baseline)[before];
    if (baseline) parts.push(part('key dotted', `the input itself ${valueWord(figure, baseline)}`, colour('--muted')));
  }
  return parts;
}

/** What another run has at the same step. @param {Run} of @param {string} hue @param {number} step */
function toldBriefly(of, hue, step) {
  const { figure } = look;
  const steps = of.column('step');
  const at = nearest(steps, step);
  // A run of an earlier visit is kept at some of its steps.
  const isNear = Math.abs(steps[at] - step) < Math.max(1, steps[at] - (steps[at - 1] ?? steps[at]));
  const values = [
    ...(figure.train ? [isNear ? of.column(figure.train)[at] : undefined] : []),
    ...(figure.validation ? [of.measured(figure.validation)[of.measured('step').indexOf(step)]] : []),
  ];
  return part('key solid', `${of.name} ${values.map((value) => valueWord(figure, value)).join(' / ')}`, hue);
}

/** The event nearest to a step, the latest of several. @param {number} step @returns {TrainingEvent | undefined} */
function nearEvent(step) {
  if (!plot) return undefined;
  const pixel = (/** @type {number} */ step) =>
    /** @type {uPlot} */ (plot).valToPos(placeOf(run, look.axis, step), 'x');
  const here = pixel(step);
  return marks()
    .filter((event) => Math.abs(pixel(event.step) - here) <= 6)
    .sort((a, b) => Math.abs(a.step - step) - Math.abs(b.step - step) || b.id - a.id)[0];
}

/** What happened, beside its mark. @param {TrainingEvent | undefined} event */
function showTip(event) {
  setHidden(tip, !event);
  if (!event || !plot) return;
  setText(tip, `step ${count(event.step)}: ${event.text}`);
  const x = plot.valToPos(placeOf(run, look.axis, event.step), 'x') + plot.over.offsetLeft;
  const left = x + 12 + tip.offsetWidth > holder.clientWidth ? x - 12 - tip.offsetWidth : x + 12;
  tip.style.left = `${Math.max(0, left)}px`;
}

export function toggleLog() {
  logarithmic.set(look.figure.name, !isLog(look.figure));
  changed();
}

export function toggleLogAcross() {
  logX = !logX;
  changed();
}

holder.append(tip);
addPart(draw);
logButton.addEventListener('click', toggleLog);
logAcross.addEventListener('click', toggleLogAcross);
whole.addEventListener('click', () => zoom(null));
axisChoice.addEventListener('change', () => {
  look.axis = /** @type {Axis} */ (axisChoice.value);
  zoom(null);
});
smoothing.addEventListener('input', () => {
  chosenWeight = Number(smoothing.value);
  changed();
});
smoothing.addEventListener('dblclick', () => {
  chosenWeight = null;
  changed();
});
holder.addEventListener(
  'wheel',
  (event) => {
    if (!plot || run.length === 0) return;
    event.preventDefault();
    moved(event.clientX - plot.over.getBoundingClientRect().left, event.deltaY > 0 ? WHEEL : 1 / WHEEL, 0);
  },
  { passive: false },
);
holder.addEventListener('keydown', (event) => {
  if (!plot || run.length === 0) return;
  const x = plot.data[0];
  const far = event.shiftKey ? Math.max(2, Math.round(x.length / 20)) : 1;
  const at = plot.cursor.idx ?? x.length;
  const wish = { ArrowLeft: at - far, ArrowRight: at + far, Home: 0, End: x.length - 1 }[event.key];
  if (wish === undefined && event.key !== 'Escape') return;
  event.preventDefault();
  const { min = 0, max = 0 } = plot.scales.x;
  const first = lowerBound(x, min);
  const bound = lowerBound(x, max);
  const last = x[bound] === max ? bound : bound - 1;
  const left = wish === undefined ? -10 : plot.valToPos(x[Math.min(last, Math.max(first, wish))], 'x');
  plot.setCursor({ left, top: wish === undefined ? -10 : plot.over.clientHeight / 2 });
});
holder.addEventListener('blur', () => plot?.setCursor({ left: -10, top: -10 }));
// Colours are fixed when a plot is made.
document.addEventListener('theme', () => {
  made = '';
  changed();
});
new ResizeObserver(() => {
  if (plot && holder.clientWidth > 0) plot.setSize({ width: holder.clientWidth, height: holder.clientHeight });
  changed();
}).observe(holder);
