// Which class is taken for which: a row for each true class, a column for each predicted one. A cell opens its images.

import { addPart, same, store } from '../../app/store.js';
import { byId, create, setAttribute, setHidden, setText } from '../../ui/dom.js';
import { count, counted, percent } from '../../ui/format.js';
import { className, createGallery } from './gallery.js';
import { measured } from './evaluation.js';
import { light } from '../map/lit.js';
import { examplesOf, followKept, kept, wordsOf } from './kept-evaluations.js';
import { isTabSeen } from '../shown-tab.js';
import { colour, theme } from '../../ui/theme.js';
import { narrow } from '../../ui/layout.js';
import { showError } from '../../ui/messages.js';

/** @import { ConfusionFlow, Wanted } from '../../engine/types.js' */

const panel = byId('confusion', HTMLElement);
const frame = byId('confusion-frame', HTMLElement);
const canvas = byId('confusion-matrix', HTMLCanvasElement);
const card = byId('confusion-card', HTMLElement);
const title = byId('confusion-title', HTMLElement);
const pairs = byId('confusion-pairs', HTMLElement);
const gallery = createGallery(byId('confusion-gallery', HTMLElement));
const hint = byId('confusion-hint', HTMLElement);

/** CSS pixels of a cell: at least, at most, and from which height on rows have labels, and cells numbers. */
const CELL = { least: 4, wide: 72, high: 56, labelled: 10, numbered: 13 };
const LABEL = { most: 120, letter: 6.4 };
/** CSS pixels for the words true and predicted. */
const TITLE = 16;
/** Up to this many classes have names, and then the matrix scrolls if need be; more are a picture alone. */
const MOST_NAMED = 240;
/** Share of the strip that the matrix may take. */
const SHARE = 0.56;
const PAIRS = 48;

/** The cell that is opened; a class with all its mistakes where `predicted` is absent. @type {Wanted | null} */
let opened = null;
/** Where the arrow keys are. */
let cursor = { label: 0, predicted: 0 };
let place = { left: 0, top: 0, wide: 0, high: 0, classes: 0, isNamed: false, isUpright: false };
/** What was drawn last. @type {unknown[]} */
let seen = [];
/** Names of the classes that the opened cell belongs to. */
let known = '';
/** What is listed. @type {unknown[]} */
let listed = [];

function draw() {
  if (!isTabSeen('confusion') || !store.engine) return;
  followKept();
  const { found } = measured;
  const names = (found?.classes ?? []).map(({ name }) => name).join('\n');
  if (found && names !== known) {
    if (known !== '') {
      [opened, cursor] = [null, { label: 0, predicted: 0 }];
      light(null);
    }
    known = names;
  }
  const counts = kept.now?.confusion ?? found?.confusion;
  setHidden(hint, Boolean(counts));
  setHidden(panel, !counts);
  const size = [panel.clientWidth, panel.clientHeight, narrow.matches];
  const wanted = [measured.version, measured.split, kept.version, theme(), ...size, opened, cursor];
  if (!counts || same(wanted, seen)) return;
  seen = wanted;
  paint(counts, Math.round(Math.sqrt(counts.length)), kept.before?.confusion ?? null);
  list();
}

/** Places the cells. @param {string[]} names */
function layOut(names) {
  const classes = names.length;
  // Beside its images, or where the screen is narrow above them.
  const [room, height] = narrow.matches
    ? [panel.clientWidth - 26, panel.clientHeight * SHARE]
    : [panel.clientWidth * SHARE, panel.clientHeight - 10];
  const longest = Math.min(LABEL.most, 8 + LABEL.letter * Math.max(...names.map(({ length }) => length)));
  if (classes > MOST_NAMED) {
    const cell = Math.max(CELL.least, Math.floor(Math.min(height, room) / classes));
    return { left: 1, top: 1, high: cell, wide: cell, classes, isNamed: false, isUpright: false };
  }
  const left = TITLE + longest + 4;
  // Names of columns that are wider than these stand upright.
  const wish = Math.floor((room - left) / classes);
  const isUpright = wish < longest;
  const top = TITLE + (isUpright ? longest : TITLE);
  const fits = (/** @type {number} */ least, /** @type {number} */ space, /** @type {number} */ most) =>
    Math.min(most, Math.max(least, Math.floor(space / classes)));
  const high = fits(CELL.labelled, height - top, CELL.high);
  const wide = Math.max(fits(CELL.labelled, room - left, CELL.wide), Math.min(high, CELL.labelled));
  return { left, top, high, wide, classes, isNamed: true, isUpright };
}

/** Paints counts, or where there are some from before what they gained and lost. @param {Uint32Array} counts @param {number} classes @param {Uint32Array | null} before */
function paint(counts, classes, before) {
  const names = Array.from({ length: classes }, (_, i) => className(i));
  place = layOut(names);
  const { left, top, wide, high, isNamed, isUpright } = place;
  const ratio = devicePixelRatio;
  const [width, height] = [left + wide * classes + 2, top + high * classes + 2];
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
  setAttribute(canvas, 'data-place', JSON.stringify(place));
  const ink = canvas.getContext('2d');
  if (!ink) return;
  ink.scale(ratio, ratio);
  ink.textBaseline = 'middle';
  const gap = high > 5 ? 1 : 0;
  ink.fillStyle = colour('--hairline');
  ink.globalAlpha = 0.45;
  if (gap === 0) ink.fillRect(left, top, wide * classes, high * classes);
  for (let label = 0; label < classes; label++) {
    const row = counts.subarray(label * classes, (label + 1) * classes);
    const all = row.reduce((sum, count) => sum + count, 0) || 1;
    const y = top + label * high;
    for (let predicted = 0; predicted < classes; predicted++) {
      const more = before ? row[predicted] - before[label * classes + predicted] : row[predicted];
      if (gap === 0 && more === 0) continue;
      const x = left + predicted * wide;
      const right = label === predicted;
      // Few mistakes among many would not be seen if the shade were the share itself.
      const shade = right && !before ? more / all : Math.sqrt(Math.abs(more) / all);
      ink.fillStyle = colour('--hairline');
      ink.globalAlpha = 0.45;
      if (gap > 0) ink.fillRect(x, y, wide - gap, high - gap);
      ink.globalAlpha = more === 0 ? 0 : 0.15 + 0.85 * shade;
      ink.fillStyle = colour((before ? more > 0 : right) ? '--positive' : '--negative');
      ink.fillRect(x, y, wide - gap, high - gap);
      ink.font = '11px system-ui, sans-serif';
      const text = before && more !== 0 ? `${more < 0 ? '−' : '+'}${Math.abs(more)}` : String(more);
      if (high < CELL.numbered || ink.measureText(text).width > wide - 3) continue;
      ink.globalAlpha = more === 0 ? 0.5 : 1;
      ink.fillStyle = colour(more === 0 ? '--muted' : shade > 0.6 ? '--on-accent' : '--text');
      ink.textAlign = 'center';
      ink.fillText(text, x + (wide - gap) / 2, y + (high - gap) / 2 + 0.5);
    }
    ink.globalAlpha = 1;
    if (!isNamed) continue;
    ink.font = `${Math.min(11, high + 1)}px system-ui, sans-serif`;
    ink.fillStyle = colour('--muted');
    ink.textAlign = 'right';
    ink.fillText(fitted(ink, names[label], left - TITLE - 6), left - 6, y + high / 2);
    const middle = left + label * wide + wide / 2;
    ink.font = `${Math.min(11, wide + 1)}px system-ui, sans-serif`;
    if (isUpright) turned(ink, fitted(ink, names[label], top - TITLE - 6), middle, top - 5, 'left');
    else {
      ink.textAlign = 'center';
      ink.fillText(fitted(ink, names[label], wide - 3), middle, top - TITLE / 2);
    }
  }
  if (isNamed) {
    ink.font = '11px system-ui, sans-serif';
    ink.fillStyle = colour('--text');
    ink.textAlign = 'left';
    ink.fillText('predicted', left, TITLE / 2);
    turned(ink, 'true', TITLE / 2, top + 2, 'right');
  }
  if (opened) outline(ink, opened.label ?? 0, opened.predicted, colour('--text'));
  if (document.activeElement === canvas && canvas.matches(':focus-visible'))
    outline(ink, cursor.label, cursor.predicted, colour('--accent'));
  setAttribute(
    canvas,
    'aria-label',
    `Confusion matrix of ${counted(classes, 'class', 'classes')}. Arrow keys go from cell to cell, Enter opens its images. ${describe(cursor.label, cursor.predicted)}`,
  );
}

/** Words that are read from below. @param {CanvasRenderingContext2D} ink @param {string} words @param {number} x @param {number} y @param {CanvasTextAlign} align */
function turned(ink, words, x, y, align) {
  ink.save();
  ink.translate(x, y);
  ink.rotate(-Math.PI / 2);
  ink.textAlign = align;
  ink.fillText(words, 0, 0);
  ink.restore();
}

/** As much of a name as there is room for. @param {CanvasRenderingContext2D} ink @param {string} name @param {number} room */
function fitted(ink, name, room) {
  if (ink.measureText(name).width <= room) return name;
  for (let length = name.length - 1; length > 0; length--) {
    const cut = `${name.slice(0, length)}…`;
    if (ink.measureText(cut).width <= room) return cut;
  }
  return '';
}

/** @param {CanvasRenderingContext2D} ink @param {number} label @param {number | undefined} predicted @param {string} style */
function outline(ink, label, predicted, style) {
  ink.strokeStyle = style;
  ink.lineWidth = 2;
  const { left, top, wide, high, classes } = place;
  ink.strokeRect(
    left + (predicted ?? 0) * wide,
    top + label * high,
    (predicted === undefined ? classes : 1) * wide - 1,
    high - 1,
  );
}

/** @param {number} label @param {number} predicted */
function describe(label, predicted) {
  const counts = kept.now?.confusion ?? measured.found?.confusion ?? new Uint32Array();
  const classes = Math.round(Math.sqrt(counts.length));
  const here = counts[label * classes + predicted] ?? 0;
  const all = counts.subarray(label * classes, (label + 1) * classes).reduce((sum, one) => sum + one, 0);
  const what =
    label === predicted
      ? `${className(label)} predicted correctly`
      : `${className(label)} predicted as ${className(predicted)}`;
  const past = kept.before ? `, ${count(kept.before.confusion[label * classes + predicted])} before` : '';
  return `${what}: ${count(here)} of ${count(all)}${all > 0 ? ` (${percent(here / all)})` : ''}${past}`;
}

/** Beside the matrix: the images of the cell, or before one is opened the pairs that are confused most. */
function list() {
  const { found } = measured;
  const mixed = found?.mixedUp ?? [];
  const wanted = [opened, measured.split, measured.version, kept.version];
  if (same(wanted, listed)) return;
  // A new epoch changes nothing under the hand of a person who is choosing.
  if (gallery.busy && opened && same(wanted.slice(0, 2), listed.slice(0, 2))) return;
  listed = wanted;
  setHidden(pairs, Boolean(opened));
  setHidden(byId('confusion-gallery', HTMLElement), !opened);
  setHidden(byId('confusion-back', HTMLElement), !opened);
  if (opened) {
    const { label = 0, predicted } = opened;
    setText(
      title,
      predicted === undefined
        ? `${className(label)} predicted as another class${kept.now ? '' : `: ${count((found?.classes?.[label]?.examples ?? 0) - (found?.classes?.[label]?.correct ?? 0))}`}`
        : describe(label, predicted),
    );
    if (!kept.now) gallery.show(opened);
    else
      examplesOf(label, predicted ?? null)
        .then((examples) => gallery.show({ examples }))
        .catch(showError);
    return;
  }
  gallery.clear();
  if (kept.flow) return listFlows(kept.flow);
  setText(title, mixed.length > 0 ? 'Confused most' : 'No mistakes');
  pairs.replaceChildren(
    ...mixed.slice(0, PAIRS).map(([label, predicted, times]) => {
      const button = create(
        'button',
        { type: 'button', class: 'pair-chip' },
        create('span', {}, `${className(label)} → ${className(predicted)}`),
        create('b', {}, count(times)),
      );
      button.addEventListener('click', () => open({ label, predicted }));
      return create('li', {}, button);
    }),
  );
}

/** @param {Wanted} what */
function cellWords({ label = 0, predicted }) {
  if (predicted === undefined) return `${className(label)} predicted as another`;
  return label === predicted
    ? `${className(label)} predicted correctly`
    : `${className(label)} → ${className(predicted)}`;
}

/** What flowed from cell to cell since the earlier evaluation. @param {ConfusionFlow} flow */
function listFlows(flow) {
  const { flows } = flow;
  setText(title, flows.length > 0 ? wordsOf(flow) : 'Nothing is predicted otherwise since');
  pairs.replaceChildren(
    ...flows.slice(0, PAIRS).map(({ label, before, after, examples }) => {
      const kind = after === label ? 'mended' : before === label ? 'broken' : 'moved';
      const button = create(
        'button',
        {
          type: 'button',
          class: `pair-chip flow-${kind}`,
          'data-tip': `Images of ${className(label)} that were predicted as ${className(before)} and are now predicted as ${className(after)}`,
        },
        create('span', {}, `${className(label)}: ${className(before)} → ${className(after)}`),
        create('b', {}, count(examples.length)),
      );
      button.addEventListener('click', () => {
        setText(title, `${className(label)}: ${className(before)} → ${className(after)}`);
        setHidden(pairs, true);
        setHidden(byId('confusion-gallery', HTMLElement), false);
        setHidden(byId('confusion-back', HTMLElement), false);
        gallery.show({ examples });
      });
      return create('li', {}, button);
    }),
  );
}

/** Opens the images of a cell, or of all mistakes about a class. @param {Wanted | null} what */
export function open(what) {
  opened = what;
  light(what && { ...what, split: measured.split, words: cellWords(what) });
  if (what) cursor = { label: what.label ?? 0, predicted: what.predicted ?? what.label ?? 0 };
  draw();
}

/** @param {number} x CSS pixels @param {number} y */
function cellAt(x, y) {
  const { left, top, wide, high, classes } = place;
  const [predicted, label] = [Math.floor((x - left) / wide), Math.floor((y - top) / high)];
  return predicted >= 0 && label >= 0 && predicted < classes && label < classes ? { label, predicted } : null;
}

addPart(draw);
new ResizeObserver(draw).observe(panel);
byId('confusion-back', HTMLElement).addEventListener('click', () => {
  listed = [];
  seen = [];
  open(null);
});
canvas.addEventListener('click', ({ offsetX, offsetY }) => {
  const at = cellAt(offsetX, offsetY);
  setHidden(card, true);
  if (at) open(opened && at.label === opened.label && at.predicted === opened.predicted ? null : at);
});
canvas.addEventListener('pointermove', ({ offsetX, offsetY, pointerType }) => {
  if (pointerType !== 'mouse') return;
  const at = cellAt(offsetX, offsetY);
  canvas.classList.toggle('on-cell', at !== null);
  setHidden(card, !at);
  if (!at) return;
  setText(card, describe(at.label, at.predicted));
  const x = offsetX + canvas.offsetLeft - frame.scrollLeft;
  const y = offsetY + canvas.offsetTop - frame.scrollTop;
  card.style.left = `${x + 14}px`;
  card.style.top = `${y + 20 + card.offsetHeight > panel.clientHeight ? y - 10 - card.offsetHeight : y + 20}px`;
});
canvas.addEventListener('pointerleave', () => setHidden(card, true));
for (const name of ['focus', 'blur']) canvas.addEventListener(name, draw);
canvas.addEventListener('keydown', (event) => {
  const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (!way && event.key !== 'Enter') return;
  event.preventDefault();
  event.stopPropagation();
  const within = (/** @type {number} */ at) => Math.min(place.classes - 1, Math.max(0, at));
  if (way) cursor = { label: within(cursor.label + way[0]), predicted: within(cursor.predicted + way[1]) };
  else open({ ...cursor });
  draw();
});
