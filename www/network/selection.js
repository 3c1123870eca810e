// What was chosen in the network: the list of the inspector, and the marks in the drawing.

import { store, invalidate } from '../app/store.js';

/** @import { Neuron, Picked } from '../engine/types.js' */

/**
 * @typedef {{ kind: 'neuron' } & Neuron} ChosenNeuron
 * @typedef {{ kind: 'connection', source: Neuron, target: Neuron }} ChosenConnection
 * @typedef {{ kind: 'group', count: number, neurons: Picked[] }} ChosenGroup
 * @typedef {ChosenNeuron | ChosenConnection | ChosenGroup} Chosen
 */

/** More cells than this are not marked one by one. */
const MOST_MARKED = 4000;
/** The list stays one that can be read. */
const MOST_CHOSEN = 24;

/**
 * The last chosen first. `opened` is the one that is shown in full, `pointed` the neuron under the pointer or the keys.
 * @type {{ list: Chosen[], opened: Chosen | null, pointed: Neuron | null, version: number }}
 */
export const selection = { list: [], opened: null, pointed: null, version: 0 };

/** @param {Chosen} item @returns {string} */
export function keyOf(item) {
  if (item.kind === 'neuron') return `${item.block}.${item.index}`;
  if (item.kind === 'connection')
    return `${keyOf({ kind: 'neuron', ...item.source })}-${keyOf({ kind: 'neuron', ...item.target })}`;
  return item.neurons.map(({ block, indices }) => `${block}:${runs(indices)}`).join(';');
}

/** Ascending numbers in short: 3-7,12. @param {number[]} indices */
function runs(indices) {
  /** @type {[number, number][]} */
  const found = [];
  for (const index of indices) {
    const run = found[found.length - 1];
    if (run && run[1] + 1 === index) run[1] = index;
    else found.push([index, index]);
  }
  return found.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(',');
}

/** Adds to the list, or opens what is in it already. @param {Chosen} item */
export function choose(item) {
  const key = keyOf(item);
  const known = selection.list.find((other) => keyOf(other) === key);
  if (!known) selection.list = [item, ...selection.list].slice(0, MOST_CHOSEN);
  open(known ?? item);
  document.dispatchEvent(new CustomEvent('chosen'));
}

/** @param {Chosen | null} item */
export function open(item) {
  selection.opened = item;
  changed();
}

/** @param {Chosen} item */
export function remove(item) {
  selection.list = selection.list.filter((other) => other !== item);
  if (selection.opened === item) selection.opened = selection.list[0] ?? null;
  changed();
}

export function clear() {
  selection.list = [];
  selection.opened = null;
  changed();
}

/** @param {Neuron | null} neuron */
export function point(neuron) {
  const was = selection.pointed;
  if (was?.block === neuron?.block && was?.index === neuron?.index) return;
  selection.pointed = neuron;
  changed();
}

function changed() {
  selection.version += 1;
  invalidate();
}

/** The same as the drawing wants it. @returns {{ selected: Neuron[], selectedConnections: [Neuron, Neuron][] }} */
export function marks() {
  /** @type {Neuron[]} */
  const selected = [];
  /** @type {[Neuron, Neuron][]} */
  const selectedConnections = [];
  for (const item of selection.list) {
    if (item.kind === 'neuron') selected.push({ block: item.block, index: item.index });
    else if (item.kind === 'connection') selectedConnections.push([item.source, item.target]);
    else
      for (const { block, indices } of item.neurons)
        for (const index of indices) if (selected.length < MOST_MARKED) selected.push({ block, index });
  }
  return { selected, selectedConnections };
}

/** One neuron as commands take it. @param {Neuron} neuron @returns {Picked[]} */
export function picked({ block, index }) {
  return [{ block, indices: [index] }];
}

const COLOURS = ['red', 'green', 'blue'];

/** A channel of a layer in words. @param {number} block @param {number} channel */
export function channelName(block, channel) {
  return block === 0 && store.model?.input.channels === COLOURS.length ? COLOURS[channel] : `map ${channel}`;
}

/** Where a neuron is in its layer, in words; nothing for a layer without places. @param {Neuron} neuron */
export function placeOf({ block, index }) {
  const layer = store.model?.blocks[block];
  if (!layer || layer.width * layer.height === 1) return '';
  const pixel = Math.floor(index / layer.channels);
  const channel = layer.channels > 1 ? `, ${channelName(block, index % layer.channels)}` : '';
  return `x ${pixel % layer.width}, y ${Math.floor(pixel / layer.width)}${channel}`;
}

/** The name of the class that an output stands for; null for every other neuron. @param {Neuron} neuron */
export function classOf({ block, index }) {
  const { model } = store;
  if (!model?.attribution || block !== model.blocks.length - 1) return null;
  return model.attribution.classes[index] ?? null;
}

/** @param {{ block: number }} neuron */
export function layerOf({ block }) {
  return store.model?.blocks[block]?.name ?? 'layer';
}

/** What a neuron is called within its layer: its class, its number, or its place. @param {Neuron} neuron */
export function ownNameOf(neuron) {
  return classOf(neuron) ?? (placeOf(neuron) || String(neuron.index));
}

/** The name under which a neuron is spoken of. @param {Neuron} neuron */
export function nameOf(neuron) {
  return `${layerOf(neuron)} ${ownNameOf(neuron)}`;
}

/** A name beside which the place stands. @param {Neuron} neuron */
export function shortNameOf(neuron) {
  return placeOf(neuron) ? layerOf(neuron) : nameOf(neuron);
}
