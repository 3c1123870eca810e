// How far a long call is, read where the engine counts it, while its worker is busy and cannot answer; and the wish that
// the call end, written there too. The build `single` shares no memory: its worker reports, and looks at a flag.

import { flagFolder } from './private-folder.js';

/**
 * @typedef {object} Progress
 * @property {() => number | null} share what is done of the work, 0 to 1; null where it is not counted
 * @property {(() => void) | null} cancel
 */

// Places of the four numbers, as in src/progress.rs.
const RUN = 0;
const STOP = 1;
const DONE = 2;
const TOTAL = 3;

/** @typedef {{ buffer: SharedArrayBuffer, address: number }} ProgressPlace where it is in the engine's memory */

/** @param {ProgressPlace} place @returns {Progress} */
export function sharedProgress({ buffer, address }) {
  const numbers = new Uint32Array(buffer, address, 4);
  return {
    share() {
      const total = Atomics.load(numbers, TOTAL);
      return total === 0 ? null : Math.min(1, Atomics.load(numbers, DONE) / total);
    },
    cancel: () => {
      Atomics.store(numbers, STOP, Atomics.load(numbers, RUN));
    },
  };
}

/**
 * @param {(flag: string) => Promise<boolean>} raise raises a flag (cancel-flag.js); says whether its fall can be seen
 * @returns {Promise<Progress & { hear: (share: number | null) => void }>} `hear`: what the worker reports, null after
 *   each call
 */
export async function reportedProgress(raise) {
  /** @type {number | null} */
  let share = null;
  let flag = crypto.randomUUID();
  const cancel = async () => {
    await (await flagFolder()).removeEntry(flag).catch(() => {}); // it has fallen already
    flag = crypto.randomUUID();
    await raise(flag);
  };
  return {
    share: () => share,
    cancel: (await raise(flag)) ? cancel : null,
    hear: (reported) => {
      share = reported;
    },
  };
}

/** Whether a call failed because it was asked to end. @param {unknown} error */
export const isCancelled = (error) => (error instanceof Error ? error.message : error) === 'cancelled';
