// How far a long call is, read where the engine counts it, while its worker is busy and cannot answer; and the wish that
// the call end, written there too. Needs memory that both share, so the build `single` has none: there words must do.

// Places of the four numbers, as in src/gauge.rs.
const RUN = 0;
const STOP = 1;
const DONE = 2;
const TOTAL = 3;

/** @typedef {{ buffer: SharedArrayBuffer, address: number }} GaugePlace where it lies in the engine's memory */

/** @param {GaugePlace} place */
export function createGauge({ buffer, address }) {
  const numbers = new Uint32Array(buffer, address, 4);
  return {
    /** What is done of the work, 0 to 1; null where it is not counted. */
    share() {
      const total = Atomics.load(numbers, TOTAL);
      return total === 0 ? null : Math.min(1, Atomics.load(numbers, DONE) / total);
    },
    stop: () => { Atomics.store(numbers, STOP, Atomics.load(numbers, RUN)); },
  };
}

/** Whether a call failed because somebody asked it to end. @param {unknown} error */
export const isCancelled = (error) => (error instanceof Error ? error.message : error) === 'cancelled';
