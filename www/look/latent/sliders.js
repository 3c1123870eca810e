// The values of the code on sliders; of a long code its main directions, and the values in a folded list.

import { addPart, same, store } from '../../app/store.js';
import { changeCode, latent } from './latent.js';
import { isTabSeen } from './editor.js';
import { byId, create, setAttribute, setHidden, setText, setValue } from '../../ui/dom.js';
import { percent } from '../../ui/format.js';
import { createSlider, written } from '../../ui/slider.js';

/** @import { Code } from '../../engine/types.js' */

const list = byId('code-sliders', HTMLElement);
const fold = byId('code-values-fold', HTMLDetailsElement);
const foldTitle = byId('code-values-title', HTMLElement);
const boxes = byId('code-values', HTMLElement);

/** A longer code is steered by its directions. */
const MOST_SLIDERS = 32;
const DIRECTIONS = 12;
/** Number boxes in the list; of a longer code the first. */
const MOST_BOXES = 512;
/** How far a direction's slider reaches, in standard deviations of the examples. */
const REACH = 3;

/** @type {ReturnType<typeof createSlider>[]} */
let sliders = [];
/** What they were made for. @type {unknown[]} */
let made = [];
/** Ends of each slider, and what they were made for. @type {[number, number][]} */
let ranges = [];
/** @type {unknown[]} */
let rangesOf = [];
let shown = -1;

function draw() {
  if (!isTabSeen('sliders') || !latent.known || (shown === latent.version && made.length > 0)) return;
  shown = latent.version;
  const { values } = latent.known;
  const byValue = values.length <= MOST_SLIDERS;
  const count = byValue
    ? values.length
    : latent.directions
      ? Math.min(DIRECTIONS, latent.directions.deviations.length)
      : 0;
  const wanted = [byValue, count, values.length, store.stamps.network, latent.directions?.step];
  if (!same(wanted, made)) {
    made = wanted;
    build(byValue, count);
  }
  if (byValue) showValues(latent.known);
  else sliders.forEach((slider, i) => slider.show(latent.directions?.positions[i] ?? 0));
  setHidden(fold, byValue);
  setText(
    foldTitle,
    values.length > MOST_BOXES ? `The first ${MOST_BOXES} of ${values.length} values` : `All ${values.length} values`,
  );
  if (!byValue && fold.open) showBoxes(values);
}

/** The ends stay where they are while the value lies between them: a slider that was moved must not move its scale. @param {Code} now */
function showValues({ values, low, high }) {
  const of = [...made, store.example];
  sliders.forEach((slider, i) => {
    const [from, to] = ranges[i] ?? [0, 0];
    if (!same(of, rangesOf) || values[i] < from || values[i] > to) {
      ranges[i] = [low[i], high[i]];
      slider.setRange(low[i], high[i]);
    }
    slider.show(values[i]);
  });
  rangesOf = of;
}

/** @param {boolean} byValue @param {number} count */
function build(byValue, count) {
  list.classList.toggle('directions', !byValue);
  const { directions } = latent;
  sliders = Array.from({ length: count }, (_, i) =>
    byValue
      ? createSlider({
          label: `Code value ${i + 1}`,
          low: -1,
          high: 1,
          onInput: (value) => changeCode((engine) => engine.setCodeValue(i, value)),
        })
      : createSlider({
          label: `Direction ${i + 1}`,
          low: -REACH * (directions?.deviations[i] || 1),
          high: REACH * (directions?.deviations[i] || 1),
          onInput: (value) => changeCode((engine) => engine.setDirection(i, value)),
        }),
  );
  list.replaceChildren(
    ...sliders.map(({ element }, i) =>
      create(
        'li',
        {},
        create('span', {}, byValue ? String(i + 1) : `${i + 1} · ${percent(directions?.explained[i] ?? 0)}`),
        element,
      ),
    ),
  );
  if (!byValue)
    setAttribute(list, 'data-tip', 'Main directions of the codes of all examples, with their share of the variance');
  else list.removeAttribute('data-tip');
  setHidden(list, count === 0);
}

/** @param {Float32Array} values */
function showBoxes(values) {
  const length = Math.min(values.length, MOST_BOXES);
  if (boxes.children.length !== length) {
    boxes.replaceChildren(
      ...Array.from({ length }, (_, i) => {
        const box = create('input', { type: 'number', step: 'any', 'aria-label': `Code value ${i + 1}` });
        box.addEventListener('change', () => {
          if (Number.isFinite(box.valueAsNumber)) changeCode((engine) => engine.setCodeValue(i, box.valueAsNumber));
        });
        return box;
      }),
    );
  }
  for (let i = 0; i < length; i++) setValue(/** @type {HTMLInputElement} */ (boxes.children[i]), written(values[i]));
}

addPart(draw);
fold.addEventListener('toggle', () => {
  shown = -1;
  draw();
});
