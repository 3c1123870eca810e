// Heat map of where the network looks: the shown example in grey, with the places that speak for a class, or against it, in colour.
//
// The choices here hold for the sheets of the confusion and of the worst images too.

import { addPart, engine, invalidate, same, store } from '../../app/store.js';
import { oneAtATime } from '../../app/views.js';
import { byId, setAttribute, setHidden, setOptions, setText, setValue } from '../../ui/dom.js';
import { count, percent, significant } from '../../ui/format.js';
import { showError } from '../../ui/messages.js';
import { showPixels } from '../../ui/pixels.js';
import { theme } from '../../ui/theme.js';
import { pictureScale, shownExample } from './example-card.js';

/** @import { Explain, AttributionMethod, AttributionSummary, Explanation, Thumbnails } from '../../engine/types.js' */

const fold = byId('heat-fold', HTMLDetailsElement);
const figure = byId('heat-figure', HTMLElement);
const canvas = byId('heat-image', HTMLCanvasElement);
const methodChoice = byId('heat-method', HTMLSelectElement);
const classChoice = byId('heat-class', HTMLSelectElement);
const layerChoice = byId('heat-layer', HTMLSelectElement);
const layerField = byId('heat-layer-field', HTMLElement);
const opacity = byId('heat-opacity', HTMLInputElement);
const legend = byId('heat-legend', HTMLElement);
const words = byId('heat-words', HTMLElement);

/** While training a map is made again this often. */
const MILLISECONDS = 1000;
/** Names and explanations of the methods. @type {Record<AttributionMethod, [name: string, tip: string]>} */
const METHODS = {
  'class-activation': [
    'class activation map',
    'The maps that are averaged at the end, each by its weight for the class',
  ],
  'grad-cam': ['Grad-CAM', 'The maps of a layer, each by how much the score of the class rises with it'],
  'integrated-gradients': [
    'integrated gradients',
    'The gradient of the score, added up on the way from a black image to this one; all places together make up the whole score',
  ],
  occlusion: ['occlusion', 'How much the score falls when a square of the image is hidden'],
};

/** The subject of the shown map. @type {{ place: unknown[], theta: number, at: number }} */
let asked = { place: [], theta: -1, at: -Infinity };
/** The manner in which it was painted. @type {unknown[]} */
let painted = [];
/** @type {Explanation | null} */
let found = null;
/** The bytes of the input, and how often they have changed. @type {{ bytes: Uint8Array | null, version: number }} */
let input = { bytes: null, version: 0 };

/** The request to the engine. @returns {Explain | null} null where this network has nothing of the kind */
export function heatChoice() {
  const summary = store.model?.attribution;
  if (!summary) return null;
  offer(summary);
  const method = /** @type {AttributionMethod} */ (methodChoice.value);
  const number = (/** @type {string} */ value) => (value === '' ? null : Number(value));
  return { method, class: number(classChoice.value), block: method === 'grad-cam' ? number(layerChoice.value) : null };
}

/** The manner of painting. @returns {[dark: boolean, opacity: number]} */
export function heatPaint() {
  return [theme() === 'dark', opacity.valueAsNumber];
}

function draw() {
  setHidden(fold, !store.model?.attribution);
  const choice = fold.open && fold.clientWidth > 0 ? heatChoice() : null;
  if (!choice) {
    setHidden(figure, true);
    [found, asked.place] = [null, []];
    return;
  }
  followInput();
  const { data, network, written, theta } = store.stamps;
  const place = [...Object.values(choice), store.example, input.version, data, network, written];
  const isSame = same(place, asked.place);
  if (isSame && theta === asked.theta) {
    if (found && !same(heatPaint(), painted)) repaint();
    return;
  }
  const early = isSame ? asked.at + MILLISECONDS - performance.now() : 0;
  if (early > 0) setTimeout(invalidate, early);
  else if (input.bytes && explain()) asked = { place, theta, at: performance.now() };
}

/** An own image can be another one under the same number. */
function followInput() {
  const bytes = shownExample()?.input ?? null;
  if (bytes === input.bytes) return;
  const isOther =
    !bytes || !input.bytes || bytes.length !== input.bytes.length || bytes.some((b, i) => b !== input.bytes?.[i]);
  input = { bytes, version: input.version + Number(isOther) };
}

const explain = oneAtATime(
  async () => {
    const choice = heatChoice();
    const facts = choice && (await engine().jobRun('explain', choice));
    painted = heatPaint();
    return { facts: facts?.[0] ?? null, picture: facts && (await engine().heatMaps(false, ...heatPaint())) };
  },
  ({ facts, picture }) => {
    found = facts;
    show(picture);
  },
  fail,
);

const repaint = oneAtATime(
  async () => {
    painted = heatPaint();
    return engine().heatMaps(false, ...heatPaint());
  },
  show,
  fail,
);

/** @param {unknown} error */
function fail(error) {
  found = null;
  setHidden(figure, true);
  showError(error);
}

/** @param {Thumbnails | null} picture */
function show(picture) {
  setHidden(figure, !picture || !found);
  setHidden(legend, !picture || !found);
  if (!picture || !found) return;
  showPixels(canvas, picture.pixels, picture.width, picture.height, pictureScale(picture.width, picture.height));
  const name = store.model?.attribution?.classes[found.class] ?? `class ${found.class + 1}`;
  setAttribute(canvas, 'aria-label', `Where it looks for ${name}`);
  const isSigned = methodChoice.value !== 'grad-cam';
  legend.classList.toggle('one-sided', !isSigned);
  setText(byId('heat-low', HTMLElement), isSigned ? `against, −${significant(found.limit, 2)}` : '0');
  setText(byId('heat-high', HTMLElement), `${significant(found.limit, 2)}, for`);
  const complete =
    found.gap === null ? '' : `, complete within ${percent(found.gap)} at ${count(found.parts ?? 0)} points`;
  setText(words, `for ${name}, predicted with ${percent(found.probability)}${complete}`);
}

/** @param {AttributionSummary} summary */
function offer({ classes, methods, blocks, block }) {
  fill(
    methodChoice,
    methods.map((method) => [method, METHODS[method][0]]),
    methods.includes('grad-cam') ? 'grad-cam' : methods[0],
  );
  fill(classChoice, [['', 'the predicted one'], ...classes.map((name, index) => [String(index), name])], '');
  fill(
    layerChoice,
    blocks.map((index) => [String(index), store.model?.blocks[index]?.name ?? String(index)]),
    block === null ? '' : String(block),
  );
  setAttribute(methodChoice, 'data-tip', METHODS[/** @type {AttributionMethod} */ (methodChoice.value)]?.[1] ?? '');
  setHidden(layerField, methodChoice.value !== 'grad-cam');
}

/** Offers choices; one that a person has made stays if it is among them. @param {HTMLSelectElement} select @param {string[][]} options @param {string} usual */
function fill(select, options, usual) {
  const before = select.value;
  if (!setOptions(select, options)) return;
  const stays = select.dataset.chosen && select.value === before;
  if (!stays) setValue(select, usual);
}

addPart(draw);
fold.addEventListener('toggle', invalidate);
document.addEventListener('theme', invalidate);
for (const select of [methodChoice, classChoice, layerChoice])
  select.addEventListener('change', () => {
    select.dataset.chosen = 'true';
    invalidate();
  });
opacity.addEventListener('input', invalidate);
