// The distributions of weights, biases, activations and gradients of all layers over time, and how far the parameters moved.

import { addPart, invalidate, same, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { travelTo } from '../../rail/train/snapshots.js';
import { byId, create, radioGroup, setAttribute, setHidden, setOptions, setText } from '../../ui/dom.js';
import { count, counted, percent, significant } from '../../ui/format.js';
import { theme } from '../../ui/theme.js';
import { placeBeside } from '../hover-card.js';
import { isTabSeen } from '../shown-tab.js';
import { PERCENTILES, drawBands, drawRatios, drawRidges, frameAt, nearest } from './pictures.js';

/** @import { HistogramsView, LayerHistory, LayerQuantity } from '../../engine/types.js' */
/** @import { Picture, Place } from './pictures.js' */

const panel = byId('histograms', HTMLElement);
const hint = byId('histograms-hint', HTMLElement);
const alarms = byId('histograms-alarms', HTMLElement);
const sheet = byId('histograms-sheet', HTMLElement);
const large = byId('histograms-large', HTMLElement);
const canvas = byId('histograms-canvas', HTMLCanvasElement);
const card = byId('histograms-card', HTMLElement);
const facts = byId('histograms-facts', HTMLElement);
const quantities = byId('histograms-quantity', HTMLSelectElement);
const layers = byId('histograms-layer', HTMLSelectElement);
const forms = byId('histograms-forms', HTMLElement);
const back = byId('histograms-back', HTMLInputElement);
const backWords = byId('histograms-back-words', HTMLElement);

/** Milliseconds between two questions while training runs. */
const EVERY = 1000;
/** The choice that is no distribution: how far the parameters moved. */
const UPDATES = 'updates';

/** @type {HistogramsView | null} */
let view = null;
/** What the view is of. */
let viewOf = '';
/** `ridges` or `bands`. */
let form = 'ridges';
/** The frame that is pointed at in the large picture; -1: none. */
let cursor = -1;
/** @type {Place | null} */
let place = null;
/** The kept networks that the slider offers. @type {import('../../engine/types.js').Snapshots | null} */
let followed = null;
/** What was drawn last. @type {unknown[]} */
let seen = [];

function draw() {
  if (!isTabSeen('histograms') || !store.engine || !store.model) return;
  const { status, snapshots, stamps } = store;
  look(quantities.value, stamps.history, snapshots.shown);
  const isThere = view !== null && viewOf === quantities.value && view.layers.length > 0;
  setHidden(hint, isThere);
  setHidden(panel, !isThere);
  setHidden(forms, quantities.value === UPDATES);
  setText(
    hint,
    (status?.step ?? 0) > 0 && view?.steps.length
      ? 'The layers of this network have no such numbers.'
      : 'They begin with the first step of training, by themselves.',
  );
  followTravel();
  if (!isThere || !view) return;
  setOptions(layers, [['', 'all layers'], ...view.layers.map(({ name }) => [name, name])]);
  const one = view.layers.find(({ name }) => name === layers.value);
  const wanted = [view, form, layers.value, cursor, theme(), panel.clientWidth, panel.clientHeight];
  if (same(wanted, seen)) return;
  seen = wanted;
  setHidden(sheet, Boolean(one));
  setHidden(large, !one);
  showAlarms(view.alarms);
  if (one) drawLarge(view, one);
  else drawSheet(view);
}

const look = createView({
  every: EVERY,
  least: 300,
  ask: () => [['histograms', quantities.value === UPDATES ? null : /** @type {LayerQuantity} */ (quantities.value)]],
  take(/** @type {HistogramsView} */ found) {
    if (viewOf === quantities.value && view && print(view) === print(found)) return;
    [view, viewOf] = [found, quantities.value];
    if (cursor >= found.steps.length) cursor = -1;
    invalidate();
  },
});

/** What distinguishes two views of one quantity. @param {HistogramsView} of */
function print({ shown, steps, layers: all }) {
  return JSON.stringify([
    shown,
    steps,
    all.map(({ name, rms, updateRatio }) => [name, rms.at(-1), updateRatio.at(-1)]),
  ]);
}

/** @param {string[]} sentences */
function showAlarms(sentences) {
  setHidden(alarms, sentences.length === 0);
  alarms.replaceChildren(...sentences.map((text) => create('li', { 'data-tip': text }, text)));
}

/** @param {HTMLCanvasElement} target @param {Picture} picture */
function paint(target, picture) {
  if (viewOf === UPDATES) return drawRatios(target, picture);
  return form === 'ridges' ? drawRidges(target, picture) : drawBands(target, picture);
}

/** All layers at a glance. @param {HistogramsView} now */
function drawSheet(now) {
  place = null;
  if (sheet.children.length !== now.layers.length) {
    sheet.replaceChildren(
      ...now.layers.map(() => {
        const button = create(
          'button',
          { type: 'button', class: 'histogram-tile' },
          create('b', {}),
          create('span', {}),
          create('canvas', {}),
        );
        return create('li', {}, button);
      }),
    );
  }
  now.layers.forEach((layer, number) => {
    const button = /** @type {HTMLButtonElement} */ (sheet.children[number].firstElementChild);
    const [name, figure, picture] = /** @type {any} */ (button.children);
    const words = captionOf(now, layer);
    setText(name, layer.name);
    setText(figure, words);
    button.dataset.layer = layer.name;
    button.classList.toggle('warn-tile', layer.alarming);
    setAttribute(button, 'aria-label', `${layer.name}: ${words || 'no figures'}; opens it large`);
    paint(picture, { view: now, layer, large: false, cursor: -1 });
  });
}

/** A short line below the name of a layer. @param {HistogramsView} now @param {LayerHistory} layer */
function captionOf({ shown }, layer) {
  if (shown === null) return '';
  if (viewOf === UPDATES) return significant(layer.updateRatio[shown], 2);
  const rms = `rms ${small(layer.rms[shown])}`;
  const dead = viewOf === 'activations' && layer.dead[shown] > 0 ? `, dead ${whole(layer.dead[shown])}` : '';
  return rms + dead;
}

/** @param {HistogramsView} now @param {LayerHistory} layer */
function drawLarge(now, layer) {
  place = paint(canvas, { view: now, layer, large: true, cursor });
  const frame = cursor >= 0 ? cursor : (now.shown ?? now.steps.length - 1);
  const words = describe(now, layer, frame);
  setText(facts, words);
  setAttribute(
    canvas,
    'aria-label',
    `${quantities.selectedOptions[0].text} of ${layer.name} over ${counted(now.steps.length, 'moment')}. Arrow keys go from moment to moment, Escape shows all layers. ${words}`,
  );
}

/** One moment in words. @param {HistogramsView} now @param {LayerHistory} layer @param {number} frame */
function describe(now, layer, frame) {
  const parts = [`step ${count(now.steps[frame])}, epoch ${significant(now.epochs[frame], 3)}`];
  if (viewOf === UPDATES) {
    parts.push(`update / weight ${small(layer.updateRatio[frame])}`);
    return parts.join(' · ');
  }
  const at = (/** @type {number} */ number) => small(layer.percentiles[frame * PERCENTILES + number]);
  parts.push(`rms ${small(layer.rms[frame])}`, `median ${at(4)}`);
  if (layer.zeros[frame] >= 0.01) parts.push(`${whole(layer.zeros[frame])} are 0`);
  if (viewOf === 'activations' && layer.dead[frame] >= 0)
    parts.push(`dead ${percent(layer.dead[frame])}`, `saturated ${percent(layer.saturated[frame])}`);
  parts.push(`86 % within ${at(1)} and ${at(7)}`, `all within ${at(0)} and ${at(8)}`);
  if (frame === now.shown) parts.push(counted(layer.numbers, 'number'));
  return parts.join(' · ');
}

/** A number with a real minus sign. @param {number} value */
function small(value) {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const text = size !== 0 && size < 1e-3 ? size.toExponential(1).replace('e-', 'e−') : significant(size, 3);
  return value < 0 ? `−${text}` : text;
}

/** @param {number} share */
const whole = (share) => `${Math.round(100 * share)} %`;

/** The slider is that of looking back: the same kept networks, the same one shown. */
function followTravel() {
  if (followed === store.snapshots) return; // leaves the slider alone while a person drags it
  followed = store.snapshots;
  const { steps, epochs, shown } = followed;
  back.max = String(steps.length);
  back.disabled = steps.length === 0;
  back.value = String(shown ?? steps.length);
  const words = shown === null ? 'latest network' : `network of epoch ${count(epochs[shown])}`;
  setText(backWords, words);
  setAttribute(back, 'aria-valuetext', words);
}

/** @param {string} name of a layer; '': all of them */
function open(name) {
  layers.value = name;
  cursor = -1;
  setHidden(card, true);
  invalidate();
}

addPart(draw);
new ResizeObserver(invalidate).observe(panel);
radioGroup(forms, (value) => {
  form = value;
  invalidate();
})(form);
quantities.addEventListener('change', () => {
  cursor = -1;
  invalidate();
});
layers.addEventListener('change', () => open(layers.value));
back.addEventListener('change', () => travelTo(Number(back.value)));
sheet.addEventListener('click', ({ target }) => {
  const layer = target instanceof Element ? target.closest('button')?.dataset.layer : undefined;
  if (layer === undefined) return;
  open(layer);
  draw();
  canvas.focus();
});
byId('histograms-all', HTMLElement).addEventListener('click', () => open(''));
canvas.addEventListener('pointermove', ({ offsetX, offsetY }) => {
  const layer = view?.layers.find(({ name }) => name === layers.value);
  if (!place || !view || !layer) return;
  cursor = frameAt(place, offsetX, offsetY);
  setHidden(card, false);
  setText(card, describe(view, layer, cursor).replaceAll(' · ', '\n'));
  placeBeside(card, canvas, { x: offsetX, y: offsetY });
  invalidate();
});
canvas.addEventListener('pointerleave', () => {
  cursor = -1;
  setHidden(card, true);
  invalidate();
});
canvas.addEventListener('keydown', (event) => {
  const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
  if (event.key === 'Escape') {
    open('');
    draw();
    /** @type {HTMLElement | null} */ (sheet.querySelector('button'))?.focus();
  } else if (by && place && view) {
    const { frames } = place;
    // A moment that is not drawn is beside the nearest that is.
    const from = frames.indexOf(nearest(frames, cursor >= 0 ? cursor : (view.shown ?? frames[frames.length - 1])));
    cursor = frames[Math.min(frames.length - 1, Math.max(0, from + by))];
    invalidate();
  } else return;
  event.preventDefault();
  event.stopPropagation();
});
