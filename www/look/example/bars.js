// The probabilities of the classes as bars.

import { same, store } from '../../app/store.js';
import { create, setText } from '../../ui/dom.js';
import { percent } from '../../ui/format.js';

/** @typedef {{ name: string, value: number }} Share */

/** Up to this many classes are all listed, in their own order. */
const FEW = 12;

/**
 * Bars that can be read while training moves their values: each name stays where it is. Few classes are in their order;
 * many are sorted once for an example, and a newcomer takes the place of a name that has left the list.
 * @param {HTMLElement} list
 * @param {number} [most] bars at most
 */
export function createBars(list, most = Infinity) {
  /** What the list was sorted for, and the names in it from top to bottom. @type {{ place: unknown[], names: string[] }} */
  let order = { place: [], names: [] };

  /** @param {Share[]} shares the likeliest first @returns {Share[]} */
  function inPlace(shares) {
    const classes = store.model?.attribution?.classes ?? [];
    if (classes.length > 0 && classes.length <= Math.min(FEW, most, shares.length))
      return [...shares].sort((one, other) => classes.indexOf(one.name) - classes.indexOf(other.name));
    const place = [store.example, store.stamps.data, store.stamps.network];
    const found = new Map(shares.slice(0, most).map((each) => [each.name, each]));
    if (!same(place, order.place)) order = { place, names: [...found.keys()] };
    const newcomers = [...found.keys()].filter((name) => !order.names.includes(name));
    const names = order.names.map((name) => (found.has(name) ? name : newcomers.shift()));
    order.names = [...names, ...newcomers].filter((name) => name !== undefined);
    return order.names.map((name) => /** @type {Share} */ (found.get(name)));
  }

  /** @param {Share[]} shares the likeliest first @param {string | null} truth */
  return (shares, truth) => {
    const listed = inPlace(shares);
    if (list.children.length !== listed.length) list.replaceChildren(...listed.map(bar));
    const largest = Math.max(...listed.map(({ value }) => value));
    const isUndecided = isEven(shares);
    listed.forEach(({ name, value }, i) => {
      const each = list.children[i];
      setText(each.children[0], name);
      setText(each.children[1], percent(value));
      each.classList.toggle('truth', name === truth);
      each.classList.toggle('winner', value === largest && !isUndecided);
      const fill = /** @type {HTMLElement} */ (each.children[2].firstElementChild);
      fill.style.width = `${(value * 100).toFixed(1)}%`;
    });
  };
}

/** Whether no class is likelier than another, as where columns have learnt nothing. @param {Share[]} shares the likeliest first */
export const isEven = (shares) => shares.length > 1 && shares[0].value === shares[shares.length - 1].value;

function bar() {
  return create(
    'li',
    {},
    create('span', { class: 'name-of' }),
    create('span', { class: 'share' }),
    create('span', { class: 'track' }, create('span', { class: 'fill' })),
  );
}
