// The page's handle on the engine, which lives in a worker.
//
// Every method of the engine is a function here that returns a promise; a request travels as {id, method, args}, its
// answer as {id, value} or {id, error}. Between requests the worker trains and tells events.
import { watchWork, wordsOf } from './activity.js';
import { createGauge, createToldGauge } from './progress.js';
import { builds, fittingBuild } from './features.js';
import { isolate, keepOffline } from './isolation.js';
import { loadBuild } from './loading.js';

/**
 * What the worker tells without being asked:
 *   status   at most five times a second while training, and whenever training begins or ends
 *   loading  how far the reading of files is
 *   desk     how far the desk's job is
 *   measuring  how far the measuring of a split is
 *   doctor   how far the data doctor is
 *   kept     a sentence: why the run is no longer kept for the next visit
 *   busy     what a call is at that takes long and tells nothing itself, and how far it is; null when it is over
 *   error    a sentence: training stopped because of it
 *   dead     a sentence: the engine is gone, every request from now on fails with it
 *
 * @typedef {{ event: 'status', running: boolean, status: any }
 *   | { event: 'loading', progress: { done: number, total: number, current: string, used: number, skipped: number,
 *       arranging: boolean } }
 *   | { event: 'desk', progress: { job: string | null, done: number, total: number } }
 *   | { event: 'doctor', progress: { done: number, total: number } }
 *   | { event: 'measuring', progress: { split: string, done: number, total: number } }
 *   | { event: 'kept', error: string }
 *   | { event: 'busy', busy: import('./types.js').Busy | null }
 *   | { event: 'error', error: string }
 *   | { event: 'dead', error: string }} EngineEvent
 *
 * What every engine has; its other methods are those of the class `Engine` in src/wasm.rs, by the same names.
 *
 * @typedef {object} EngineHandle
 * @property {string} build which of the three builds runs
 * @property {number} threads how many threads it uses
 * @property {string | null} why where it has one thread only, the reason
 * @property {() => Promise<void>} start trains until `stop`, the end of the epochs, or an error
 * @property {() => Promise<void>} stop
 * @property {(name: string, files: { path: string, file: Blob }[]) => Promise<any>} load reads dropped files and uses
 *   them as the data set; gives its summary, or null where `loadCancel` came first
 * @property {() => Promise<void>} loadCancel
 * @property {() => Promise<import('./types.js').Forecast | null>} forecastRun what training would cost, by two steps
 *   that leave no trace; null where other data or another network came meanwhile
 * @property {() => Promise<{ count: number, bytes: number }>} unusedPacks decoded images kept on disk and not in use
 * @property {() => Promise<void>} removeUnused removes them
 * @property {() => Promise<any>} deskRun works on what `analyse` or `reverse` began; gives how it ended, or null where
 *   `deskCancel` came first
 * @property {() => Promise<void>} deskCancel
 * @property {(split: string) => Promise<any>} measureRun measures a split; gives its figures, or null where
 *   `measureCancel` came first
 * @property {() => Promise<void>} measureCancel
 * @property {() => Promise<any>} doctorRun looks through the data; gives what was found, or null where `doctorCancel`
 *   came first
 * @property {() => Promise<void>} doctorCancel
 * @property {(view: object) => Promise<import('./types.js').Frame>} render one frame, as what
 *   differs from the one whose number is `held`; its pixels hold until the next is asked for
 * @property {() => void} terminate ends the worker and its threads
 *
 * @typedef {EngineHandle & Record<string, (...args: any[]) => Promise<any>>} Engine
 */

/**
 * Starts the engine. `build` and `threads` of the address (after ? or #) override what is found out by itself.
 * @param {(event: EngineEvent) => void} onEvent
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
  if (wished && !builds.includes(wished)) {
    throw new Error(`build: expected one of ${builds.join(', ')}, got ${wished}`);
  }
  const build = wished ?? fitting.build;
  const loading = loadBuild(build, onArrival);
  loading.catch(() => {}); // awaited below

  const worker = new Worker(new URL('../worker/worker.js', import.meta.url), { type: 'module' });
  // A thread of the pool that dies leaves the engine's worker waiting for ever; this is how the page still hears of it.
  const alarm = new BroadcastChannel(`neurarium-${crypto.randomUUID()}`);
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const pending = new Map();
  let lastId = 0;
  /** @type {string | null} */
  let dead = null;
  /** @type {import('./progress.js').Gauge | null} */
  let gauge = null;
  /** @type {Awaited<ReturnType<typeof createToldGauge>> | null} */
  let told = null;
  const work = watchWork(
    (busy) => onEvent({ event: 'busy', busy }),
    () => gauge,
  );

  const end = (/** @type {string} */ sentence) => {
    if (dead) return;
    dead = sentence;
    worker.terminate();
    alarm.close();
    for (const { reject } of pending.values()) reject(new Error(sentence));
    pending.clear();
    work.endAll();
  };
  const die = (/** @type {string} */ sentence) => {
    if (dead) return;
    end(sentence);
    onEvent({ event: 'dead', error: sentence });
  };

  const call = (/** @type {string} */ method, /** @type {any[]} */ args) =>
    new Promise((resolve, reject) => {
      if (dead) return reject(new Error(dead));
      const id = ++lastId;
      pending.set(id, { resolve, reject });
      const words = wordsOf(method, args);
      if (words !== null) work.begin(id, method, words);
      if (method === 'loadCancel' && work.has('load')) gauge?.stop?.(); // the worker is busy with the end of the loading
      worker.postMessage({ id, method, args }, buffersOf(method, args));
    });

  alarm.onmessage = ({ data }) => die(data);
  worker.onerror = (event) => die(`The engine could not be started: ${event.message || 'its worker did not load'}`);
  worker.onmessage = ({ data }) => {
    if (data.event === 'dead') return die(data.error);
    if (data.event === 'work') return data.words ? work.begin(data.id, 'own', data.words) : work.end(data.id);
    if (data.event === 'gauge') return told?.hear(data.share);
    if (data.event) return onEvent(data);
    const request = pending.get(data.id);
    pending.delete(data.id);
    told?.hear(null);
    work.end(data.id);
    if ('error' in data) request?.reject(new Error(data.error));
    else request?.resolve(data.value);
  };

  call('prepare', [build]).catch(() => {}); // opening fails with the same sentence
  const made = { ...(await loading), config, build, why: fitting.why, threads, alarm: alarm.name };
  const { methods, gaugePlace, ...facts } = await call('open-engine', [made]);
  gauge = gaugePlace ? createGauge(gaugePlace) : (told = await createToldGauge((flag) => call('hoist', [flag])));
  keepOffline();
  const engine = /** @type {Engine} */ ({ ...facts, terminate: () => end('The engine was ended') });
  for (const method of methods) engine[method] = (...args) => call(method, args);
  return engine;
}

/** Buffers that move to the worker instead of being copied: the bytes of files. */
function buffersOf(/** @type {string} */ method, /** @type {any[]} */ args) {
  const given = method === 'open' ? args : [];
  return [...new Set(given.filter((value) => ArrayBuffer.isView(value)).map((view) => view.buffer))].filter(
    (buffer) => buffer instanceof ArrayBuffer,
  );
}
