// The worker that owns the engine: makes it from the build that it is given, starts the pool of threads, answers requests
// {id, method, args} with {id, value} or {id, error}, and trains in slices in between. An answer carries the state of
// the engine too where that has changed. The worker never waits for the screen, so a hidden tab goes on training.
import { createAutosave } from './autosave.js';
import { removeUnused, unusedBytes } from './cache-files.js';
import { buffersIn } from '../engine/buffers.js';
import { holdLifeline } from '../engine/lifeline.js';
import { createCancelFlag } from './cancel-flag.js';
import { createKeptShelf } from './kept-shelf.js';
import { createLoading } from './loading.js';
import { isCancelled } from '../engine/progress.js';
import { catchPanics } from './panic.js';

const sliceMs = 12; // a request waits no longer than this for its turn
const stateMs = 200; // numbers that change more often cannot be read
const progressMs = 100;

const page = /** @type {Worker} */ (/** @type {unknown} */ (globalThis));
const panicSentence = catchPanics();

/** @type {any} */
let engine;
/** What may be asked for. @type {string[]} */
let methods = [];
/** @type {WebAssembly.Memory} */
let memory;
let mostMemory = 2 ** 31; // bytes
/** @type {string | null} */
let dead = null;
let training = false;
let looping = false;
let lastState = -Infinity;
let oneEpoch = false; // training ends with the epoch
/** The job of each kind that goes on. @type {Map<string, number>} */
const jobs = new Map();
/** Jobs that stand still, by their kinds, and how they are let go on. @type {Map<string, { until: Promise<void>, release: () => void }>} */
const holds = new Map();
/** @type {Promise<void> | null} */
let raising = null;
const cancelFlag = createCancelFlag((share) => page.postMessage({ event: 'progress', share }));
/** Stamps of the network and of what anything but training wrote into it, as of the last state. */
let written = [0, 0];
const autosave = createAutosave(
  () => engine,
  () => written,
  (message) => page.postMessage(message),
  () => turn(),
);
const shelf = createKeptShelf(
  () => engine,
  autosave.save,
  (message) => page.postMessage(message),
  () => turn(),
);

let threadCount = 1;
const loading = createLoading(() => engine, {
  threads: () => threadCount,
  freeMemory,
  turn,
  post: (message) => page.postMessage(message),
});

// Requests that are no methods of the engine, or do more than the method of that name.
/** @type {Record<string, (...args: any[]) => any>} */
const own = {
  start() {
    training = true;
    postState();
    if (!looping) train();
  },

  stop() {
    training = false;
    postState();
    autosave.save();
  },

  /** Trains to the end of the epoch. */
  epoch() {
    oneEpoch = true;
    own.start();
  },

  keepsRuns: autosave.keeps,
  /** Writes the run for the next visit; the page that waits for it while it goes hears no message, but sees `done`. */
  async saveSession(done) {
    await autosave.save();
    if (done) Atomics.store(done, 0, 1);
  },

  earlierSession: autosave.earlier,
  restoreSession: autosave.restore,
  forgetSession: autosave.forget,
  findKeptRuns: shelf.find,
  describeRun: shelf.describe,
  keptRunFile: shelf.file,
  keptRunCurves: shelf.curves,
  renameKeptRun: shelf.rename,
  discardKeptRun: shelf.discard,

  /** Answers several questions about what is now, in their order, each with {value} or {error}: one message for a frame. */
  look(calls) {
    return calls.map((/** @type {[string, ...any]} */ [method, ...args]) => {
      try {
        return { value: invoke(method, args) };
      } catch (error) {
        if (isPanic(error)) throw error;
        return { error: sentenceOf(error) };
      }
    });
  },

  /** Carries out an edit and answers questions about what is then, in one message. */
  editAndLook(command, joins, calls) {
    return { value: invoke('edit', [command, joins]), answers: own.look(calls) };
  },

  /**
   * One frame, as the parts that are new to the page. Their pixels stay where they are if that memory is shared: until
   * the next frame is asked for they hold still, and training need not wait for a copy.
   */
  render(view) {
    const { pointer, length, ...frame } = engine.render(view);
    const pixels = new Uint8ClampedArray(memory.buffer, pointer, length); // built now: the memory may have grown
    return { ...frame, pixels: pixels.buffer instanceof ArrayBuffer ? pixels.slice() : pixels };
  },

  load: loading.load,
  loadCancel: loading.loadCancel,
  ownInput: loading.ownInput,

  /** Works on a job to its end and gives its result; null where jobCancel came first or another of its kind began. */
  async jobRun(kind, request) {
    const { target } = request ?? {};
    if (target?.file) request = { ...request, target: { decoded: await loading.decodeImage(target.file) } };
    engine.beginWork(); // a wish to end what was before is not meant for it
    const id = engine.jobBegin(kind, request, freeMemory());
    jobs.set(kind, id);
    own.jobHold(kind, false);
    for (let lastTold = performance.now(); ;) {
      const job = engine.jobAdvance(id, sliceMs, freeMemory());
      if (job.kind === null) return null; // what it worked on is no longer there
      if (!job.pending) return job.found;
      if (performance.now() - lastTold >= progressMs) {
        lastTold = performance.now();
        page.postMessage({ event: 'job', job });
      }
      await (holds.get(kind)?.until ?? turn());
      if (jobs.get(kind) !== id) return null;
    }
  },

  /** Lets the job of a kind stand still, or go on. */
  jobHold(kind, hold) {
    holds.get(kind)?.release();
    holds.delete(kind);
    if (hold) {
      let release = () => {};
      const until = /** @type {Promise<void>} */ (new Promise((resolve) => (release = resolve)));
      holds.set(kind, { until, release });
    }
  },

  /** Ends the job of a kind, if there is one. */
  jobCancel(kind) {
    own.jobHold(kind, false);
    const id = jobs.get(kind);
    jobs.delete(kind);
    if (id !== undefined) engine.jobCancel(id);
  },

  unusedBytes,
  removeUnused,

  /** Puts up the flag that counts from now on; false where its fall cannot be seen. */
  async raiseFlag(name) {
    const done = cancelFlag.raise(name);
    raising = done.then(() => {
      raising = null;
    });
    return done;
  },
};

/** Requests that come before there is an engine. @type {Record<string, (value: any) => Promise<any>>} */
const opening = { prepare, 'open-engine': openEngine };

page.onmessage = async ({ data: { id, method, args } }) => {
  try {
    if (dead) throw new Error(dead);
    if (raising) await raising; // else what comes next could not be ended
    const value = await (opening[method]?.(args[0]) ?? invoke(method, args));
    page.postMessage({ id, value, ...stateOnDemand() }, buffersIn(value));
  } catch (error) {
    const isDying = isPanic(error);
    page.postMessage({ id, error: sentenceOf(error), ...(isDying || dead ? {} : stateOnDemand()) });
    if (isDying) die(error);
  }
};

function invoke(/** @type {string} */ method, /** @type {any[]} */ args) {
  if (!methods.includes(method)) throw new Error(`the engine has no method ${method}`);
  if (method in own) return own[method](...args);
  engine.beginWork();
  return engine[method](...args);
}

/** Brings in what stands between a build and this worker; meanwhile the page fetches and compiles the build itself. */
async function prepare(/** @type {string} */ build) {
  await import(`../pkg/${build}/neurarium.js`);
}

/**
 * Makes the engine from a build that the page has loaded.
 * @param {import('../engine/loading.js').Build & { build: string, why: string | null, config: string, threads: number,
 *   alarm: string }} wish `why`: where no build with threads fits, the reason
 */
async function openEngine(wish) {
  const { build } = wish;
  const glue = await import(`../pkg/${build}/neurarium.js`);
  const exported = await glue.default({ module_or_path: wish.module, memory: newMemory(wish.memory) });
  memory = exported.memory;

  const threads = build === 'single' ? 1 : Math.max(1, Math.min(wish.threads, 32));
  if (build !== 'single') {
    /** @type {any} */ (globalThis).neurariumAlarm = wish.alarm; // for pool.js
    await glue.initThreadPool(threads);
  }
  /** @type {any} */ (globalThis).neurariumProgress = cancelFlag.look; // for src/wasm/engine/work.rs
  threadCount = threads;
  engine = new glue.Engine(wish.config);
  await holdLifeline(wish.alarm);
  methods = methodNames();
  const why = wish.why ?? (build === 'single' ? 'the build without threads was asked for' : null);
  return {
    build,
    threads,
    progressPlace: build === 'single' ? null : { buffer: memory.buffer, address: engine.progressAddress() },
    why: threads === 1 ? (why ?? 'one thread was asked for') : null,
    keyTable: engine.keys(),
    methods,
  };
}

/** The memory that a build imports. If it is shared, its maximum is reserved at once, and phones refuse a large one: then less. */
function newMemory(
  /** @type {import('../engine/loading.js').Build['memory']} */ { shared, initial, maximum: largest },
) {
  // Memory that is not shared takes what it needs, and browsers differ in how far it grows.
  for (let pages = shared ? largest : 2 ** 15; pages >= initial; pages = Math.floor(pages / 2)) {
    try {
      const made = new WebAssembly.Memory({ initial, maximum: pages, shared });
      mostMemory = pages * 65536;
      return made;
    } catch {
      // Refused: half as much.
    }
  }
  throw new Error('the browser gives the engine no memory; close other tabs and reload the page');
}

function methodNames() {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(engine));
  const named = names.filter((name) => name !== 'constructor' && name !== 'free' && !name.startsWith('__'));
  return [...new Set([...Object.keys(own), ...named])];
}

// --- Training and state ----------------------------------------------------------------------------------------

async function train() {
  looping = true;
  try {
    while (training && !dead) {
      engine.beginWork(); // it may replay edits
      const endsEpoch = trainSlice();
      if ((endsEpoch && oneEpoch) || (performance.now() - lastState >= stateMs && postState().status.finished)) {
        training = false;
        postState();
        autosave.save();
      }
      autosave.tick();
      await turn();
    }
  } catch (error) {
    training = false;
    if (isPanic(error)) return die(error);
    page.postMessage({ event: 'error', error: sentenceOf(error) });
    postState();
  } finally {
    looping = false;
    oneEpoch = false;
  }
}

/** Whether an epoch has ended. A step that was cancelled has not been taken. */
function trainSlice() {
  try {
    return engine.train(sliceMs);
  } catch (error) {
    if (isCancelled(error)) return false;
    throw error;
  }
}

function postState() {
  const state = takeState();
  page.postMessage({ event: 'state', state });
  return state;
}

/** The state that an answer carries, where something changed; numbers of the training that goes on wait for their turn. */
function stateOnDemand() {
  return engine?.changed(training) ? { state: takeState() } : {};
}

function takeState() {
  lastState = performance.now();
  const state = engine.state();
  written = [state.stamps.network, state.stamps.written];
  if (state.runs) shelf.follow(state.runs);
  return { ...state, running: training };
}

// A message to ourselves: it queues behind the page's requests, and unlike a timer is not slowed in a hidden tab.
const doorbell = new MessageChannel();
/** @type {(() => void)[]} */
const waiting = [];
doorbell.port1.onmessage = () => waiting.shift()?.();

/** @returns {Promise<void>} */
function turn() {
  return new Promise((resolve) => {
    waiting.push(resolve);
    doorbell.port2.postMessage(null);
  });
}

// --- Memory ---------------------------------------------------------------------------------------------------

/** Bytes of memory that the engine may still take: what is left of its own, on small machines less. */
function freeMemory() {
  const gibibytes = /** @type {any} */ (navigator).deviceMemory ?? 8;
  const most = Math.min(mostMemory, (gibibytes / 2) * 2 ** 30);
  return Math.max(0, most - memory.buffer.byteLength);
}

// --- Answers and mistakes --------------------------------------------------------------------------------------

function sentenceOf(/** @type {any} */ error) {
  if (isPanic(error)) return panicSentence();
  return typeof error === 'string' ? error : (error?.message ?? String(error));
}

/** After a panic the engine's memory may be half changed, so nothing in it is used again. */
function isPanic(/** @type {any} */ error) {
  return error instanceof WebAssembly.RuntimeError || (error instanceof RangeError && /call stack/.test(error.message));
}

function die(/** @type {any} */ error) {
  training = false;
  dead = sentenceOf(error);
  page.postMessage({ event: 'dead', error: dead });
}

page.postMessage('awake');
