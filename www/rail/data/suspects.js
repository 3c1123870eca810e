// Labels that are probably wrong: images whose class the network contradicts with certainty, in spite of what it learnt.

import { runJob } from '../../app/jobs.js';
import { can, engine, store } from '../../app/store.js';
import { counted, percent } from '../../ui/format.js';

/** @import { MeasuredExample, SplitName } from '../../engine/types.js' */

/** From this probability on a network contradicts a label with certainty. */
const CERTAIN = 0.95;
/** A network that is right less often knows too little to doubt a label. */
const LEAST_ACCURACY = 0.7;
/** Images of a split that are looked at, those of the largest loss first. */
const MOST = 200;

/** @typedef {{ text: string, suspects: MeasuredExample[] }} Suspicion */

/** Looks through all splits with the network as it is now; null where there is nothing to suspect. @returns {Promise<Suspicion | null>} */
export async function findSuspects() {
  const { data, status } = store;
  if (!data || !can('classify') || !can('gradients') || (status?.step ?? 0) === 0) return null;
  /** @type {[SplitName, number][]} */
  const splits = [
    ['validation', data.validation],
    ['test', data.test],
    ['train', data.train],
  ];
  /** @type {MeasuredExample[]} */
  const suspects = [];
  for (const [split, images] of splits) {
    if (images === 0) continue;
    if (!(await runJob('evaluate', { split }, () => {}))) return null;
    const accuracy = (await engine().measurement(split))?.figures.accuracy ?? 0;
    if (accuracy < LEAST_ACCURACY) return null;
    const { examples } = await engine().worst(split, { wrong: true, count: MOST });
    suspects.push(...examples.filter(({ confidence }) => (confidence ?? 0) >= CERTAIN));
  }
  if (suspects.length === 0) return null;
  const text =
    `${counted(suspects.length, 'image')} may have a wrong class: the network is ${percent(CERTAIN).replace('.0', '')} sure ` +
    `or more that ${suspects.length === 1 ? 'it is' : 'they are'} of another one`;
  return { text, suspects };
}

/** What should become of the suspects: the images by the class that the network sees in them. @param {MeasuredExample[]} suspects */
export function byPrediction(suspects) {
  /** @type {Map<number, number[]>} */
  const found = new Map();
  for (const { predicted, example } of suspects)
    if (predicted !== null) found.set(predicted, [...(found.get(predicted) ?? []), example]);
  return found;
}
