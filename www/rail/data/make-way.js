// Data that the present network would refuse: another network takes its place before they come.

import { set } from '../../app/commands.js';
import { can, store } from '../../app/store.js';

/** @import { DataSummary } from '../../engine/types.js' */

/**
 * Chooses a network that learns from any pictures. A chosen network refuses data that it cannot learn from: a classifier
 * those without classes, one for pairs or letters all others.
 */
export async function makeWay() {
  if (store.model?.preset.startsWith('autoencoder')) return;
  const any = store.data?.kinds.find((kind) => kind.startsWith('autoencoder'));
  if (any) await set('model', any);
}

/**
 * Loads pictures in folders by class, and has a classifier learn them where there are two classes or more.
 * Returns whether they came; otherwise the kind of network stays.
 * @param {() => Promise<DataSummary | null>} load
 */
export async function loadClasses(load) {
  const kind = store.model?.preset;
  const isInTheWay = can('translate') || can('exchange');
  if (isInTheWay) await makeWay();
  const data = await load();
  if (data && data.classes.length > 1 && !can('classify')) await set('model', 'classifier-cnn');
  if (!data && isInTheWay && kind) await set('model', kind);
  return data !== null;
}
