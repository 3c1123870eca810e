// How far a long call is, read where the engine counts it, while its worker is busy and cannot answer; and the wish that
// the call end, written there too. The build `single` shares no memory: its worker tells, and looks at a flag.

import { flagFolder } from '../worker/cancel-flag.js';

/**
 * @typedef {object} Gauge
 * @property {() => number | null} share what is done of the work, 0 to 1; null where it is not counted
 * @property {(() => void) | null} stop
 */

// Places of the four numbers, as in src/gauge.rs.
const RUN = 0;
const STOP = 1;
const DONE = 2;
const TOTAL = 3;

/** @typedef {{ buffer: SharedArrayBuffer, address: number }} GaugePlace where it lies in the engine's memory */

/** @param {GaugePlace} place @returns {Gauge} */
export function createGauge({ buffer, address }) {
  const numbers = new Uint32Array(buffer, address, 4);
  return {
    share() {
      const total = Atomics.load(numbers, TOTAL);
      return total === 0 ? null : Math.min(1, Atomics.load(numbers, DONE) / total);
    },
    stop: () => {
      Atomics.store(numbers, STOP, Atomics.load(numbers, RUN));
    },
  };
}

/**
 * @param {(flag: string) => Promise<boolean>} hoist puts up a flag (cancel-flag.js); says whether its fall can be seen
 * @returns {Promise<Gauge & { hear: (share: number | null) => void }>} `hear`: what the worker tells, null after each call
 */
export async function createToldGauge(hoist) {
  /** @type {number | null} */
  let share = null;
  let flag = crypto.randomUUID();
  const stop = async () => {
    await (await flagFolder()).removeEntry(flag).catch(() => {}); // it has fallen already
    flag = crypto.randomUUID();
    await hoist(flag);
  };
  return {
    share: () => share,
    stop: (await hoist(flag)) ? stop : null,
    hear: (told) => {
      share = told;
    },
  };
}

/** Whether a call failed because somebody asked it to end. @param {unknown} error */
export const isCancelled = (error) => (error instanceof Error ? error.message : error) === 'cancelled';
