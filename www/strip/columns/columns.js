// Spiking columns: what each has wired, how much it votes for what is shown, and which pixels made it.

import { addPart, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { byId, create, setText } from '../../ui/dom.js';
import { count, counted, percent } from '../../ui/format.js';
import { scaleFor, showPixels } from '../../ui/pixels.js';
import { theme } from '../../ui/theme.js';
import { isTabSeen } from '../shown-tab.js';
import { drawNeuron, pickNeuron, pickedColumn } from './column-neuron.js';

/** @import { ColumnsPicture } from '../../engine/types.js' */

const list = byId('columns-list', HTMLElement);
const words = byId('columns-words', HTMLElement);

/** CSS pixels of the longer side of a picture. */
const SIDE = 84;

function draw() {
  if (!isTabSeen('columns') || !store.engine) return;
  look(store.example, theme());
  drawNeuron();
}

const look = createView({
  every: 250,
  ask: () => [['columns', theme() === 'dark']],
  take: show,
  fail: () => list.replaceChildren(), // another kind of network has come
});

/** @param {ColumnsPicture} found */
function show({ columns, width, height, additions }) {
  if (list.children.length !== columns.length) list.replaceChildren(...columns.map((_, k) => item(k)));
  const most = Math.max(1, ...columns.map(({ spikes }) => spikes));
  const winners = columns.filter(({ spikes }) => spikes === most).length;
  columns.forEach(({ name, spikes, spiking, neurons, occupied, slots, field, votes }, k) => {
    const [head, track, pictures, facts] = list.children[k].children;
    setText(head.children[0], name);
    setText(head.children[1], counted(spikes, 'spike'));
    list.children[k].classList.toggle('picked', k === pickedColumn());
    list.children[k].classList.toggle('winner', spikes === most && winners === 1);
    const fill = /** @type {HTMLElement} */ (track.firstElementChild);
    fill.style.width = `${(100 * spikes) / most}%`;
    [field, votes].forEach((pixels, which) => {
      const canvas = /** @type {HTMLCanvasElement} */ (pictures.children[which]);
      showPixels(canvas, pixels, width, height, scaleFor(width, height, SIDE));
      canvas.setAttribute('aria-label', `${which === 0 ? 'Connections' : 'Votes'} of ${name}`);
    });
    setText(
      facts,
      `${count(spiking)} of ${counted(neurons, 'neuron')} spike; ${percent(occupied / slots)} of the slots in use`,
    );
  });
  setText(words, `${counted(additions, 'addition')} of whole numbers for this answer`);
}

/** @param {number} column */
function item(column) {
  const name = create('button', { type: 'button', class: 'link', 'data-tip': 'Shows its neurons, one at a time' });
  name.addEventListener('click', () => pickNeuron(column, 0));
  return create(
    'li',
    {},
    create('div', { class: 'column-head' }, name, create('span', { class: 'muted' })),
    create('div', { class: 'track' }, create('div', { class: 'fill' })),
    create(
      'div',
      { class: 'column-pictures' },
      create('canvas', {
        role: 'img',
        'data-tip':
          'All connections of the column: to pixels that speak for the class, and to those that speak against it',
      }),
      create('canvas', {
        role: 'img',
        'data-tip': 'The connections that were on, of the neurons that spiked for this image',
      }),
    ),
    create('div', { class: 'muted small' }),
  );
}

addPart(draw);
