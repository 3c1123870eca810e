// Whether an own picture is unlike the data. A network that redraws its input redraws it worse than any image that was
// kept out of training; for a classifier it is farther from the images trained on than those are.

import { runJob } from '../../app/jobs.js';
import { addPart, can, invalidate, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { isNumber } from '../../ui/format.js';
import { shownExample } from './example-card.js';

/** @import { Example, MeasuredExample, OwnNovelty } from '../../engine/types.js' */

/** While training the engine is asked this often. */
const MILLISECONDS = 2000;
/** The least time between two measures of a classifier, and its multiple of what one took. */
const REST_MILLISECONDS = 8000;
const REST = 8;

/** The largest loss of a held-out image; infinite where it was not measured. */
let bound = Infinity;
/** @type {OwnNovelty | null} */
let novelty = null;
/** The last measure of a classifier: of which network, at which step, when it ended and what it took. */
const measured = { network: NaN, data: NaN, step: -1, at: -Infinity, took: 0 };
let isMeasuring = false;
let timer = 0;

/** What is said of a picture that is unlike the data; empty where nothing is. @param {Example | null} example */
export function unlikeWords(example) {
  if (example === null || example.index >= 0) return '';
  if (can('reconstruct') && isNumber(example.loss) && example.loss > bound) {
    return 'Unlike what it was trained on: no image kept out of training is redrawn so badly.';
  }
  if (can('classify') && novelty && novelty.novelty > novelty.bound) {
    return 'Unlike what it was trained on: 99 of 100 images kept out of training look more familiar. The answer is a guess.';
  }
  return '';
}

const lookAtLoss = createView({
  every: MILLISECONDS,
  ask: () => [['worst', 'validation', { first: 0, count: 1 }]],
  take(/** @type {{ examples: MeasuredExample[] }} */ { examples: [worst] }) {
    bound = worst?.loss ?? Infinity;
  },
  fail() {
    bound = Infinity; // nothing was measured yet
  },
});

const lookAtNovelty = createView({
  every: MILLISECONDS,
  least: MILLISECONDS / 4,
  ask: () => [['ownNovelty']],
  take(/** @type {OwnNovelty | null} */ found) {
    novelty = found;
    invalidate();
  },
});

/** Measures a classifier again where it has learnt since the last time. */
async function measure() {
  const { network, data } = store.stamps;
  const step = store.status?.step ?? 0;
  const isSame = measured.network === network && measured.data === data;
  if (isMeasuring || step === 0 || (isSame && measured.step === step)) return;
  const early = measured.at + Math.max(REST_MILLISECONDS, REST * measured.took) - performance.now();
  clearTimeout(timer);
  if (isSame && early > 0) {
    timer = window.setTimeout(invalidate, early);
    return;
  }
  isMeasuring = true;
  const from = performance.now();
  await runJob('novelty', {}, () => {}); // without images there is nothing to say
  const at = performance.now();
  Object.assign(measured, { network, data, step, at, took: at - from });
  isMeasuring = false;
  invalidate();
}

addPart(() => {
  if (!store.engine || store.example >= 0) return;
  if (can('reconstruct')) lookAtLoss();
  else if (can('classify') && can('layers')) {
    measure();
    lookAtNovelty(shownExample(), measured.at);
  }
});
