// The scales of the charts: where they end, which ticks they write, and how.

import { brief, count, loss, percent, clock, setting } from '../../ui/format.js';

/** @import uPlot from '../../vendor/uPlot.esm.js' */
/** @import { Figure } from './curves.js' */
/** @import { Axis } from './series.js' */

/** Distances of the ticks: there is no half step. */
export const WHOLE = Array.from({ length: 24 }, (_, i) => [1, 2, 5][i % 3] * 10 ** Math.floor(i / 3));

/** A number of one digit, such as 0.02. @param {number} tick */
function isRound(tick) {
  const leading = tick / 10 ** Math.floor(Math.log10(tick) + 1e-9);
  return Math.abs(leading - Math.round(leading)) < 1e-6;
}

/** Pixels between two numbers at least: they are wide and low. */
const ROOM = { across: 56, up: 15 };
/** Pixels of the chart that its axes take: the plot itself has no size yet when its numbers are chosen. */
const AROUND = { across: 70, up: 32 };
/** Digits of each decade that are written, the most first. */
const DIGITS = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 4, 6, 8], [1, 2, 3, 5], [1, 2, 5], [1, 3], [1]];

/**
 * The ticks of a logarithmic axis that have room, and null for the others: as many digits of each decade as can be, or
 * every second, third ... decade.
 * @param {number[]} ticks
 * @param {number} decade pixels of a decade
 * @param {number} room pixels between two at least
 * @returns {(number | null)[]}
 */
function roomy(ticks, decade, room) {
  const power = (/** @type {number} */ tick) => Math.floor(Math.log10(tick) + 1e-9);
  const keep = (/** @type {number[]} */ digits, every = 1) =>
    ticks.map((tick) => {
      const digit = Math.round(tick / 10 ** power(tick));
      return isRound(tick) && digits.includes(digit) && power(tick) % every === 0 ? tick : null;
    });
  for (const digits of DIGITS) {
    const kept = keep(digits);
    const found = kept.filter((tick) => tick !== null);
    if (found.every((tick, at) => at === 0 || Math.log10(tick / found[at - 1]) * decade >= room)) return kept;
  }
  return keep([1], Math.ceil(room / Math.max(decade, 1)));
}

/** The ticks of a logarithmic axis across. @param {uPlot} chart @param {number[]} ticks */
export function roundTicks(chart, ticks) {
  const { min = 1, max = 10 } = chart.scales.x;
  return roomy(ticks, (chart.width - AROUND.across) / Math.log10(max / min), ROOM.across);
}

/** The ticks of heights on a logarithmic scale; each has a number and a line across. @param {uPlot} chart @param {number[]} ticks */
export function heightTicks(chart, ticks) {
  const { min = 1, max = 10 } = chart.scales.y;
  return roomy(ticks, (chart.height - AROUND.up) / Math.log10(max / min), ROOM.up);
}

/**
 * Numbers to be written along a logarithmic axis from `low` to `high`: two at least, where not round then as they are.
 * @param {number} low
 * @param {number} high
 * @param {number} pixels
 * @param {'across' | 'up'} way
 */
export function logTicks(low, high, pixels, way) {
  const first = Math.floor(Math.log10(low));
  const all = Array.from({ length: (Math.ceil(Math.log10(high)) - first + 1) * 9 }, (_, at) =>
    Number((((at % 9) + 1) * 10 ** (first + Math.floor(at / 9))).toPrecision(1)),
  );
  const inside = all.filter((tick) => tick >= low && tick <= high);
  const found = roomy(inside, pixels / Math.log10(high / low), ROOM[way]).filter((tick) => tick !== null);
  return found.length > 1 ? found : [low, high].map((end) => Number(end.toPrecision(2)));
}

/** A height. @param {Figure} figure @param {number} tick */
export function tickWord({ name }, tick) {
  if (name === 'accuracy') return `${Number((100 * tick).toPrecision(4))} %`;
  if (tick !== 0 && (tick < 0.001 || tick >= 1e5)) return tick.toExponential(0).replace('e-', 'e−').replace('e+', 'e');
  return tick >= 1000 ? count(tick) : String(Number(tick.toPrecision(6)));
}

/** A place on the axis. @param {Axis} axis @param {number} x */
export function placeWord(axis, x) {
  if (axis === 'seconds') return clock(x);
  if (axis === 'examples') return brief(x);
  return Number.isInteger(x) ? count(x) : String(Number(x.toPrecision(6)));
}

/** The range of the heights. @param {Figure} figure @param {number | null} low @param {number | null} high @param {boolean} logY @returns {[number, number]} */
export function heights({ name }, low, high, logY) {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high))
    return logY ? [0.001, 1] : [0, 1];
  if (logY) return roundRange(low, high, 1.08);
  const room = Math.max((high - low) * 0.06, high * 0.005, 1e-9);
  const most = name === 'accuracy' || name === 'ssim' ? 1 : Infinity;
  return [name === 'ssim' ? low - room : Math.max(0, low - room), Math.min(high + room, Math.max(most, high))];
}

/** Nothing is shown below it on a logarithmic axis; single numbers of the engine end at 1e-45. */
const LEAST = 1e-15;

/**
 * The range of a logarithmic axis. Its lower end has one digit and is not too small: the ticks are counted up from there,
 * and from a crooked one, or one below 1e-24, uPlot 1.6.32 never arrives at the upper end.
 * @param {number} low
 * @param {number} high
 * @param {number} room a factor
 * @returns {[number, number]}
 */
export function roundRange(low, high, room) {
  const below = 10 ** Math.floor(Math.log10(low));
  const from = Math.max(LEAST, Number((Math.floor(low / below + 1e-9) * below).toPrecision(1)));
  return [from, Math.max(high * room, from * 1.3, from + below * 1.001)]; // two round numbers at least
}

/** Figures that are shares of a whole. */
const SHARES = new Set(['accuracy', 'letter', 'occupied']);

/** A value of the figure. @param {Figure} figure @param {number | undefined} value */
export function valueWord(figure, value) {
  if (value === undefined || !Number.isFinite(value)) return '–';
  if (SHARES.has(figure.name)) return percent(value);
  if (figure.name === 'psnr') return `${value.toFixed(2)} dB`;
  if (figure.name === 'ssim') return value.toFixed(4);
  return figure.name === 'rate' ? setting(value) : loss(value);
}
