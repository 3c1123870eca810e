// Data that the present network would refuse: another network takes its place before they come.

import { set, undo } from '../../app/commands.js';
import { can, same, store } from '../../app/store.js';

/** @import { DataSummary } from '../../engine/types.js' */

/**
 * Chooses a network that learns from any pictures. A chosen network refuses data that it cannot learn from: a classifier
 * those without classes, one for pairs or letters all others. Returns whether that took the place of another network.
 */
async function makeWay() {
  if (store.model?.preset.startsWith('autoencoder')) return false;
  const any = store.data?.kinds.find((kind) => kind.startsWith('autoencoder'));
  const { network } = store.stamps;
  if (any) await set('model', any);
  return store.stamps.network !== network;
}

/** What a person's own changes would alter. */
const marks = () => [store.stamps.network, store.stamps.written, store.history.entries.length];

/**
 * Makes way for data that `load` brings. Where they do not come the network is as it was, with all that it has learnt;
 * the new one stays where a person has changed it meanwhile; undo and the shelf have the other.
 * @template T
 * @param {() => Promise<T>} load
 * @returns {Promise<T>}
 */
export async function withWay(load) {
  const madeWay = await makeWay();
  const made = marks();
  const found = await load();
  if (!found && madeWay && same(marks(), made)) await undo();
  return found;
}

/**
 * Loads pictures in folders by class, and has a classifier learn them where there are two classes or more.
 * Returns whether they came; otherwise the kind of network stays.
 * @param {() => Promise<DataSummary | null>} load
 */
export async function loadClasses(load) {
  const isInTheWay = can('translate') || can('exchange');
  const data = await (isInTheWay ? withWay(load) : load());
  if (data && data.classes.length > 1 && !can('classify')) await set('model', 'classifier-cnn');
  return data !== null;
}
