// What items of the inspector share: a labelled slider, a slider of a factor, buttons, and holding at a value.

import { create, setAttribute, setHidden, setText } from '../../ui/dom.js';
import { createDrag, edit } from '../../app/commands.js';
import { createSlider, written } from '../../ui/slider.js';

/** @import { Command, Picked } from '../../engine/types.js' */

/** A factor's slider ends at this, and at one over it. */
const MOST_FACTOR = 4;

/** @param {string} name @param {Element} control @param {string} [tip] */
export function field(name, control, tip = '') {
  const label = create('span', {}, name);
  if (tip) setAttribute(label, 'data-tip', tip);
  return create('div', { class: 'field' }, label, control);
}

/** @param {string} text @param {string} tip @param {() => void} onClick */
export function button(text, tip, onClick) {
  const element = create('button', { type: 'button', class: 'button toggle', 'data-tip': tip }, text);
  element.addEventListener('click', onClick);
  return element;
}

/** @param {HTMLElement} element @param {boolean} pressed */
export function press(element, pressed) {
  setAttribute(element, 'aria-pressed', String(pressed));
}

/**
 * Multiplies weights while it is moved; let go, it stands at 1 again, because the weights are the new ones then.
 * @param {string} label
 * @param {'scale-incoming' | 'scale-outgoing'} what
 * @param {() => Picked[]} neurons
 */
export function factorSlider(label, what, neurons) {
  const drag = createDrag();
  let wanted = 1;
  let sent = 1;
  const control = createSlider({
    label,
    low: -1,
    high: 1,
    tip: 'Multiplies the weights; let go, it is 1 again',
    onInput: () => {},
  });
  const [slider, box] = [...control.element.querySelectorAll('input')];
  [slider.min, slider.max] = ['-1', '1'];
  const send = () =>
    drag(() => {
      const factor = wanted / sent;
      sent = wanted;
      return factor === 1 ? null : { do: what, neurons: neurons(), factor };
    });
  const rest = () => {
    [wanted, sent] = [1, 1];
    slider.value = '0';
    box.value = '1';
    setAttribute(slider, 'aria-valuetext', 'times 1');
  };
  slider.addEventListener('input', () => {
    wanted = MOST_FACTOR ** Number(slider.value);
    box.value = written(wanted);
    setAttribute(slider, 'aria-valuetext', `times ${written(wanted)}`);
    send();
  });
  slider.addEventListener('change', () => setTimeout(rest, 300));
  box.addEventListener('change', () => {
    // Below zero the weights change sign.
    if (Number.isFinite(box.valueAsNumber)) edit({ do: what, neurons: neurons(), factor: box.valueAsNumber });
    rest();
  });
  rest();
  return control.element;
}

/**
 * Pin, hold, new weights: what is done with neurons as a whole.
 * @param {() => Picked[]} neurons
 * @param {boolean} hasChannels a neuron stands for one place of a channel's map
 */
export function actionRow(neurons, hasChannels) {
  const at = create('input', { type: 'number', step: 'any', value: '0', 'aria-label': 'Value to hold at' });
  const channel = create('input', { type: 'checkbox' });
  channel.checked = true; // a lesion of one place is hardly seen
  let pinned = false;
  let held = false;
  /** @returns {Command} */
  const holding = () => ({
    do: 'hold',
    neurons: neurons(),
    value: Number(at.value) || 0,
    channel: hasChannels && channel.checked,
  });
  const pin = button('Pin', 'Pinned: training leaves its bias and incoming weights as they are (P)', () =>
    edit({ do: 'pin', neurons: neurons(), pinned: !pinned }),
  );
  const hold = button('Hold at', 'Held: its output is this value whatever it reads; 0 cuts it out (Delete)', () =>
    edit(held ? { do: 'release', neurons: neurons(), channel: hasChannels && channel.checked } : holding()),
  );
  const again = button('Re-initialise', 'Random first weights again, for its bias and all incoming weights', () =>
    edit({ do: 'reinitialise', neurons: neurons(), seed: Math.floor(Math.random() * 2 ** 31) }),
  );
  at.addEventListener('change', () => {
    if (held) edit(holding());
  });
  const row = create('div', { class: 'item-actions' }, pin, create('span', { class: 'joined' }, hold, at), again);
  if (hasChannels)
    row.append(
      create(
        'label',
        {
          class: 'check',
          'data-tip': 'Hold and release act on the whole map: every place of this channel, not this one alone',
        },
        channel,
        'whole map',
      ),
    );
  return {
    element: row,
    /** @param {'none' | 'some' | 'all'} pins @param {number | null} value held here @param {number | null} whole value of the held channel @param {boolean} [learns] it has parameters */
    show(pins, value, whole, learns = true) {
      for (const each of [pin, again]) setHidden(each, !learns);
      pinned = pins === 'all';
      held = value !== null || whole !== null;
      press(pin, pinned);
      setText(pin, pinned ? 'Pinned' : pins === 'some' ? 'Pin rest' : 'Pin');
      press(hold, held);
      setText(hold, held ? 'Held at' : 'Hold at');
      if (held && document.activeElement !== at) at.value = written(/** @type {number} */ (value ?? whole));
      if (held && document.activeElement !== channel) channel.checked = whole !== null;
    },
  };
}
