// A page that goes: what was learnt up to then is kept for the next visit, and what is in no file is asked about.

import { store, unsaved } from './store.js';

/** Leaving asks for confirmation once this much training is in no file. */
const WORTH_KEEPING_MILLISECONDS = 60_000;
/** A page that goes waits at most so long for its run to be kept; mostly it takes a twentieth of that. */
const LEAVING_MILLISECONDS = 800;
/** Leaving is announced by up to three events, which may be so long apart on a busy machine; the first one keeps the run. */
const ANNOUNCED_MILLISECONDS = 10_000;

/** The last leaving: when it was announced, and what is 1 once the run is kept. @type {{ at: number, done: Int32Array }} */
let leaving = { at: -Infinity, done: new Int32Array([1]) };

const isAnnounced = () => performance.now() - leaving.at < ANNOUNCED_MILLISECONDS;

/** Keeps the run. @param {Int32Array} [done] is 1 afterwards */
function keep(done) {
  store.engine?.saveSession(done).catch(() => {});
}

function announce() {
  const canWait = store.running && crossOriginIsolated;
  const done = canWait ? new Int32Array(new SharedArrayBuffer(4)) : new Int32Array([1]);
  leaving = { at: performance.now(), done };
  keep(canWait ? done : undefined);
}

/** A page that goes hears nothing any more, so it looks on until the worker has kept the run. */
function wait() {
  const end = performance.now() + LEAVING_MILLISECONDS;
  while (Atomics.load(leaving.done, 0) === 0 && performance.now() < end);
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden && !isAnnounced()) keep();
});
addEventListener('pagehide', () => {
  if (!isAnnounced()) announce();
  wait();
});
addEventListener('beforeunload', (event) => {
  announce();
  wait();
  const steps = (store.status?.step ?? 0) - unsaved.step;
  const since = unsaved.since > 0 ? performance.now() - unsaved.since : 0;
  if (steps > 0 && since > WORTH_KEEPING_MILLISECONDS) event.preventDefault();
});
