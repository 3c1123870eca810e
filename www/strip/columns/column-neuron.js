// The picked neuron of a column: its slots for connections, which can be written, freed and pinned.

import { edit } from '../../app/commands.js';
import { invalidate, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { button, press } from '../../look/inspector/item-parts.js';
import { byId, create, setDisabled, setHidden, setText, setValue } from '../../ui/dom.js';
import { count, counted } from '../../ui/format.js';
import { scaleFor, showPixels } from '../../ui/pixels.js';
import { theme } from '../../ui/theme.js';

/** @import { ColumnChange, ColumnNeuronPicture, Slot } from '../../engine/types.js' */

const desk = byId('columns-desk', HTMLElement);
const number = byId('columns-neuron', HTMLInputElement);
const title = byId('columns-title', HTMLElement);
const next = byId('columns-next', HTMLButtonElement);
const silence = byId('columns-silence', HTMLButtonElement);
const pin = byId('columns-pin', HTMLButtonElement);
const field = byId('columns-field', HTMLCanvasElement);
const list = byId('columns-slots', HTMLElement);

/** CSS pixels of the longer side of the picture. */
const SIDE = 112;

/** The picked neuron; null: none. @type {{ column: number, neuron: number } | null} */
let picked = null;
/** The answer that is shown of it. @type {ColumnNeuronPicture | null} */
let shown = null;

/** Picks a neuron of a column. @param {number} column @param {number} neuron */
export function pickNeuron(column, neuron) {
  picked = { column, neuron };
  invalidate();
}

export function leaveNeuron() {
  picked = null;
  shown = null;
  invalidate();
}

/** The column whose neuron is picked; -1: none. */
export const pickedColumn = () => picked?.column ?? -1;

export function drawNeuron() {
  setHidden(desk, !picked || !shown); // until there is something to read
  if (picked) look(picked.column, picked.neuron, store.example, theme());
}

const look = createView({
  every: 250,
  ask: () => (picked ? [['columnNeuron', picked.column, picked.neuron, theme() === 'dark']] : []),
  take: show,
  fail: leaveNeuron, // other columns have come
});

/** @param {ColumnNeuronPicture} found */
function show(found) {
  if (!picked || found.column !== picked.column || found.neuron !== picked.neuron) return;
  const isOther = !shown || shown.column !== found.column || shown.neuron !== found.neuron;
  if (!shown) invalidate();
  shown = found;
  number.max = String(found.neurons - 1);
  setValue(number, String(found.neuron));
  setText(title, `of ${count(found.neurons)} for ${found.name}: ${counted(found.spikes, 'spike')}`);
  setDisabled(next, found.next === null || found.next === found.neuron);
  press(silence, found.silenced);
  press(
    pin,
    found.slots.every((slot) => slot.pinned),
  );
  showPixels(field, found.field, found.width, found.height, scaleFor(found.width, found.height, SIDE));
  if (isOther || list.children.length !== found.slots.length)
    list.replaceChildren(...found.slots.map((_, slot) => row(slot, found.channels)));
  found.slots.forEach((slot, n) => fill(/** @type {HTMLElement} */ (list.children[n]), slot));
}

/** @param {ColumnChange} change */
function change(change) {
  if (picked) edit({ do: 'change-column', ...picked, change });
}

/** The line of a slot. @param {number} slot @param {number} channels */
function row(slot, channels) {
  const box = (/** @type {string} */ label, /** @type {number | undefined} */ step = 1) => {
    const input = create('input', { type: 'number', step: String(step), 'aria-label': `${label} of slot ${slot}` });
    input.addEventListener('change', write);
    return input;
  };
  const places = [box('x'), box('y'), ...(channels > 1 ? [box('Channel')] : [])];
  const weight = box('Weight', 10_000);
  const pin = button('Pin', 'Pinned: training leaves this slot as it is; a free one stays free', () => {
    const pinned = !shown?.slots[slot].pinned;
    change({ pin: { slot, pinned } });
  });
  const free = button('×', 'Frees the slot', () => change({ slot: { slot, receptor: receptor(), weight: 0 } }));
  free.setAttribute('aria-label', `Free slot ${slot}`);
  function receptor() {
    const [x, y, channel = 0] = places.map((input) => Math.round(input.valueAsNumber));
    return (y * (shown?.width ?? 1) + x) * channels + channel;
  }
  function write() {
    const inside = [shown?.width ?? 0, shown?.height ?? 0, channels];
    const fits = places.every((input, n) => input.valueAsNumber >= 0 && input.valueAsNumber < inside[n]);
    const heavy = Math.round(weight.valueAsNumber);
    if (fits && Math.abs(heavy) <= (shown?.most ?? 0)) change({ slot: { slot, receptor: receptor(), weight: heavy } });
    else if (shown) fill(line, shown.slots[slot]);
  }
  const line = create('li', {}, ...places, weight, pin, free);
  return line;
}

/** Writes a slot into its line. @param {HTMLElement} line @param {Slot} slot */
function fill(line, { x, y, channel, weight, pinned, on }) {
  const inputs = [...line.querySelectorAll('input')];
  const values = inputs.length > 3 ? [x, y, channel, weight] : [x, y, weight];
  inputs.forEach((input, n) => setValue(input, String(values[n])));
  line.classList.toggle('on', on);
  line.classList.toggle('free', weight === 0);
  press(/** @type {HTMLElement} */ (line.querySelector('button')), pinned);
}

number.addEventListener('change', () => {
  const neuron = Math.round(number.valueAsNumber);
  if (picked && shown && neuron >= 0 && neuron < shown.neurons) pickNeuron(picked.column, neuron);
  else if (shown) number.value = String(shown.neuron);
});
next.addEventListener('click', () => {
  if (picked && shown && shown.next !== null) pickNeuron(picked.column, shown.next);
});
silence.addEventListener('click', () => change({ silence: { silenced: !shown?.silenced } }));
pin.addEventListener('click', () => {
  const pinned = !shown?.slots.every((slot) => slot.pinned);
  change({ 'pin-all': { pinned } });
});
byId('columns-close', HTMLButtonElement).addEventListener('click', leaveNeuron);
desk.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  event.stopPropagation();
  leaveNeuron();
});
