// One example: what went in, what came out, what should have, and the difference; for a classifier the probabilities.

import { addPart, store, touch } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { byId, create, setAttribute, setDisabled, setHidden, setText, setValue } from '../../ui/dom.js';
import { count, isNumber, loss, percent, significant } from '../../ui/format.js';
import { scaleFor, showPixels } from '../../ui/pixels.js';
import { theme } from '../../ui/theme.js';
import { narrow } from '../../ui/layout.js';
import { isEdited } from '../latent/latent.js';
import { createBars, isEven } from './bars.js';

/** @import { Example } from '../../engine/types.js' */

const index = byId('example-index', HTMLInputElement);
const total = byId('example-count', HTMLElement);
const split = byId('example-split', HTMLElement);
const nameLine = byId('example-name', HTMLElement);
const pictures = byId('pictures', HTMLElement);
const input = byId('input-image', HTMLCanvasElement);
const output = byId('output-image', HTMLCanvasElement);
const difference = byId('difference-image', HTMLCanvasElement);
const target = byId('target-image', HTMLCanvasElement);
const outputFigure = byId('output-figure', HTMLElement);
const targetFigure = byId('target-figure', HTMLElement);
const differenceFigure = byId('difference-figure', HTMLElement);
const facts = byId('example-facts', HTMLElement);
const answer = byId('example-answer', HTMLElement);
const bars = byId('probabilities', HTMLElement);
const showBars = createBars(bars);
const buttons = ['previous', 'next', 'random'].map((name) => byId(`example-${name}`, HTMLButtonElement));

/** While training the example is asked for this often. */
const MILLISECONDS = 200;
const GAP = 12;
/** Letters of a class that leave no room beside them. */
const LONG_NAME = 12;

/** @type {Example | null} */
let example = null;
/** The one that the engine was asked for. */
let asked = 0;
/** Whether it was shown with a code that a person made. */
let shownEdited = false;

function draw() {
  if (!store.engine || !store.data) return;
  for (const button of buttons) setDisabled(button, false);
  look(store.example, theme());
  if (shownEdited !== isEdited()) show();
}

const look = createView({
  every: MILLISECONDS,
  first: true,
  ask() {
    asked = store.example;
    return [['example', asked, theme() === 'dark']];
  },
  take(/** @type {Example} */ answer) {
    // Other data or another network took the person's own image away.
    if (asked < 0 && answer.index >= 0 && store.example < 0 && !store.ownComes) store.example = answer.index;
    example = answer;
    show();
  },
});

function show() {
  if (!example || pictures.clientWidth === 0) return;
  const { width, height, outputWidth, outputHeight, name, label, probabilities } = example;
  const own = store.example < 0;
  shownEdited = isEdited();
  setValue(index, own ? '' : String(example.index + 1));
  index.max = String(example.count);
  setText(total, own ? 'own image' : `of ${count(example.count)}`);
  setText(
    split,
    {
      own: 'yours, not trained on',
      train: 'in training',
      validation: 'validation, kept out of training',
      test: 'test, kept out of training',
    }[example.split.toLowerCase()] ?? example.split,
  );
  setText(nameLine, label && !name.includes(label) ? `${name} · ${label}` : name);
  nameLine.title = name;
  const scale = pictureScale(width, height);
  showPixels(input, example.input, width, height, scale);
  const outputScale = pictureScale(outputWidth, outputHeight);
  for (const [figure, canvas, pixels] of /** @type {[HTMLElement, HTMLCanvasElement, Uint8Array | null][]} */ ([
    [outputFigure, output, example.output],
    [targetFigure, target, example.target],
    [differenceFigure, difference, shownEdited ? null : example.difference], // it paints another picture on purpose
  ])) {
    setHidden(figure, !pixels);
    if (pixels) showPixels(canvas, pixels, outputWidth, outputHeight, outputScale);
  }
  setAttribute(input, 'aria-label', `Input: ${name}${label ? `, class ${label}` : ''}`);
  showFacts(example, scale);
  setHidden(bars, !probabilities);
  setHidden(answer, !probabilities);
  if (!probabilities) return;
  answer.classList.toggle(
    'stacked',
    probabilities.some(({ name }) => name.length > LONG_NAME),
  );
  showBars(probabilities, label);
  const [{ name: predicted, value }] = probabilities;
  if (isEven(probabilities)) {
    setText(answer.children[0], 'undecided');
    return setText(answer.children[1], '');
  }
  setText(answer.children[0], predicted);
  setText(
    answer.children[1],
    `${percent(value)}${label !== null && label !== predicted ? `, but it is ${label}` : ''}`,
  );
}

/** The example as it was shown last. */
export function shownExample() {
  return example;
}

/** Device pixels for each pixel of the pictures. @param {number} width @param {number} height */
export function pictureScale(width, height) {
  const abreast = pictures.classList.contains('large') ? 1 : narrow.matches ? 3 : 2;
  return scaleFor(width, height, (pictures.clientWidth - (abreast - 1) * GAP) / abreast);
}

/** @param {Example} of @param {number} scale */
function showFacts({ width, height, loss: error, psnr, identity, label, numbers }, scale) {
  const rows = [];
  if (label) rows.push(['class', label]);
  if (shownEdited) rows.push(['code', 'edited by you']);
  else if (isNumber(error)) rows.push(['loss', loss(error)]);
  if (isNumber(psnr) && !shownEdited) rows.push(['PSNR', `${psnr.toFixed(1)} dB`]);
  if (isNumber(identity) && !shownEdited) rows.push(['of the input', `${identity.toFixed(1)} dB`]);
  for (const { name, value, expected } of numbers ?? []) {
    rows.push([name, significant(value, 4) + (expected === null ? '' : ` (${significant(expected, 4)})`)]);
  }
  const drawn = scale / devicePixelRatio;
  rows.push([
    'size',
    `${width} × ${height}${drawn === 1 ? '' : drawn > 1 ? `, shown ×${Number(drawn.toFixed(2))}` : `, shown 1 in ${Math.round(1 / drawn)}`}`,
  ]);
  if (facts.children.length !== rows.length) {
    facts.replaceChildren(...rows.map(() => create('div', {}, create('dt'), create('dd'))));
  }
  rows.forEach(([name, value], i) => {
    setText(facts.children[i].children[0], name);
    setText(facts.children[i].children[1], value);
  });
}

/** Shows another example; past the last comes the first. @param {number} to */
export function goTo(to) {
  const known = example?.count ?? 0;
  if (known === 0 || !Number.isFinite(to)) return;
  store.example = ((Math.round(to) % known) + known) % known;
  index.value = String(store.example + 1);
  touch();
}

/** @param {number} by */
export function stepBy(by) {
  goTo(store.example + by);
}

export function another() {
  const known = example?.count ?? 0;
  if (known > 1) goTo(store.example + 1 + Math.floor(Math.random() * (known - 1)));
}

/** Makes the pictures as large as the card, or smaller again. */
export function enlarge() {
  pictures.classList.toggle('large');
  show();
}

addPart(draw);
new ResizeObserver(show).observe(pictures);
pictures.addEventListener('click', ({ target }) => {
  if (target instanceof HTMLCanvasElement) enlarge();
});
index.addEventListener('change', () => goTo(Math.min(example?.count ?? 1, Math.max(1, index.valueAsNumber)) - 1));
buttons[0].addEventListener('click', () => stepBy(-1));
buttons[1].addEventListener('click', () => stepBy(1));
buttons[2].addEventListener('click', another);
