// A neuron in the inspector: its live numbers, its bias and strongest weights on sliders, its weights as an image.

import { create, setAttribute, setHidden, setText } from '../../ui/dom.js';
import { createDrag } from '../../app/commands.js';
import { counted, percent, signed } from '../../ui/format.js';
import { actionRow, factorSlider, field } from './item-parts.js';
import { choose, layerOf, nameOf, ownNameOf, picked, placeOf } from '../../network/selection.js';
import { createSlider } from '../../ui/slider.js';
import { theme } from '../../ui/theme.js';
import { createWants } from './wants.js';
import { createWeightBrush } from './weight-brush.js';
import { can, store } from '../../app/store.js';

/** @import { ChosenNeuron } from '../../network/selection.js' */
/** @import { Link, NeuronView, Question } from '../../engine/types.js' */

/** Weights shown of each kind, and how far down a shown one may fall before another takes its place. */
const SHOWN = 6;
const KEPT = 30;

/** @param {ChosenNeuron} neuron */
export function neuronItem(neuron) {
  const neurons = () => picked(neuron);
  const layer = store.model?.blocks[neuron.block];
  const facts = create('p', { class: 'item-facts' });
  const gradients = create('p', { class: 'item-facts' });
  const details = create('details', { class: 'fold' }, create('summary', {}, 'Details'), gradients);
  const moveBias = createDrag();
  const bias = createSlider({
    label: 'Bias',
    onInput: (value) => moveBias(() => ({ do: 'set-bias', neurons: neurons(), value })),
  });
  const biasField = field('bias', bias.element);
  const incomingScale = field('incoming ×', factorSlider('Scale all incoming weights', 'scale-incoming', neurons));
  const outgoingScale = field('outgoing ×', factorSlider('Scale all outgoing weights', 'scale-outgoing', neurons));
  const actions = actionRow(neurons, layer ? layer.width * layer.height > 1 : false);
  const brush = createWeightBrush(() => neurons());
  const wants = createWants(neuron, layer && layer.width * layer.height > 1 ? layer.channels : 0);
  const incoming = links('Strongest incoming', 'from');
  const outgoing = links('Strongest outgoing', 'to');
  incoming.element.open = true;
  return {
    body: [
      facts,
      actions.element,
      biasField,
      incomingScale,
      outgoingScale,
      brush.element,
      wants.element,
      incoming.element,
      outgoing.element,
      details,
    ],
    /** Follows a search for what it wants. */
    tell: wants.tell,
    /** @param {boolean} open @returns {Question} */
    question(open) {
      const { block, index } = neuron;
      return open
        ? { block, index, strongest: KEPT, image: true, dark: theme() === 'dark' }
        : { block, index, strongest: 0, image: false };
    },
    /** @param {NeuronView} now @param {boolean} open */
    show(now, open) {
      const mark = now.held !== null || now.heldChannel !== null ? 'held' : now.pinned === 'all' ? 'pinned' : '';
      if (open) {
        setText(facts, words(now));
        if (details.open) setText(gradients, gradientWords(now));
        setHidden(biasField, !now.bias);
        if (now.bias) bias.show(now.bias.value);
        setHidden(incomingScale, now.incomingCount === 0);
        setHidden(outgoingScale, now.outgoingCount === 0);
        actions.show(now.pinned, now.held, now.heldChannel, now.bias !== null || now.weights > 0);
        brush.show(now.image);
        setHidden(wants.element, neuron.block === 0 || !can('gradients'));
        incoming.show(now.incoming, now.incomingCount);
        outgoing.show(now.outgoing, now.outgoingCount);
      }
      return { value: signed(now.value), mark };
    },
  };
}

/** @param {NeuronView} of */
function words({ title, block, index, frozen }) {
  return [title, placeOf({ block, index }), frozen ? 'layer frozen' : ''].filter(Boolean).join(' · ');
}

/** How it learns. @param {NeuronView} of */
function gradientWords({ gradient, slope, saturated }) {
  const parts = [`slope ${signed(slope)}`];
  if (gradient !== null) parts.push(`gradient ${signed(gradient)}`);
  if (saturated !== null)
    parts.push(
      saturated >= 1 ? 'passes no gradient for any image' : `no gradient for ${percent(saturated)} of the images`,
    );
  return parts.join(' · ');
}

/** A slider of one parameter. @param {string} label @param {() => number | null} parameter index in the engine */
export function parameterSlider(label, parameter) {
  const drag = createDrag();
  return createSlider({
    label,
    onInput: (value) =>
      drag(() => {
        const index = parameter();
        return index === null ? null : { do: 'set', parameters: [index], values: [value] };
      }),
  });
}

/** Lines of connections, each with its weight on a slider. @param {string} title @param {'from' | 'to'} way */
function links(title, way) {
  const list = create('ul', { class: 'links' });
  const summary = create('summary', {}, title);
  const element = create('details', { class: 'fold' }, summary, list);
  /** @type {ReturnType<typeof line>[]} */
  let lines = [];
  return {
    element,
    /** @param {Link[]} now strongest first @param {number} count of all */
    show(now, count) {
      setHidden(element, count === 0);
      setText(summary, `${title} · ${counted(count, 'connection')}`);
      if (!element.open) return;
      // Lines stay where they are as long as they are strong, so that none moves away just as it is grasped.
      const known = new Map(now.map((link) => [keyOf(link), link]));
      const stays = lines.filter(({ key, slider }) => known.has(key) || slider.held);
      const room = SHOWN - stays.length;
      const shown = new Set(stays.map(({ key }) => key));
      const added = now
        .filter((link) => !shown.has(keyOf(link)))
        .slice(0, Math.max(0, room))
        .map((link) => line(link, way));
      if (added.length > 0 || stays.length < lines.length) {
        lines = [...stays, ...added];
        list.replaceChildren(...lines.map(({ element }) => element));
      }
      for (const each of lines) {
        const link = known.get(each.key);
        if (link) each.show(link);
      }
    },
  };
}

/** @param {Link} link */
function keyOf({ block, index, parameter }) {
  return `${block}.${index}.${parameter}`;
}

/** @param {Link} link @param {'from' | 'to'} way */
function line(link, way) {
  const other = nameOf(link);
  const name = create(
    'button',
    { type: 'button', class: 'link-name', 'data-tip': `${way} ${other}: opens that neuron` },
    create('span', {}, layerOf(link)),
    create('b', {}, ownNameOf(link)),
  );
  name.addEventListener('click', () => choose({ kind: 'neuron', block: link.block, index: link.index }));
  const slider = parameterSlider(`Weight ${way} ${other}`, () => link.parameter);
  const fixed = create('span', { class: 'muted small' }, 'no weight');
  const element = create('li', {}, name, link.parameter === null ? fixed : slider.element);
  return {
    key: keyOf(link),
    element,
    slider,
    /** @param {Link} now */
    show(now) {
      if (now.weight !== null) slider.show(now.weight);
      setAttribute(
        name,
        'aria-label',
        `${way} ${other}, contributes ${signed(now.contribution)}${now.pinned ? ', pinned' : ''}`,
      );
      name.classList.toggle('pinned', now.pinned);
    },
  };
}
