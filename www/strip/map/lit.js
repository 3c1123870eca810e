// What was chosen elsewhere and lights up in the map: a cell of the confusion matrix, the mistakes about a class, or the
// images that drive a neuron.

import { invalidate } from '../../app/store.js';

/** @import { SplitName } from '../../engine/types.js' */

/**
 * @typedef {{ words: string, split: SplitName, label?: number, predicted?: number, wrong?: boolean }} LitCell
 * @typedef {{ words: string, examples: number[] }} LitImages
 */

/** @type {{ what: LitCell | LitImages | null }} */
export const lit = { what: null };

const SPLITS = /** @type {SplitName[]} */ (['train', 'validation', 'test']);

/** @param {LitCell | LitImages | null} what */
export function light(what) {
  if (JSON.stringify(what) === JSON.stringify(lit.what)) return;
  lit.what = what;
  invalidate();
}

/**
 * 1 for each point that lights up; null where nothing was chosen.
 * @param {Uint32Array} examples of the points
 * @param {{ classes: Float32Array, predicted: Float32Array, splits: Float32Array } | null} of each point
 */
export function litPoints(examples, of) {
  const { what } = lit;
  if (!what) return null;
  if ('examples' in what) {
    const wanted = new Set(what.examples);
    return Uint8Array.from(examples, (example) => Number(wanted.has(example)));
  }
  if (!of) return null;
  const { label, predicted, wrong } = what;
  const split = SPLITS.indexOf(what.split);
  return Uint8Array.from(examples, (_, i) =>
    Number(
      of.splits[i] === split &&
        (label === undefined || of.classes[i] === label) &&
        (predicted === undefined || of.predicted[i] === predicted) &&
        (!wrong || (of.predicted[i] >= 0 && of.predicted[i] !== of.classes[i])), // NaN: not measured
    ),
  );
}
