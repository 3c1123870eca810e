// What is looked at in the tab of the graph, and how it is changed.

import { edit } from '../../app/commands.js';
import { invalidate } from '../../app/store.js';

/** @import { FreeGraphSummary, GraphChange } from '../../engine/types.js' */

/**
 * `picked`: the number of a neuron in the pool; -1: none. `cursor`: the source that the keys are at.
 * @type {{ picked: number, cursor: number, summary: FreeGraphSummary | null }}
 */
export const graphLook = { picked: -1, cursor: 0, summary: null };

/** @param {number} neuron its number; -1: none */
export function pickNeuron(neuron) {
  graphLook.picked = neuron;
  invalidate();
}

/** Carries out a change; null where it was refused, of which the page has a message. @param {GraphChange} change */
export async function rewire(change) {
  const { summary } = graphLook;
  return summary && edit({ do: 'rewire', block: summary.block, change });
}
