// A page that goes: what was learnt up to then is kept for the next visit, and what is in no file is asked about.

import { store, unsaved } from './store.js';

/** Leaving asks for confirmation once this much training is in no file. */
const WORTH_KEEPING_MILLISECONDS = 60_000;
/** A page that goes waits at most so long for its run to be kept; mostly it takes a twentieth of that. */
const LEAVING_MILLISECONDS = 800;
/** Leaving is announced by up to three events, this long after each other at most; the first one keeps the run. */
const ANNOUNCED_MILLISECONDS = 1500;

/** The last wish to keep the run: when it was, and what is 1 once it is kept. @type {{ at: number, done: Int32Array }} */
let wish = { at: -Infinity, done: new Int32Array([1]) };

/** Asks for the run to be kept, unless that was asked for a moment ago. @param {Int32Array} [done] */
function keep(done) {
  const at = performance.now();
  if (!store.engine || at - wish.at < ANNOUNCED_MILLISECONDS) return;
  wish = { at, done: done ?? new Int32Array([1]) };
  store.engine.saveSession(done).catch(() => {});
}

/** Keeps the run. A page that goes hears nothing any more, so it looks on until the worker has done it. */
function keepAndWait() {
  if (!store.running || !crossOriginIsolated) return keep();
  keep(new Int32Array(new SharedArrayBuffer(4)));
  const end = performance.now() + LEAVING_MILLISECONDS;
  while (Atomics.load(wish.done, 0) === 0 && performance.now() < end);
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) keep();
});
addEventListener('pagehide', keepAndWait);
addEventListener('beforeunload', (event) => {
  keepAndWait();
  const steps = (store.status?.step ?? 0) - unsaved.step;
  const since = unsaved.since > 0 ? performance.now() - unsaved.since : 0;
  if (steps > 0 && since > WORTH_KEEPING_MILLISECONDS) event.preventDefault();
});
