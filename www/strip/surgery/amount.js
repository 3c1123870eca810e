// A number by slider and box: whole, or positive on a logarithmic slider.

import { create, setAttribute } from '../../ui/dom.js';
import { setting } from '../../ui/format.js';

/**
 * @param {{ label: string, low: number, high: number, value: number, logarithmic?: boolean }} options
 * @param {(value: number) => void} onInput
 */
export function amount({ label, low, high, value, logarithmic = false }, onInput) {
  const step = logarithmic ? 'any' : '1';
  const [from, to] = logarithmic ? [Math.log10(low), Math.log10(high)] : [low, high];
  const slider = create('input', {
    type: 'range',
    autocomplete: 'off',
    'aria-label': label,
    min: String(from),
    max: String(to),
    step: logarithmic ? '0.05' : '1',
  });
  const box = create('input', { type: 'number', autocomplete: 'off', 'aria-label': `${label}, as a number`, step });
  const home = value;
  /** @param {number} value */
  const show = (value) => {
    slider.value = String(logarithmic ? Math.log10(value) : value);
    box.value = logarithmic ? setting(value) : String(value);
    setAttribute(slider, 'aria-valuetext', box.value);
  };
  /** @param {number} value */
  const send = (value) => {
    show(value);
    onInput(value);
  };
  slider.addEventListener('input', () =>
    send(logarithmic ? Number((10 ** slider.valueAsNumber).toPrecision(2)) : slider.valueAsNumber),
  );
  slider.addEventListener('dblclick', () => send(home));
  box.addEventListener('change', () => {
    const typed = logarithmic ? box.valueAsNumber : Math.round(box.valueAsNumber);
    if (typed > 0) send(typed);
    else show(home);
  });
  show(value);
  const pair = create('span', { class: 'pair' }, slider, box);
  return { element: create('div', { class: 'surgery-field' }, create('span', {}, label), pair) };
}
