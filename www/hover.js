// The small card beside the pointer that says what the neuron under it is.

import { app } from './app.js';
import { byId, create, setHidden } from './dom.js';
import { signed } from './format.js';

/** @import { Hit } from './types.js' */

const card = byId('hover', HTMLElement);
const frame = byId('network-frame', HTMLElement);

/** @param {Hit} hit @returns {(Node | string)[]} */
export function describeHit(hit) {
  const rows = [['value', signed(hit.value)]];
  if (hit.bias !== null && hit.bias !== undefined) rows.push(['bias', signed(hit.bias)]);
  for (const { name, index, weight } of hit.incoming.slice(0, 5)) rows.push([`from ${name} ${place(name, index)}`, signed(weight)]);
  const lines = rows.map(([name, value]) => create('tr', {}, create('td', {}, name), create('td', {}, value)));
  return [create('b', {}, hit.name), ` ${hit.title === hit.name ? '' : hit.title}`, create('div', { class: 'muted' }, place(hit.name, hit.index)), create('table', {}, create('tbody', {}, ...lines))];
}

/** Where a value lies in its layer: index = (y * width + x) * channels + channel. @param {string} name @param {number} index */
function place(name, index) {
  const layer = app.model?.blocks.find((block) => block.name === name);
  if (!layer || layer.width * layer.height === 1) return `no. ${index + 1}`;
  const pixel = Math.floor(index / layer.channels);
  const channel = layer.channels > 1 ? `, channel ${index % layer.channels}` : '';
  return `${pixel % layer.width}, ${Math.floor(pixel / layer.width)}${channel}`;
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
