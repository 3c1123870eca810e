// The picked neuron of a free graph: its numbers, what it reads, and how both are changed.

import { edit } from '../../app/commands.js';
import { invalidate, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { button } from '../../look/inspector/item-parts.js';
import { byId, create, setHidden, setText, setValue } from '../../ui/dom.js';
import { count, counted, significant } from '../../ui/format.js';
import { showNotice } from '../../ui/messages.js';
import { graphLook, pickNeuron, rewire } from './look.js';

/** @import { FreeConnection, FreeNeuron } from '../../engine/types.js' */

const desk = byId('graph-desk', HTMLElement);
const title = byId('graph-title', HTMLElement);
const actions = byId('graph-actions', HTMLElement);
const bias = byId('graph-bias', HTMLElement);
const list = byId('graph-sources', HTMLElement);

/** Connections that are listed. */
const MOST_LISTED = 30;

/**
 * The neuron whose next source a person is about to pick; `replaced`: the source that it takes the place of.
 * @type {{ to: number, replaced: number | null } | null}
 */
let waiting = null;
/** The boxes of the listed weights. @type {{ parameter: number, box: HTMLInputElement }[]} */
let rows = [];
/** The neuron whose buttons stand there. */
let shown = -1;

export const isWaiting = () => waiting !== null;

export function leaveWaiting() {
  waiting = null;
  invalidate();
}

/** @param {number} to @param {number | null} replaced */
function waitForSource(to, replaced) {
  waiting = { to, replaced };
  showNotice('Click the neuron that it shall read, or go there by the arrow keys and press Enter; Escape leaves it');
  byId('graph-canvas', HTMLElement).focus();
  invalidate();
}

/** The picked source, where one is waited for. @param {number} source */
export async function takeSource(source) {
  if (!waiting) return;
  const { to, replaced } = waiting;
  leaveWaiting();
  if (replaced === null) await rewire({ connect: { from: source, to } });
  else await rewire({ redirect: { from: replaced, to, source } });
}

/** Removes the picked neuron, if it is a free one. */
export async function removePicked() {
  const { picked, summary } = graphLook;
  if (!summary || picked < summary.inputs + summary.outputs) return;
  if (await rewire({ remove: { neurons: [picked] } })) pickNeuron(-1);
}

export function drawNeuron() {
  if (graphLook.picked < 0) shown = -1;
  setHidden(desk, shown < 0); // until there is something to read
  if (graphLook.picked >= 0) look(graphLook.picked, store.example, waiting, graphLook.cursor);
}

const look = createView({
  every: 250,
  ask: () => [graphLook.picked, ...(waiting ? [graphLook.cursor] : [])].map((neuron) => ['freeNeuron', neuron]),
  take(/** @type {FreeNeuron | null} */ found, /** @type {FreeNeuron | null} */ candidate = null) {
    if (!found || found.neuron !== graphLook.picked) return;
    const { neuron, name, value, sources, readers } = found;
    const facts = [`${name}: ${significant(value, 3)}`, `reads ${count(sources.length)}`, `read by ${count(readers)}`];
    setText(title, waiting ? `${name} shall read: ${candidate?.name ?? ''}` : facts.join(', '));
    if (shown !== neuron) showActions(found);
    showBias(found);
    showSources(neuron, sources);
  },
});

/** @param {FreeNeuron} found */
function showActions({ neuron, bias: own, isFree }) {
  shown = neuron;
  const buttons = [];
  if (own) buttons.push(button('Connect', 'It reads one more neuron', () => waitForSource(neuron, null)));
  if (isFree) {
    const place = create('input', { type: 'number', min: '0', 'aria-label': 'Place among the free neurons' });
    const before = (graphLook.summary?.inputs ?? 0) + (graphLook.summary?.outputs ?? 0);
    place.value = String(neuron - before);
    place.addEventListener('change', async () => {
      const at = before + Math.round(place.valueAsNumber);
      if (await rewire({ place: { neuron, at } })) pickNeuron(at);
      else place.value = String(neuron - before);
    });
    buttons.push(
      create(
        'label',
        { class: 'inline', 'data-tip': 'Moves it to this place; its connections go along' },
        'place',
        place,
      ),
      button('Remove', 'Removes the neuron and its connections (Delete)', removePicked),
    );
  }
  actions.replaceChildren(...buttons);
}

/** @param {FreeNeuron} found */
function showBias({ bias: own }) {
  setHidden(bias, !own);
  if (!own) return;
  const box = bias.querySelector('input');
  if (!box || bias.dataset.parameter !== String(own.parameter)) {
    bias.dataset.parameter = String(own.parameter);
    bias.replaceChildren(create('span', {}, 'bias'), numberBox('Bias', own.parameter, own.value));
  } else setValue(box, significant(own.value, 3));
}

/** A number of the network that can be written. @param {string} label @param {number} parameter @param {number} value */
function numberBox(label, parameter, value) {
  const box = create('input', { type: 'number', step: '0.05', 'aria-label': label });
  box.value = significant(value, 3);
  box.addEventListener('change', () => {
    if (Number.isFinite(box.valueAsNumber)) edit({ do: 'set', parameters: [parameter], values: [box.valueAsNumber] });
  });
  return box;
}

/** @param {number} neuron @param {FreeConnection[]} sources */
function showSources(neuron, sources) {
  const listed = sources.slice(0, MOST_LISTED);
  const isSame =
    list.dataset.neuron === String(neuron) &&
    listed.length === rows.length &&
    rows.every(({ parameter }) => listed.some((source) => source.parameter === parameter));
  if (isSame) {
    // Their order would change under the hand, so they stay where they are.
    for (const { parameter, box } of rows) {
      const source = listed.find((one) => one.parameter === parameter);
      if (source) setValue(box, significant(source.weight, 3));
    }
    return;
  }
  list.dataset.neuron = String(neuron);
  rows = [];
  const items = listed.map(({ neuron: source, name, parameter, weight }) => {
    const box = numberBox(`Weight from ${name}`, parameter, weight);
    rows.push({ parameter, box });
    const go = create('button', { type: 'button', class: 'link', 'data-tip': 'Picks this neuron' }, name);
    go.addEventListener('click', () => pickNeuron(source));
    const move = button('Move', 'It reads another neuron in place of this one', () => waitForSource(neuron, source));
    const cut = button('×', 'Cuts the connection', () => rewire({ disconnect: { from: source, to: neuron } }));
    cut.setAttribute('aria-label', `Cut the connection from ${name}`);
    return create('li', {}, go, box, move, cut);
  });
  const more = sources.length - listed.length;
  if (more > 0) items.push(create('li', { class: 'muted' }, `and ${counted(more, 'weaker one')}`));
  list.replaceChildren(...items);
}
