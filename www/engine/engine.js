// The page's handle on the engine, which lives in a worker.
//
// Every method of the engine is a function here that returns a promise; a request travels as {id, method, args}, its
// answer as {id, value} or {id, error}, with the state of the engine beside it where that has changed. Between requests
// the worker trains and posts events.
import { watchActivity, wordsOf } from './activity.js';
import { fittingBuild, possibleBuilds } from './features.js';
import { isolate, keepOffline } from './isolation.js';
import { watchLifeline } from './lifeline.js';
import { loadBuild } from './loading.js';
import { reportedProgress, sharedProgress } from './progress.js';
import { serveWorkers, startWorker } from './workers.js';

/** @import { Engine, EngineEvent, Key } from './types.js' */

/**
 * Starts the engine. `build` and `threads` of the address (after ? or #) override what is found out by itself.
 * @param {(event: EngineEvent) => void} onEvent hears the state that comes with an answer before the answer is given
 * @param {{ config?: string, build?: string | null, threads?: number,
 *   onArrival?: (arrival: import('./loading.js').Arrival) => void }} [options]
 * @returns {Promise<Engine>}
 */
export async function startEngine(onEvent, options = {}) {
  const wish = (/** @type {string} */ name) =>
    new URLSearchParams(location.search).get(name) ?? new URLSearchParams(location.hash.slice(1)).get(name);
  const {
    config = '',
    build: wished = wish('build'),
    threads = Number(wish('threads') ?? 0) || navigator.hardwareConcurrency || 1,
    onArrival = () => {},
  } = options;
  await isolate(onArrival);
  const fitting = fittingBuild();
  const build = wished && possibleBuilds().includes(wished) ? wished : fitting.build; // hash.js reports the others
  const loading = loadBuild(build, onArrival);
  loading.catch(() => {}); // awaited below

  const worker = await startWorker(new URL('../worker/worker.js', import.meta.url)).catch((error) => {
    throw new Error(`The engine could not be started: ${error.message}`);
  });
  const endHelpers = serveWorkers(worker);
  // A thread of the pool that dies leaves the engine's worker waiting for ever; this is how the page still learns it.
  const alarm = new BroadcastChannel(`neurarium-${crypto.randomUUID()}`);
  /** @type {Map<number, { method: string, resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const pending = new Map();
  let lastId = 0;
  /** @type {string | null} */
  let dead = null;
  /** @type {Key[]} */
  let keys = [];
  /** @type {import('./progress.js').Progress | null} */
  let progress = null;
  /** @type {Awaited<ReturnType<typeof reportedProgress>> | null} */
  let reported = null;
  const activity = watchActivity(
    (now) => onEvent({ event: 'activity', activity: now }),
    () => progress,
  );

  const end = (/** @type {string} */ sentence) => {
    if (dead) return;
    dead = sentence;
    worker.terminate();
    endHelpers();
    alarm.close();
    for (const { reject } of pending.values()) reject(new Error(sentence));
    pending.clear();
    activity.endAll();
  };
  const die = (/** @type {string} */ sentence) => {
    if (dead) return;
    end(sentence);
    onEvent({ event: 'dead', error: sentence });
  };

  /** Whether jobs are all that the worker was asked for and has not answered. */
  const isAtJobs = () => pending.size > 0 && [...pending.values()].every(({ method }) => method === 'jobRun');

  const call = (/** @type {string} */ method, /** @type {any[]} */ args) =>
    new Promise((resolve, reject) => {
      if (dead) return reject(new Error(dead));
      const id = ++lastId;
      pending.set(id, { method, resolve, reject });
      const words = wordsOf(method, args, (key) => keys.find(({ name }) => name === key)?.effect);
      if (words !== null) activity.begin(id, method, words);
      if (method === 'loadCancel' && activity.has('load')) progress?.cancel?.(); // the worker is busy with the end of the loading
      if (method === 'jobCancel' && isAtJobs()) progress?.cancel?.(); // perhaps with one long pass
      worker.postMessage({ id, method, args }, buffersOf(method, args));
    });

  alarm.onmessage = ({ data }) => die(data);
  worker.onerror = (event) => die(`The engine ended by itself: ${event.message}`);
  worker.onmessage = ({ data }) => {
    if (data.event === 'dead') return die(data.error);
    if (data.event === 'work') return data.words ? activity.begin(data.id, 'own', data.words) : activity.end(data.id);
    if (data.event === 'progress') return reported?.hear(data.share);
    if (data.event) return onEvent(data);
    const request = pending.get(data.id);
    pending.delete(data.id);
    reported?.hear(null);
    activity.end(data.id);
    if (data.state) onEvent({ event: 'state', state: data.state });
    if ('error' in data) request?.reject(new Error(data.error));
    else request?.resolve(data.value);
  };

  call('prepare', [build]).catch(() => {}); // opening fails with the same sentence
  const made = { ...(await loading), config, build, why: fitting.why, threads, alarm: alarm.name };
  const { methods, progressPlace, ...facts } = await call('open-engine', [made]);
  watchLifeline(alarm.name, () => die('The engine ended by itself, perhaps for want of memory'));
  keys = facts.keyTable;
  progress = progressPlace
    ? sharedProgress(progressPlace)
    : (reported = await reportedProgress((flag) => call('raiseFlag', [flag])));
  keepOffline();
  const engine = /** @type {any} */ ({ ...facts, terminate: () => end('The engine was ended') });
  for (const method of methods) engine[method] = (/** @type {any[]} */ ...args) => call(method, args);
  return engine;
}

/** Buffers that move to the worker instead of being copied: the bytes of files. */
function buffersOf(/** @type {string} */ method, /** @type {any[]} */ args) {
  const given = method === 'open' || method === 'openProject' ? args : [];
  return [...new Set(given.filter((value) => ArrayBuffer.isView(value)).map((view) => view.buffer))].filter(
    (buffer) => buffer instanceof ArrayBuffer,
  );
}
