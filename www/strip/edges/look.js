// What is looked at in the tab of edges.

import { invalidate } from '../../app/store.js';

/** @import { StructureSummary } from '../../engine/types.js' */

/** @typedef {'adjacency' | 'graph' | 'curve'} EdgesView */

/**
 * `picked`: the number of a neuron, inputs first; -1: none. `bump`: the one of its curves. `summary`: of the structure.
 * @type {{ view: EdgesView, picked: number, bump: number, summary: StructureSummary | null }}
 */
export const edgesLook = { view: 'adjacency', picked: -1, bump: 0, summary: null };

/** @param {EdgesView} view */
export function showView(view) {
  edgesLook.view = view;
  invalidate();
}

/** @param {number} neuron its number; -1: none */
export function pickNeuron(neuron) {
  [edgesLook.picked, edgesLook.bump] = [neuron, 0];
  invalidate();
}

/** Shows the curve of a neuron. @param {number} neuron */
export function openCurve(neuron) {
  pickNeuron(neuron);
  showView('curve');
}
