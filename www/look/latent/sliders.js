// The values of the code on sliders; of a long code its main directions, in standard deviations of the examples, and the
// values in a folded list. The slider that is at hand shows what the decoder paints at both of its ends.

import { addPart, invalidate, same, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { changeCode, latent } from './latent.js';
import { isTabSeen } from './editor.js';
import { byId, create, setAttribute, setHidden, setText, setValue } from '../../ui/dom.js';
import { percent } from '../../ui/format.js';
import { scaleFor, showPixels } from '../../ui/pixels.js';
import { createSlider, written } from '../../ui/slider.js';

/** @import { Code, Pictures } from '../../engine/types.js' */

const list = byId('code-sliders', HTMLElement);
const fold = byId('code-values-fold', HTMLDetailsElement);
const foldTitle = byId('code-values-title', HTMLElement);
const boxes = byId('code-values', HTMLElement);
const endsRow = byId('code-ends', HTMLElement);
const endsWords = byId('code-ends-words', HTMLElement);
const ends = [...endsRow.querySelectorAll('canvas')];

/** A longer code is steered by its directions. */
const MOST_SLIDERS = 32;
const DIRECTIONS = 12;
/** Number boxes in the list; of a longer code the first. */
const MOST_BOXES = 512;
/** How far a direction's slider reaches, in standard deviations of the examples. */
const REACH = 3;
/** CSS pixels of a picture of an end at most. */
const END = 64;
/** While training the ends are painted again this often. */
const MILLISECONDS = 500;

/** @type {ReturnType<typeof createSlider>[]} */
let sliders = [];
/** What they were made for. @type {unknown[]} */
let made = [];
/** Ends of each slider, and what they were made for. @type {[number, number][]} */
let ranges = [];
/** @type {unknown[]} */
let rangesOf = [];
let shown = -1;
/** The slider whose ends are painted. */
let atHand = 0;

function draw() {
  if (!isTabSeen('sliders') || !latent.known) return;
  if (sliders.length > 0) lookAtEnds(atHand, made.length, store.example, latent.directions?.step);
  if (shown === latent.version && made.length > 0) return;
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
  else sliders.forEach((slider, i) => slider.show((latent.directions?.positions[i] ?? 0) / deviation(i)));
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

/** How far the examples spread along a direction. @param {number} direction */
const deviation = (direction) => latent.directions?.deviations[direction] || 1;

const lookAtEnds = createView({
  every: MILLISECONDS,
  least: MILLISECONDS,
  ask: () => (latent.known && sliders[atHand] ? [endsOf(atHand)] : []),
  take: showEnds,
  fail: () => setHidden(endsRow, true), // another network has come
});

/** What paints both ends of a slider. @param {number} number @returns {[string, ...any[]]} */
function endsOf(number) {
  const { values } = /** @type {Code} */ (latent.known);
  if (values.length > MOST_SLIDERS) return ['directionEnds', number, REACH];
  const codes = new Float32Array([...values, ...values]);
  (ranges[number] ?? [0, 0]).forEach((end, side) => {
    codes[side * values.length + number] = end;
  });
  return ['decode', codes];
}

/** @param {Pictures} [pictures] */
function showEnds(pictures) {
  if (!pictures) return;
  setHidden(endsRow, false);
  const { width, height, pixels } = pictures;
  const area = 4 * width * height;
  ends.forEach((canvas, side) =>
    showPixels(canvas, pixels.subarray(side * area, (side + 1) * area), width, height, scaleFor(width, height, END)),
  );
  const byValue = latent.known && latent.known.values.length <= MOST_SLIDERS;
  setText(
    endsWords,
    byValue ? `value ${atHand + 1} from end to end` : `direction ${atHand + 1}, −${REACH} σ to ${REACH} σ`,
  );
}

/** @param {boolean} byValue @param {number} count */
function build(byValue, count) {
  list.classList.toggle('directions', !byValue);
  const { directions } = latent;
  atHand = Math.min(atHand, Math.max(0, count - 1));
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
          low: -REACH,
          high: REACH,
          onInput: (value) => changeCode((engine) => engine.setDirection(i, value * deviation(i))),
        }),
  );
  list.replaceChildren(
    ...sliders.map(({ element }, i) => {
      const name = byValue ? String(i + 1) : `${i + 1} · ${percent(directions?.explained[i] ?? 0)}`;
      const row = create('li', {}, create('span', {}, name), element);
      for (const event of ['focusin', 'pointerenter']) row.addEventListener(event, () => takeUp(i));
      return row;
    }),
  );
  if (!byValue)
    setAttribute(
      list,
      'data-tip',
      'Main directions of the codes of all examples, with their share of the variance; moved in standard deviations of the examples',
    );
  else list.removeAttribute('data-tip');
  setHidden(list, count === 0);
  setHidden(endsRow, true); // until its pictures are there
}

/** @param {number} slider */
function takeUp(slider) {
  if (atHand === slider) return;
  atHand = slider;
  invalidate();
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
