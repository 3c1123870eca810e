// The small card beside the pointer that says what the neuron under it is.

import { byId, create, setHidden } from './dom.js';
import { signed } from './format.js';

/** @import { Hit } from './types.js' */

const card = byId('hover', HTMLElement);
const frame = byId('network-frame', HTMLElement);

/** @param {Hit} hit @returns {Node[]} */
export function describeHit(hit) {
  const where = hit.channel > 0 || hit.x > 0 || hit.y > 0 ? `x ${hit.x}, y ${hit.y}, channel ${hit.channel}` : `neuron ${hit.index}`;
  const rows = [['value', signed(hit.value)]];
  if (hit.bias !== null && hit.bias !== undefined) rows.push(['bias', signed(hit.bias)]);
  for (const { name, index, weight } of hit.incoming.slice(0, 5)) rows.push([`from ${name} ${index}`, signed(weight)]);
  const lines = rows.map(([name, value]) => create('tr', {}, create('td', {}, name), create('td', {}, value)));
  return [create('b', {}, hit.title || hit.name), create('div', { class: 'muted' }, where), create('table', {}, create('tbody', {}, ...lines))];
}

/** @param {Node[]} content @param {number} x CSS pixels in the canvas @param {number} y */
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
