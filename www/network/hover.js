// The small card beside the pointer that says what the neuron under it is.

import { byId, create, setHidden } from '../ui/dom.js';
import { signed } from '../ui/format.js';
import { nameOf, placeOf, shortNameOf } from './selection.js';

/** @import { ConnectionView, Hit } from '../engine/types.js' */

const card = byId('hover', HTMLElement);
const frame = byId('network-frame', HTMLElement);

/** Connections listed of each kind. */
const TOLD = 4;

/** @param {Hit} hit @returns {(Node | string)[]} */
export function describeHit(hit) {
  const rows = [['value', signed(hit.value)]];
  if (hit.bias !== null) rows.push(['bias', signed(hit.bias)]);
  for (const link of hit.incoming.slice(0, TOLD)) rows.push([`from ${nameOf(link)}`, signed(link.weight)]);
  for (const link of hit.outgoing.slice(0, TOLD)) rows.push([`to ${nameOf(link)}`, signed(link.weight)]);
  const lines = rows.map(([name, value]) => create('tr', {}, create('td', {}, name), create('td', {}, value)));
  const where = [hit.title === hit.name ? '' : hit.title, placeOf(hit)].filter(Boolean).join(' · ');
  return [
    create('b', {}, shortNameOf(hit)),
    create('div', { class: 'muted' }, where),
    create('table', {}, create('tbody', {}, ...lines)),
  ];
}

/** @param {ConnectionView} connection @returns {(Node | string)[]} */
export function describeConnection({ source, target, weight, value, contribution }) {
  const rows = [
    ['weight', signed(weight)],
    ['source', signed(value)],
    ['contributes', signed(contribution)],
  ];
  const lines = rows.map(([name, value]) => create('tr', {}, create('td', {}, name), create('td', {}, value)));
  return [
    create('b', {}, `${nameOf(source)} to ${nameOf(target)}`),
    create('table', {}, create('tbody', {}, ...lines)),
  ];
}

/** @param {(Node | string)[]} content @param {number} x CSS pixels in the canvas @param {number} y */
export function showHover(content, x, y) {
  card.replaceChildren(...content);
  setHidden(card, false);
  const right = x + 16 + card.offsetWidth > frame.clientWidth;
  const below = y + 16 + card.offsetHeight > frame.clientHeight;
  card.style.left = `${right ? Math.max(0, x - 16 - card.offsetWidth) : x + 16}px`;
  card.style.top = `${below ? Math.max(0, y - 16 - card.offsetHeight) : y + 16}px`;
}

export function hideHover() {
  setHidden(card, true);
}
