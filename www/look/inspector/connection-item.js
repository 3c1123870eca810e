// A connection, and several neurons at once, in the inspector.

import { create, setHidden, setText } from '../../ui/dom.js';
import { createDrag, edit } from '../../app/commands.js';
import { counted, signed } from '../../ui/format.js';
import { actionRow, button, factorSlider, field, press } from './item-parts.js';
import { parameterSlider } from './neuron-item.js';
import { choose, nameOf } from '../../network/selection.js';
import { createSlider } from '../../ui/slider.js';
import { store } from '../../app/store.js';

/** @import { ChosenConnection, ChosenGroup } from '../../network/selection.js' */
/** @import { ConnectionView, Question } from '../../engine/types.js' */

/** Neurons of a group that are listed one by one. */
const MOST_LISTED = 8;

/** @param {ChosenConnection} connection */
export function connectionItem({ source, target }) {
  /** @type {ConnectionView | null} */
  let view = null;
  const facts = create('p', { class: 'item-facts' });
  const weight = parameterSlider('Weight', () => view?.parameter ?? null);
  const weightField = field('weight', weight.element);
  const pin = button('Pin', 'Pinned: training leaves this weight as it is', () => {
    if (view?.parameter !== null && view) edit({ do: 'pin', parameters: [view.parameter], pinned: !view.pinned });
  });
  const zero = button(
    'Cut',
    'Sets the weight to zero and pins it, so that training does not grow it again',
    async () => {
      if (!view || view.parameter === null) return;
      await edit({ do: 'set', parameters: [view.parameter], values: [0] });
      if (!view.pinned) await edit({ do: 'pin', parameters: [view.parameter], pinned: true });
    },
  );
  const ends = [source, target].map((neuron, i) =>
    button(nameOf(neuron), i === 0 ? 'Opens the neuron it comes from' : 'Opens the neuron it leads to', () =>
      choose({ kind: 'neuron', ...neuron }),
    ),
  );
  const actions = create('div', { class: 'item-actions' }, pin, zero, ...ends);
  return {
    body: [facts, weightField, actions],
    /** @returns {Question} */
    question: () => ({ source, target }),
    /** @param {ConnectionView} now @param {boolean} open */
    show(now, open) {
      view = now;
      if (open) {
        const shared = now.shared > 1 ? ` · this weight is used at ${counted(now.shared, 'place')}` : '';
        setText(facts, `source ${signed(now.value)} · contributes ${signed(now.contribution)}${shared}`);
        setHidden(weightField, now.weight === null);
        if (now.weight !== null) weight.show(now.weight);
        press(pin, now.pinned);
        setText(pin, now.pinned ? 'Pinned' : 'Pin');
        for (const each of [pin, zero]) setHidden(each, now.parameter === null);
      }
      return { value: signed(now.weight ?? now.value), mark: now.pinned ? 'pinned' : '' };
    },
  };
}

/** @param {ChosenGroup} group */
export function groupItem({ count, neurons }) {
  const all = () => neurons;
  const setBias = createDrag();
  const add = createDrag();
  const bias = createSlider({
    label: 'Bias of all',
    low: -1,
    high: 1,
    onInput: (value) => setBias(() => ({ do: 'set-bias', neurons, value })),
  });
  bias.show(0);
  let moved = 0;
  let sent = 0;
  const shift = createSlider({
    label: 'Add to all incoming weights',
    low: -0.5,
    high: 0.5,
    onInput: (value) => {
      moved = value;
      add(() => {
        const amount = moved - sent;
        sent = moved;
        return amount === 0 ? null : { do: 'add-incoming', neurons, amount };
      });
    },
    onEnd: () => {
      setTimeout(() => {
        [moved, sent] = [0, 0];
        shift.show(0);
      }, 300);
    },
  });
  shift.show(0);
  const hasMaps = neurons.some(({ block }) => {
    const layer = store.model?.blocks[block];
    return layer ? layer.width * layer.height > 1 : false;
  });
  const row = actionRow(all, hasMaps);
  row.show('none', null, null);
  // The row's buttons toggle for one neuron; a group is mixed, so the way back has buttons of its own.
  const unpin = button('Unpin', 'Training moves them again', () => edit({ do: 'pin', neurons, pinned: false }));
  const release = button('Release', 'They answer to what they read again', () => edit({ do: 'release', neurons }));
  const each = button(
    count > MOST_LISTED ? `List first ${MOST_LISTED}` : 'List each',
    'Puts these neurons into the list one by one',
    () => {
      const few = neurons
        .flatMap(({ block, indices }) => indices.slice(0, MOST_LISTED).map((index) => ({ block, index })))
        .slice(0, MOST_LISTED);
      for (const neuron of few.reverse()) choose({ kind: 'neuron', ...neuron });
    },
  );
  row.element.append(unpin, release, each);
  const layers = neurons
    .map(({ block, indices }) => `${store.model?.blocks[block]?.name ?? 'layer'}: ${indices.length}`)
    .join(' · ');
  return {
    body: [
      create('p', { class: 'item-facts' }, layers),
      row.element,
      field('bias', bias.element),
      field('incoming ×', factorSlider('Scale all incoming weights', 'scale-incoming', all)),
      field('incoming +', shift.element),
      field('outgoing ×', factorSlider('Scale all outgoing weights', 'scale-outgoing', all)),
    ],
    question: () => null,
    show: () => ({ value: '', mark: '' }),
  };
}
