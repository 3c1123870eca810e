// What each neuron of a layer contributes: how much the loss grows without it, as bars.

import { create } from '../../ui/dom.js';
import { count, loss } from '../../ui/format.js';

/** @import { Contributions } from '../../engine/types.js' */

/** Bars that are shown. */
const MOST = 256;

/** @param {HTMLElement} place @param {Contributions} found @param {number} chosen how many of the least missed are marked */
export function showContributions(place, { images, loss: whole, without, ranked }, chosen) {
  const grows = without.map((sum) => sum - whole);
  const most = Math.max(...grows.map(Math.abs), Number.MIN_VALUE);
  const marked = new Set(ranked.slice(0, chosen));
  const last = ranked[ranked.length - 1];
  const bars = grows.slice(0, MOST).map((by, unit) => {
    const bar = create('i', { 'data-tip': `${count(unit)}: loss ${loss(without[unit])} without it` });
    bar.style.height = `${Math.max(4, (100 * Math.abs(by)) / most)}%`;
    bar.dataset.sign = by < 0 ? 'less' : 'more';
    bar.dataset.chosen = String(marked.has(unit));
    return bar;
  });
  const words = `Loss ${loss(whole)} on ${count(images)} images; up to ${loss(without[last])} without one of them (number ${count(last)}).`;
  place.replaceChildren(
    create('div', { class: 'surgery-bars', role: 'img', 'aria-label': words }, ...bars),
    create('p', { class: 'muted small' }, words),
  );
}
