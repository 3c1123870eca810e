// A slider with a number box: what a person holds is never moved by what the engine reports.

import { create, setAttribute } from './dom.js';

/** After a change the engine's next answers may still be the old ones. */
const SETTLE_MILLISECONDS = 250;

/**
 * @param {object} options
 * @param {string} options.label for people who do not see it
 * @param {string} [options.tip]
 * @param {number} [options.low] without, the range is symmetric and grows with the value
 * @param {number} [options.high]
 * @param {(value: number) => void} options.onInput
 * @param {() => void} [options.onEnd] the slider was let go
 * @param {number} [options.home] what a double click goes back to
 */
export function createSlider({ label, tip = '', low, high, onInput, onEnd, home = 0 }) {
  const slider = create('input', { type: 'range', step: 'any', 'aria-label': label });
  const box = create('input', { type: 'number', step: 'any', 'aria-label': `${label}, as a number` });
  if (tip) setAttribute(slider, 'data-tip', tip);
  const element = create('span', { class: 'pair' }, slider, box);
  let held = false;
  let heldUntil = 0;
  let limit = 0;
  /** What a person has typed and not yet entered. @type {string | null} */
  let typed = null;

  /** @param {number} from @param {number} to */
  function range(from, to) {
    if (slider.min === String(from) && slider.max === String(to)) return;
    slider.min = String(from);
    slider.max = String(to);
  }

  /** @param {number} value */
  function reach(value) {
    if (low !== undefined && high !== undefined) return range(low, high);
    const needed = Math.abs(value) * 1.25;
    if (limit === 0 || needed > limit || Math.abs(value) < limit / 20)
      limit = roundUp(Math.max(2 * Math.abs(value), 0.1));
    range(-limit, limit);
  }

  slider.addEventListener('input', () => {
    held = true;
    const value = Number(slider.value);
    box.value = written(value);
    onInput(value);
  });
  for (const name of ['change', 'blur']) {
    slider.addEventListener(name, () => {
      if (held) {
        heldUntil = performance.now() + SETTLE_MILLISECONDS;
        onEnd?.();
      }
      held = false;
    });
  }
  slider.addEventListener('dblclick', () => onInput(home));
  box.addEventListener('input', () => {
    typed = box.value;
  });
  box.addEventListener('change', () => {
    const value = Number.parseFloat(typed ?? box.value);
    typed = null;
    if (Number.isFinite(value)) {
      heldUntil = performance.now() + SETTLE_MILLISECONDS;
      onInput(value);
      onEnd?.();
    }
  });
  box.addEventListener('blur', () => {
    typed = null;
  });

  return {
    element,
    /** Ends of the slider, where they are known. @param {number} from @param {number} to */
    setRange(from, to) {
      if (held || !(to > from)) return;
      [low, high] = [from, to];
      range(from, to);
    },
    /** Shows what is, unless the person is about to change it. @param {number} value */
    show(value) {
      if (held || typed !== null || performance.now() < heldUntil) return;
      reach(value);
      if (box.value !== written(value)) box.value = written(value);
      const position = String(value);
      if (slider.value !== position) slider.value = position;
      setAttribute(slider, 'aria-valuetext', written(value));
    },
    get held() {
      return held || element.contains(document.activeElement);
    },
  };
}

/** @param {number} value */
export function written(value) {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : '';
}

/** The next of 0.1, 0.2, 0.5, 1, 2, 5 ... @param {number} value */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const lead = [1, 2, 5, 10].find((lead) => lead * power >= value * 0.999) ?? 10;
  return Number((lead * power).toPrecision(3));
}
