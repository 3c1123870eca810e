// What the drawn network shows: what colours its cells, and which connections are drawn.

import { invalidate } from '../app/store.js';
import { byId, create, radioGroup, setAttribute } from '../ui/dom.js';

/** What a neuron's colour stands for: the engine's word, ours, and what it means. */
const MODES = [
  ['activation', 'values', 'Each cell is a neuron, coloured by its value for the example shown'],
  ['weights', 'weights', 'Each neuron by the weights that lead to it'],
  ['bias', 'bias', 'Each neuron by its bias'],
  ['change', 'change', 'Each neuron by what training has added to its weights'],
  ['gradient', 'gradient', 'Each neuron by how the error of the example shown would change with it'],
  ['dead', 'dead', 'How often a neuron passes no gradient: orange where it is off, blue where it is saturated'],
];
/** Lines drawn at most, the strongest first. */
const CONNECTIONS = 2000;

/** @type {{ mode: string, by: 'strength' | 'contribution', cut: number, connections: number }} */
export const look = { mode: 'activation', by: 'strength', cut: 0, connections: CONNECTIONS };

const modes = byId('view-modes', HTMLElement);
const lines = byId('view-lines', HTMLSelectElement);
const cut = byId('view-cut', HTMLInputElement);

modes.replaceChildren(
  ...MODES.map(([value, name, tip]) =>
    create('button', { type: 'button', role: 'radio', 'data-value': value, 'data-tip': tip }, name),
  ),
);
radioGroup(modes, (value) => {
  look.mode = value;
  invalidate();
})(look.mode);
lines.addEventListener('change', () => {
  look.connections = lines.value === 'none' ? 0 : CONNECTIONS;
  if (lines.value !== 'none') look.by = lines.value === 'contribution' ? 'contribution' : 'strength';
  cut.disabled = look.connections === 0;
  invalidate();
});
cut.addEventListener('input', () => {
  look.cut = Number(cut.value);
  setAttribute(cut, 'aria-valuetext', `weaker than ${Math.round(look.cut * 100)} % of the strongest left out`);
  invalidate();
});
cut.addEventListener('dblclick', () => {
  cut.value = '0';
  look.cut = 0;
  invalidate();
});
