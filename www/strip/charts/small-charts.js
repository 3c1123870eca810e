// Every figure of the run in small, beside the chart: pressed, it becomes the one that is drawn large.

import { addPart, same, store } from '../../app/store.js';
import { choose, isLog, look, weightOf } from './chart.js';
import { valueWord } from './scales.js';
import { drawn, figures, run } from './curves.js';
import { byId, create, setAttribute, setText } from '../../ui/dom.js';
import { lowerBound, placeOf, tables } from './series.js';
import { colour, theme } from '../../ui/theme.js';

/** @import { Figure } from './curves.js' */

const list = byId('small-charts', HTMLElement);

/** @type {{ figure: Figure, button: HTMLButtonElement, value: HTMLElement, canvas: HTMLCanvasElement }[]} */
let smalls = [];
/** What was drawn last. @type {unknown[]} */
let seen = [];

function draw() {
  if (!store.engine || !store.model) return;
  const known = figures();
  if (known.length !== smalls.length || known.some((figure, i) => smalls[i].figure !== figure)) make(known);
  const wanted = [drawn.version, look.version, look.hover, theme(), list.clientWidth, list.clientHeight];
  if (same(wanted, seen) || list.clientWidth === 0) return;
  seen = wanted;
  smalls.forEach(show);
}

/** @param {Figure[]} known */
function make(known) {
  smalls = known.map((figure) => {
    const value = create('b');
    const canvas = create('canvas', { 'aria-hidden': 'true' });
    const button = create(
      'button',
      { type: 'button', class: 'small-chart' },
      create('span', {}, figure.title),
      value,
      canvas,
    );
    button.addEventListener('click', () => choose(figure));
    return { figure, button, value, canvas };
  });
  list.replaceChildren(...smalls.map(({ button }) => button));
}

/** @param {typeof smalls[number]} small */
function show({ figure, button, value, canvas }) {
  setAttribute(button, 'aria-pressed', String(figure === look.figure));
  setText(value, valueWord(figure, valueOf(figure)));
  const ratio = devicePixelRatio;
  const [width, height] = [canvas.clientWidth * ratio, canvas.clientHeight * ratio].map(Math.round);
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const ink = canvas.getContext('2d');
  if (!ink || width === 0 || height === 0) return;
  ink.clearRect(0, 0, width, height);
  const logY = isLog(figure);
  const { train, validation } = tables(run, figure, {
    axis: look.axis,
    weight: weightOf(figure),
    logX: false,
    logY,
    range: look.range,
    buckets: Math.max(20, width / ratio),
  });
  const curves = [[train[0], train[2]], validation];
  const level = (/** @type {number} */ value) => (logY ? Math.log(value) : value);
  const values = curves
    .flatMap(([, y]) => y)
    .filter((y) => y !== null)
    .map(level);
  const [low, high] = values.reduce(([low, high], y) => [Math.min(low, y), Math.max(high, y)], [Infinity, -Infinity]);
  const [from, to] = look.range ?? [
    Math.min(train[0][0] ?? Infinity, validation[0][0] ?? Infinity),
    run.column(look.axis)[run.length - 1] ?? 0,
  ];
  const px = (/** @type {number} */ x) => ((x - from) / Math.max(1e-9, to - from)) * width;
  const py = (/** @type {number} */ y) =>
    height - 2 * ratio - ((level(y) - low) / Math.max(1e-9, high - low)) * (height - 4 * ratio);
  ink.lineWidth = 1.25 * ratio;
  curves.forEach(([x, y], number) => {
    ink.strokeStyle = colour(number === 0 ? '--positive' : '--text');
    ink.setLineDash(number === 0 ? [] : [3 * ratio, 2 * ratio]);
    ink.beginPath();
    x.forEach((x, i) => {
      if (y[i] !== null) ink.lineTo(px(/** @type {number} */ (x)), py(/** @type {number} */ (y[i])));
    });
    ink.stroke();
  });
  if (look.hover === null) return;
  ink.setLineDash([]);
  ink.lineWidth = ratio;
  ink.strokeStyle = colour('--muted');
  const x = px(placeOf(run, look.axis, look.hover));
  ink.beginPath();
  ink.moveTo(x, 0);
  ink.lineTo(x, height);
  ink.stroke();
}

/** At the step that is pointed at, else the last: of validation where it was measured. @param {Figure} figure */
function valueOf(figure) {
  const step = look.hover ?? Infinity;
  if (figure.validation) {
    const value = run.measured(figure.validation)[lowerBound(run.measured('step'), step + 1) - 1];
    if (value !== undefined) return value;
  }
  if (!figure.train) return undefined;
  const at = look.hover === null ? run.length - 1 : lowerBound(run.column('step'), step);
  return run.smooth(figure.train, weightOf(figure), isLog(figure))[at];
}

addPart(draw);
