// Whether an own picture is unlike the data: a network that redraws its input redraws it worse than any image that was
// kept out of training.

import { addPart, can, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { isNumber } from '../../ui/format.js';

/** @import { Example, MeasuredExample } from '../../engine/types.js' */

/** While training the bound is asked for this often. */
const MILLISECONDS = 2000;

/** The largest loss of a held-out image; infinite where it was not measured. */
let bound = Infinity;

/** What is said of a picture that is unlike the data. */
export const UNLIKE = 'Unlike what it was trained on: no image kept out of training is redrawn so badly.';

/** @param {Example | null} example */
export function isUnlike(example) {
  return example !== null && example.index < 0 && can('reconstruct') && isNumber(example.loss) && example.loss > bound;
}

const look = createView({
  every: MILLISECONDS,
  ask: () => [['worst', 'validation', { first: 0, count: 1 }]],
  take(/** @type {{ examples: MeasuredExample[] }} */ { examples: [worst] }) {
    bound = worst?.loss ?? Infinity;
  },
  fail() {
    bound = Infinity; // nothing was measured yet
  },
});

addPart(() => {
  if (store.engine && store.example < 0 && can('reconstruct')) look();
});
