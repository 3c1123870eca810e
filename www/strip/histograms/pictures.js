// How the statistics of a layer over time are drawn: ridges of histograms, bands between percentiles, a line.

import { colour } from '../../ui/theme.js';
import { count, significant } from '../../ui/format.js';
import { inkFor } from '../../ui/pixels.js';

/** @import { HistogramsView, LayerHistory } from '../../engine/types.js' */

/**
 * What is drawn, and how large.
 * @typedef {object} Picture
 * @property {HistogramsView} view
 * @property {LayerHistory} layer
 * @property {boolean} large with axes
 * @property {number} cursor the frame that is pointed at; -1: none
 */
/** Where the frames are: their middles along one direction. @typedef {{ from: number, to: number, isAcross: boolean, frames: number[] }} Place */

export const BINS = 64;
export const PERCENTILES = 9;
/** Bins on one side of 0. */
const HALF = BINS / 2;
/** CSS pixels. */
const SMALL = { left: 4, right: 4, top: 4, bottom: 4 };
const LARGE = { left: 52, right: 14, top: 8, bottom: 24 };
/** Least pixels from one ridge to the next, and how many of these distances the highest ridge takes. */
const RIDGE = { apart: 5, high: 4.5 };
/** Shares of a bin below which it is left out at the ends. */
const FAINT = 0.0005;
/** Share of all numbers around 0 that are drawn as one. */
const LITTLE = 0.04;
/** The ratio of update and weight that is usual. */
const USUAL = 1e-3;

/**
 * Prepares a canvas for its size on the screen.
 * @param {HTMLCanvasElement} canvas
 * @returns {{ ink: CanvasRenderingContext2D, width: number, height: number } | null}
 */
export function inkOf(canvas) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (width === 0 || height === 0) return null;
  const ink = inkFor(canvas, width, height);
  ink.font = '11px system-ui, sans-serif';
  ink.lineJoin = 'round';
  return { ink, width, height };
}

/** The room for the picture itself. @param {number} width @param {number} height @param {boolean} large */
function roomOf(width, height, large) {
  const { left, right, top, bottom } = large ? LARGE : SMALL;
  return { left, right: width - right, top, bottom: height - bottom };
}

/**
 * Histograms one behind the other, the latest in front.
 * @param {HTMLCanvasElement} canvas @param {Picture} picture @returns {Place | null}
 */
export function drawRidges(canvas, { view, layer, large, cursor }) {
  const surface = inkOf(canvas);
  if (!surface) return null;
  const { ink, width, height } = surface;
  const { left, right, top, bottom } = roomOf(width, height, large);
  const known = view.steps.map((_, frame) => frame).filter((frame) => layer.shares[frame * BINS] >= 0);
  if (known.length === 0) return null;
  const frames = evenly(known, Math.max(2, Math.floor((bottom - top) / RIDGE.apart)));
  const slots = slotsOf(layer, frames);
  const across = (/** @type {number} */ slot) => left + (slot / slots.length) * (right - left);
  const apart = (bottom - top) / (frames.length + RIDGE.high);
  const floor = (/** @type {number} */ number) => bottom - (frames.length - 1 - number) * apart;
  const heights = frames.map((frame) => slots.map(({ from, to }) => sumOf(layer, frame, from, to)));
  const most = Math.max(1e-9, ...heights.flat());
  const tall = (Math.min(RIDGE.high, (bottom - top) / apart - 1) * apart) / most;
  if (large) axisOfBins(ink, view, slots, across, bottom);
  frames.forEach((frame, number) => {
    const y = floor(number);
    const age = number / Math.max(1, frames.length - 1);
    ink.beginPath();
    ink.moveTo(left, y);
    heights[number].forEach((share, slot) => ink.lineTo(across(slot + 0.5), y - share * tall));
    ink.lineTo(right, y);
    ink.fillStyle = colour('--surface');
    ink.globalAlpha = 0.9;
    ink.fill();
    ink.fillStyle = colour('--accent');
    ink.globalAlpha = 0.08 + 0.3 * age;
    ink.fill();
    ink.globalAlpha = 0.35 + 0.65 * age;
    const isMarked = frame === nearest(frames, cursor >= 0 ? cursor : (view.shown ?? -1));
    ink.strokeStyle = colour(isMarked ? '--text' : '--accent');
    ink.lineWidth = isMarked ? 1.6 : 1;
    if (isMarked) ink.globalAlpha = 1;
    ink.stroke();
    ink.globalAlpha = 1;
  });
  if (large) {
    ink.fillStyle = colour('--muted');
    ink.textAlign = 'right';
    ink.textBaseline = 'middle';
    const every = Math.max(1, Math.ceil(14 / apart));
    frames.forEach((frame, number) => {
      if ((frames.length - 1 - number) % every === 0)
        ink.fillText(count(view.steps[frame]), left - 6, floor(number) - 3);
    });
  }
  return { from: floor(0), to: floor(frames.length - 1), isAcross: false, frames };
}

/**
 * Bands between percentiles over the frames.
 * @param {HTMLCanvasElement} canvas @param {Picture} picture @returns {Place | null}
 */
export function drawBands(canvas, { view, layer, large, cursor }) {
  const surface = inkOf(canvas);
  if (!surface) return null;
  const { ink, width, height } = surface;
  const { left, right, top, bottom } = roomOf(width, height, large);
  const frames = view.steps
    .map((_, frame) => frame)
    .filter((frame) => Number.isFinite(layer.percentiles[frame * PERCENTILES]));
  if (frames.length === 0) return null;
  const at = (/** @type {number} */ frame, /** @type {number} */ number) =>
    layer.percentiles[frame * PERCENTILES + number];
  const [low, high] = rangeOf(frames, at);
  const up = (/** @type {number} */ value) =>
    bottom - ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (bottom - top);
  const along = acrossOf(frames, left, right);
  if (large) axisOfValues(ink, low, high, up, left, right);
  for (let pair = 0; pair < 4; pair++) {
    ink.beginPath();
    frames.forEach((frame, number) => ink.lineTo(along(number), up(at(frame, pair))));
    if (frames.length === 1) ink.lineTo(right, up(at(frames[0], pair)));
    if (frames.length === 1) ink.lineTo(right, up(at(frames[0], PERCENTILES - 1 - pair)));
    for (let number = frames.length - 1; number >= 0; number--)
      ink.lineTo(along(number), up(at(frames[number], PERCENTILES - 1 - pair)));
    ink.fillStyle = colour('--accent');
    ink.globalAlpha = [0.13, 0.2, 0.26, 0.34][pair];
    ink.fill();
  }
  ink.globalAlpha = 1;
  line(
    ink,
    frames.map((frame, number) => [along(number), up(at(frame, 4))]),
    colour('--accent'),
    large ? 1.8 : 1.2,
  );
  mark(ink, frames, cursor >= 0 ? cursor : (view.shown ?? -1), along, top, bottom);
  if (large) axisOfSteps(ink, view, frames, along, bottom, right);
  return { from: along(0), to: along(frames.length - 1), isAcross: true, frames };
}

/**
 * How far the parameters moved at a step, by their size, on a logarithmic scale.
 * @param {HTMLCanvasElement} canvas @param {Picture} picture @returns {Place | null}
 */
export function drawRatios(canvas, { view, layer, large, cursor }) {
  const surface = inkOf(canvas);
  if (!surface) return null;
  const { ink, width, height } = surface;
  const { left, right, top, bottom } = roomOf(width, height, large);
  const frames = view.steps.map((_, frame) => frame).filter((frame) => layer.updateRatio[frame] > 0);
  if (frames.length === 0) return null;
  const exponents = frames.map((frame) => Math.log10(layer.updateRatio[frame]));
  const [low, high] = [Math.floor(Math.min(-4, ...exponents)), Math.ceil(Math.max(-2, ...exponents))];
  const up = (/** @type {number} */ exponent) => bottom - ((exponent - low) / (high - low)) * (bottom - top);
  const along = acrossOf(frames, left, right);
  if (large) {
    for (let exponent = low; exponent <= high; exponent++) gridLine(ink, up(exponent), left, right, `1e${exponent}`);
    axisOfSteps(ink, view, frames, along, bottom, right);
  }
  ink.setLineDash([4, 3]);
  line(
    ink,
    [
      [left, up(Math.log10(USUAL))],
      [right, up(Math.log10(USUAL))],
    ],
    colour('--muted'),
    1,
  );
  ink.setLineDash([]);
  line(
    ink,
    frames.map((_, number) => [along(number), up(exponents[number])]),
    colour('--accent'),
    large ? 1.8 : 1.3,
  );
  mark(ink, frames, cursor >= 0 ? cursor : (view.shown ?? -1), along, top, bottom);
  return { from: along(0), to: along(frames.length - 1), isAcross: true, frames };
}

/** The frame at a place of the picture. @param {Place} place @param {number} x @param {number} y */
export function frameAt({ from, to, isAcross, frames }, x, y) {
  const share = ((isAcross ? x : y) - from) / (to - from || 1);
  return frames[Math.min(frames.length - 1, Math.max(0, Math.round(share * (frames.length - 1))))];
}

/** At most so many of the frames, the first and the last among them. @param {number[]} frames @param {number} most */
function evenly(frames, most) {
  if (frames.length <= most) return frames;
  return Array.from({ length: most }, (_, i) => frames[Math.round((i * (frames.length - 1)) / (most - 1))]);
}

/** The nearest of some ascending frames. @param {number[]} frames @param {number} wanted */
export function nearest(frames, wanted) {
  if (wanted < 0) return -1;
  return frames.reduce((best, frame) => (Math.abs(frame - wanted) < Math.abs(best - wanted) ? frame : best));
}

/** The share of a frame's numbers in these bins. @param {LayerHistory} layer @param {number} frame @param {number} from @param {number} to */
function sumOf({ shares }, frame, from, to) {
  let sum = 0;
  for (let bin = from; bin < to; bin++) sum += shares[frame * BINS + bin];
  return sum;
}

/**
 * The bins that hold something in these frames, with one more on each side. Bins around 0 that hold next to nothing are
 * one slot, or most of the picture would be about them.
 * @param {LayerHistory} layer @param {number[]} frames @returns {{ from: number, to: number }[]}
 */
function slotsOf(layer, frames) {
  const isThere = (/** @type {number} */ bin) => frames.some((frame) => sumOf(layer, frame, bin, bin + 1) > FAINT);
  let [low, high, inner] = [0, BINS, 0];
  while (low < HALF && !isThere(low)) low++;
  while (high > HALF && !isThere(high - 1)) high--;
  while (
    inner < Math.max(HALF - low, high - HALF) - 2 &&
    frames.every((frame) => sumOf(layer, frame, HALF - inner - 1, HALF + inner + 1) < LITTLE)
  )
    inner++;
  [low, high] = [Math.max(0, Math.min(low, HALF - inner) - 1), Math.min(BINS, Math.max(high, HALF + inner) + 1)];
  const slots = [];
  for (let bin = low; bin < high; bin++) {
    const isInner = bin >= HALF - inner && bin < HALF + inner;
    if (!isInner) slots.push({ from: bin, to: bin + 1 });
    else if (bin === Math.max(low, HALF - inner)) slots.push({ from: bin, to: HALF + inner });
  }
  return slots;
}

/** Ends of the vertical axis: all numbers, except where a few are far from the others. @param {number[]} frames @param {(frame: number, number: number) => number} at */
function rangeOf(frames, at) {
  let [low, high, inner, outer] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const frame of frames) {
    [low, high] = [Math.min(low, at(frame, 0)), Math.max(high, at(frame, 8))];
    [inner, outer] = [Math.min(inner, at(frame, 1)), Math.max(outer, at(frame, 7))];
  }
  const reach = 2 * Math.max(outer - inner, 1e-12);
  [low, high] = [Math.max(low, inner - reach), Math.min(high, outer + reach)];
  const margin = 0.04 * (high - low) || Math.abs(high) * 0.1 || 1e-6;
  return [low - margin, high + margin];
}

/** @param {number[]} frames @param {number} left @param {number} right */
function acrossOf(frames, left, right) {
  return (/** @type {number} */ number) => left + (number / Math.max(1, frames.length - 1)) * (right - left);
}

/** @param {CanvasRenderingContext2D} ink @param {number[][]} points @param {string} style @param {number} width */
function line(ink, points, style, width) {
  ink.beginPath();
  for (const [x, y] of points) ink.lineTo(x, y);
  if (points.length === 1) ink.lineTo(points[0][0] + 3, points[0][1]);
  ink.strokeStyle = style;
  ink.lineWidth = width;
  ink.stroke();
}

/** Marks a frame from top to bottom. @param {CanvasRenderingContext2D} ink @param {number[]} frames @param {number} wanted @param {(number: number) => number} along @param {number} top @param {number} bottom */
function mark(ink, frames, wanted, along, top, bottom) {
  const number = frames.indexOf(nearest(frames, wanted));
  if (number < 0) return;
  ink.globalAlpha = 0.7;
  line(
    ink,
    [
      [along(number), top],
      [along(number), bottom],
    ],
    colour('--text'),
    1,
  );
  ink.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} ink @param {number} y @param {number} left @param {number} right @param {string} text */
function gridLine(ink, y, left, right, text) {
  ink.globalAlpha = 0.7;
  line(
    ink,
    [
      [left, y],
      [right, y],
    ],
    colour('--hairline'),
    1,
  );
  ink.globalAlpha = 1;
  ink.fillStyle = colour('--muted');
  ink.textAlign = 'right';
  ink.textBaseline = 'middle';
  ink.fillText(text, left - 6, y);
}

/** Round values upwards. @param {CanvasRenderingContext2D} ink @param {number} low @param {number} high @param {(value: number) => number} up @param {number} left @param {number} right */
function axisOfValues(ink, low, high, up, left, right) {
  const room = (high - low) / 4;
  const unit = 10 ** Math.floor(Math.log10(room));
  const step = [1, 2, 5, 10].map((factor) => factor * unit).find((size) => size >= room) ?? room;
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) {
    const rounded = Math.abs(value) < step / 2 ? 0 : value;
    gridLine(ink, up(rounded), left, right, written(rounded));
  }
}

/** Steps below a picture. @param {CanvasRenderingContext2D} ink @param {HistogramsView} view @param {number[]} frames @param {(number: number) => number} along @param {number} bottom @param {number} right */
function axisOfSteps(ink, view, frames, along, bottom, right) {
  ink.fillStyle = colour('--muted');
  ink.textBaseline = 'top';
  let free = -Infinity;
  frames.forEach((frame, number) => {
    const text = count(view.steps[frame]);
    const wide = ink.measureText(text).width;
    const x = Math.min(along(number), right - wide / 2);
    if (x - wide / 2 < free) return;
    ink.textAlign = 'center';
    ink.fillText(text, x, bottom + 6);
    free = x + wide / 2 + 18;
  });
}

/** Powers of ten below the slots. @param {CanvasRenderingContext2D} ink @param {HistogramsView} view @param {{ from: number, to: number }[]} slots @param {(slot: number) => number} across @param {number} bottom */
function axisOfBins(ink, view, slots, across, bottom) {
  ink.fillStyle = colour('--muted');
  ink.textAlign = 'center';
  ink.textBaseline = 'top';
  const lowest = Math.log2(view.limits[HALF]) - 1; // where the first bin above 0 would begin
  const place = (/** @type {number} */ bin) => {
    const slot = slots.findIndex(({ from, to }) => from <= bin && bin < to);
    if (slot < 0) return NaN;
    const { from, to } = slots[slot];
    return slot + (to - from === 1 ? bin - from : bin === HALF ? 0.5 : NaN);
  };
  /** @type {[number, string][]} */
  const ticks = [[place(HALF), '0']];
  for (let exponent = -6; exponent <= 2; exponent++) {
    const away = exponent / Math.log10(2) - lowest;
    const text = exponent >= -3 ? String(10 ** exponent) : `1e${exponent}`;
    ticks.push([place(HALF + away), text], [place(HALF - away), `−${text}`]);
  }
  let free = -Infinity;
  for (const [slot, text] of ticks.filter(([at]) => at >= 0).sort(([one], [other]) => one - other)) {
    const [x, wide] = [across(slot), ink.measureText(text).width];
    if (x - wide / 2 < free) continue;
    ink.fillText(text, x, bottom + 6);
    free = x + wide / 2 + 10;
    line(
      ink,
      [
        [x, bottom],
        [x, bottom + 3],
      ],
      colour('--edge'),
      1,
    );
  }
}

/** A value of an axis. @param {number} value */
function written(value) {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = size < 1e-3 || size >= 1e5 ? size.toExponential(0) : significant(size, 2).replace(/\.0$/, '');
  return value < 0 ? `−${text}` : text;
}
