// Pictures of the classes: how many images each has, what was predicted at every evaluation, and calibration.

import { addPart, invalidate, same, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { byId, radioGroup, setAttribute, setHidden, setOptions, setText } from '../../ui/dom.js';
import { count, counted, percent, significant } from '../../ui/format.js';
import { inkFor } from '../../ui/pixels.js';
import { colour, theme } from '../../ui/theme.js';
import { isTabSeen } from '../shown-tab.js';
import { placeBeside } from '../hover-card.js';
import { measured } from './evaluation.js';
import { className } from './gallery.js';

/** @import { CalibrationReport, ClassTimeline } from '../../engine/types.js' */

const picture = byId('classes-picture', HTMLElement);
const frame = /** @type {HTMLElement} */ (picture.querySelector('.class-frame'));
const canvas = byId('classes-canvas', HTMLCanvasElement);
const card = byId('classes-card', HTMLElement);
const facts = byId('classes-facts', HTMLElement);
const label = byId('classes-label', HTMLSelectElement);
const labelHolder = byId('classes-label-holder', HTMLElement);

/** Milliseconds between two questions while training runs. */
const EVERY = 1000;
/** CSS pixels: of a row at least and at most, of the names, of the axis below. */
const ROW = { least: 9, most: 26, labelled: 9 };
const NAMES = 84;
const BELOW = 20;
/** CSS pixels above and below the place that keys have moved to, which stay in view. */
const AROUND = 30;
/** @type {Record<string, string>} */
const SPLITS = { train: 'training', validation: 'validation', test: 'test' };
const SHADES = ['--accent', '--negative', '--muted'];

/** Which picture is shown; `figures` is the table of classes.js. */
let shown = 'figures';
/** @type {ClassTimeline | null} */
let timeline = null;
/** What the timeline is about. */
let about = '';
/** What was drawn last. @type {unknown[]} */
let seen = [];
/** The words at a place of the picture. @type {(x: number, y: number) => string} */
let wordsAt = () => '';
/** Where the keys are: a row and a column, and how many there are. */
let cursor = { row: 0, column: 0, rows: 0, columns: 0 };
/** @type {(row: number, column: number) => { x: number, y: number }} */
let placeOf = () => ({ x: 0, y: 0 });

/** Whether the table of figures is what is shown. */
export function isTableShown() {
  return shown === 'figures';
}

function draw() {
  if (!isTabSeen('classes') || !store.engine || !store.data) return;
  setHidden(picture, isTableShown());
  setHidden(labelHolder, shown !== 'time');
  if (isTableShown()) return;
  setOptions(label, [['', 'all classes'], ...store.data.classes.map(({ name }, index) => [String(index), name])]);
  look(label.value, store.stamps.history, store.stamps.data, store.status?.valLoss);
  const wanted = [shown, timeline, about, measured.version, theme(), frame.clientWidth, frame.clientHeight];
  if (same(wanted, seen)) return;
  seen = wanted;
  wordsAt = () => '';
  cursor = { ...cursor, rows: 0, columns: 0 };
  if (shown === 'images' && timeline) drawImages(timeline);
  else if (shown === 'time' && timeline) drawTime(timeline);
  else if (shown === 'calibration') drawCalibration(measured.found?.calibration ?? null);
}

const look = createView({
  every: EVERY,
  ask: () => [['classTimeline', label.value === '' ? undefined : Number(label.value)]],
  take(/** @type {ClassTimeline} */ found) {
    [timeline, about] = [found, label.value];
    invalidate();
  },
});

/** A canvas of the room that there is, or of more height. @param {number} least */
function inkOf(least = 0) {
  const [width, height] = [frame.clientWidth, Math.max(least, frame.clientHeight)];
  [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
  const ink = inkFor(canvas, width, height);
  ink.font = '11px system-ui, sans-serif';
  ink.textBaseline = 'middle';
  return { ink, width, height };
}

/** Rows of classes that fit, or the least height at which they can be read. @param {number} classes */
function rowsOf(classes) {
  const room = frame.clientHeight - BELOW;
  const high = Math.min(ROW.most, Math.max(ROW.least, Math.floor(room / classes)));
  return { high, least: high * classes + BELOW };
}

/** Writes a name at the left of a row. @param {CanvasRenderingContext2D} ink @param {number} index @param {number} y */
function nameOf(ink, index, y) {
  ink.fillStyle = colour('--muted');
  ink.textAlign = 'right';
  let name = className(index);
  while (name.length > 1 && ink.measureText(name).width > NAMES - 8) name = `${name.slice(0, -2)}…`;
  ink.fillText(name, NAMES - 6, y);
}

/** Bars of images per class and split. @param {ClassTimeline} now */
function drawImages({ splits }) {
  const classes = store.data?.classes.length ?? 0;
  const { high, least } = rowsOf(classes);
  const { ink, width } = inkOf(least);
  const totals = Array.from({ length: classes }, (_, index) =>
    splits.reduce((sum, { counts }) => sum + counts[index], 0),
  );
  const most = Math.max(1, ...totals);
  const room = width - NAMES - 60;
  for (let index = 0; index < classes; index++) {
    const y = index * high;
    nameOf(ink, index, y + high / 2);
    let x = NAMES;
    splits.forEach(({ counts }, number) => {
      const wide = (counts[index] / most) * room;
      ink.fillStyle = colour(SHADES[number]);
      ink.globalAlpha = number === 2 ? 0.6 : 0.8;
      ink.fillRect(x, y + 2, Math.max(0, wide - 1), high - 4);
      x += wide;
    });
    ink.globalAlpha = 1;
    ink.fillStyle = colour('--text');
    ink.textAlign = 'left';
    ink.fillText(count(totals[index]), x + 6, y + high / 2);
  }
  const [few, many] = [Math.min(...totals), most];
  const parts = splits.map(
    ({ split, counts }, number) =>
      `${['blue', 'orange', 'grey'][number]}: ${count(counts.reduce((sum, one) => sum + one, 0))} ${SPLITS[split]}`,
  );
  tell(
    `${counted(classes, 'class', 'classes')} · ${parts.join(' · ')} · the largest class has ${significant(many / Math.max(1, few), 2)} times the images of the smallest`,
  );
  const describe = (/** @type {number} */ row) =>
    `${className(row)}: ${splits.map(({ split, counts }) => `${count(counts[row])} ${SPLITS[split]}`).join(', ')}`;
  move(
    classes,
    1,
    (row) => ({ x: NAMES + 20, y: row * high + high / 2 }),
    describe,
    (x, y) => [Math.floor(y / high), 0],
  );
}

/** What was predicted at each evaluation. @param {ClassTimeline} now */
function drawTime({ steps, epochs, predicted, accuracy, ece, shown: at }) {
  const classes = store.data?.classes.length ?? 0;
  if (steps.length === 0) {
    inkOf();
    tell('Evaluations are kept at the end of every epoch, from the first on.');
    return;
  }
  const { high, least } = rowsOf(classes);
  const { ink, width } = inkOf(least);
  const wide = Math.min(28, (width - NAMES - 56) / steps.length);
  const all = steps.map(
    (_, column) => predicted.subarray(column * classes, (column + 1) * classes).reduce((sum, one) => sum + one, 0) || 1,
  );
  for (let row = 0; row < classes; row++) {
    nameOf(ink, row, row * high + high / 2);
    for (let column = 0; column < steps.length; column++) {
      const share = predicted[column * classes + row] / all[column];
      const [x, y] = [NAMES + column * wide, row * high];
      ink.globalAlpha = 0.45;
      ink.fillStyle = colour('--hairline');
      ink.fillRect(x, y, wide - (wide > 4 ? 1 : 0), high - 1);
      if (share === 0) continue;
      ink.globalAlpha = 0.12 + 0.88 * Math.sqrt(share);
      ink.fillStyle = colour(about === '' ? '--accent' : Number(about) === row ? '--positive' : '--negative');
      ink.fillRect(x, y, wide - (wide > 4 ? 1 : 0), high - 1);
    }
    ink.globalAlpha = 1;
    const column = at ?? steps.length - 1;
    ink.fillStyle = colour('--text');
    ink.textAlign = 'left';
    ink.fillText(count(predicted[column * classes + row]), NAMES + steps.length * wide + 6, row * high + high / 2);
  }
  if (at !== null) {
    ink.strokeStyle = colour('--text');
    ink.strokeRect(NAMES + at * wide - 0.5, 0.5, wide, classes * high - 1);
  }
  ink.fillStyle = colour('--muted');
  let free = -Infinity;
  steps.forEach((_, column) => {
    const text = String(Math.round(epochs[column]));
    const x = NAMES + (column + 0.5) * wide;
    const half = ink.measureText(text).width / 2;
    if (x - half < free) return;
    ink.textAlign = 'center';
    ink.fillText(text, x, classes * high + BELOW / 2);
    free = x + half + 12;
  });
  const column = at ?? steps.length - 1;
  tell(
    `What ${about === '' ? 'all held-out images' : `the held-out images of ${className(Number(about))}`} were predicted as, after each epoch · epoch ${count(Math.round(epochs[column]))}: accuracy ${percent(accuracy[column])}, ECE ${percent(ece[column])}`,
  );
  const describe = (/** @type {number} */ row, /** @type {number} */ of) =>
    `${className(row)} after epoch ${count(Math.round(epochs[of]))}: predicted ${counted(predicted[of * classes + row], 'time')} (${percent(predicted[of * classes + row] / all[of])})`;
  move(
    classes,
    steps.length,
    (row, of) => ({ x: NAMES + (of + 0.5) * wide, y: (row + 0.5) * high }),
    describe,
    (x, y) => [Math.floor(y / high), Math.floor((x - NAMES) / wide)],
  );
}

/** The reliability diagram. @param {CalibrationReport | null} found */
function drawCalibration(found) {
  const { ink, width, height } = inkOf();
  if (!found) {
    tell('Measure looks at every image of the split; validation is measured by itself at the end of every epoch.');
    return;
  }
  const { bins, ece } = found;
  const [left, top] = [44, 6];
  const side = Math.max(60, height - top - 26);
  const across = Math.min(Math.max(side * 1.6, 220), width - left - 20);
  const x = (/** @type {number} */ share) => left + share * across;
  const y = (/** @type {number} */ share) => top + (1 - share) * side;
  const most = Math.max(1, ...bins.map(({ examples }) => examples));
  ink.textAlign = 'right';
  for (const share of [0, 0.5, 1]) {
    ink.strokeStyle = colour('--hairline');
    ink.strokeRect(x(0), y(share), across, 0);
    ink.fillStyle = colour('--muted');
    ink.fillText(`${100 * share} %`, left - 6, y(share));
  }
  const wide = across / bins.length;
  bins.forEach(({ examples, correct, confidence }, number) => {
    if (examples === 0) return;
    const [right, sure] = [correct / examples, confidence / examples];
    ink.globalAlpha = 0.3 + 0.7 * Math.sqrt(examples / most);
    ink.fillStyle = colour('--positive');
    ink.fillRect(x(0) + number * wide + 1, y(right), wide - 2, y(0) - y(right));
    ink.fillStyle = colour('--negative');
    ink.globalAlpha *= 0.55;
    ink.fillRect(x(0) + number * wide + 1, Math.min(y(right), y(sure)), wide - 2, Math.abs(y(right) - y(sure)));
  });
  ink.globalAlpha = 1;
  ink.setLineDash([4, 3]);
  ink.strokeStyle = colour('--muted');
  ink.beginPath();
  ink.moveTo(x(0), y(0));
  ink.lineTo(x(1), y(1));
  ink.stroke();
  ink.setLineDash([]);
  ink.fillStyle = colour('--muted');
  ink.textAlign = 'center';
  for (const share of [0, 0.5, 1]) ink.fillText(`${100 * share} %`, x(share), y(0) + 12);
  ink.textAlign = 'left';
  if (width > x(1) + 150) ink.fillText('blue: how often right', x(1) + 16, y(0.8));
  if (width > x(1) + 150) ink.fillText('orange: the gap to how sure', x(1) + 16, y(0.65));
  if (width > x(1) + 150) ink.fillText('pale: few images', x(1) + 16, y(0.5));
  tell(
    `ECE ${percent(ece)}: the distance between how sure and how right the network is, as a mean over 15 bins of confidence weighted by their images · confidence across, accuracy upwards`,
  );
  const describe = (/** @type {number} */ _, /** @type {number} */ of) => {
    const { examples, correct, confidence } = bins[of];
    const range = `${Math.round((100 * of) / bins.length)} to ${Math.round((100 * (of + 1)) / bins.length)} % sure`;
    return examples === 0
      ? `${range}: no images`
      : `${range}: ${counted(examples, 'image')}, sure to ${percent(confidence / examples)} and right in ${percent(correct / examples)}`;
  };
  move(
    1,
    bins.length,
    (_, of) => ({ x: x(0) + (of + 0.5) * wide, y: y(0.5) }),
    describe,
    (at) => [0, Math.floor((at - x(0)) / wide)],
  );
}

/** @param {string} text */
function tell(text) {
  setText(facts, text);
  setAttribute(facts, 'data-tip', text);
}

/**
 * Wires the pointer and the keys to the places of a picture.
 * @param {number} rows @param {number} columns
 * @param {(row: number, column: number) => { x: number, y: number }} place
 * @param {(row: number, column: number) => string} describe
 * @param {(x: number, y: number) => number[]} at
 */
function move(rows, columns, place, describe, at) {
  const within = (/** @type {number} */ row, /** @type {number} */ column) =>
    row >= 0 && column >= 0 && row < rows && column < columns;
  wordsAt = (x, y) => {
    const [row, column] = at(x, y);
    return within(row, column) ? describe(row, column) : '';
  };
  cursor = { row: Math.min(cursor.row, rows - 1), column: Math.min(cursor.column, columns - 1), rows, columns };
  placeOf = place;
  setAttribute(canvas, 'aria-label', `${facts.textContent}. Arrow keys go from place to place.`);
}

/** Scrolls a picture that is taller than its frame to a place in it. @param {number} y */
function keepInView(y) {
  const room = Math.min(AROUND, frame.clientHeight / 3);
  frame.scrollTop = Math.min(Math.max(frame.scrollTop, y + room - frame.clientHeight), Math.max(0, y - room));
}

/** @param {string} words @param {{ x: number, y: number }} at */
function showCard(words, at) {
  setHidden(card, words === '');
  setText(card, words);
  placeBeside(card, frame, { x: at.x, y: at.y - frame.scrollTop });
}

addPart(draw);
new ResizeObserver(invalidate).observe(frame);
radioGroup(byId('classes-views', HTMLElement), (value) => {
  shown = value;
  seen = [];
  invalidate();
})(shown);
label.addEventListener('change', invalidate);
canvas.addEventListener('pointermove', ({ offsetX, offsetY }) =>
  showCard(wordsAt(offsetX, offsetY), { x: offsetX, y: offsetY }),
);
for (const name of ['pointerleave', 'blur']) canvas.addEventListener(name, () => setHidden(card, true));
canvas.addEventListener('keydown', (event) => {
  const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (!way || cursor.rows === 0) return;
  event.preventDefault();
  event.stopPropagation();
  const within = (/** @type {number} */ at, /** @type {number} */ end) => Math.min(end - 1, Math.max(0, at));
  cursor.row = within(cursor.row + way[0], cursor.rows);
  cursor.column = within(cursor.column + way[1], cursor.columns);
  const at = placeOf(cursor.row, cursor.column);
  const words = wordsAt(at.x, at.y);
  keepInView(at.y);
  showCard(words, at);
  setAttribute(canvas, 'aria-label', words);
});
