// Decoders of files: workers with an instance of the engine of their own (decoder.js), as many as there are threads.
//
// A file may make its decoder fail, or never end. That costs this one file: the worker is ended and another one started,
// while the engine goes on training. Workers start when there is work and end with the loading, with all their memory.

/**
 * How a worker begins: the build that the page runs, compiled, and how its memory must be made.
 * @typedef {{ build: string, module: WebAssembly.Module, memory: import('../engine/loading.js').Build['memory'] }} Beginning
 *
 * @typedef {{ key: number, path: string, file: Blob }} Source a file as it was dropped; `key` is another one for each
 * @typedef {Source & { from: number, count: number, options: object }} Request
 *
 * What a file became (src/wasm/decoder.rs).
 * @typedef {{ path: string, content: object, bytes: Uint8Array }} Decoded
 *
 * @typedef {{ items: Decoded[], files: number, note?: string, held: number } | { failed: string, files?: number, at?: string }} Answer
 *   `files`: how many there are in the source; `held`: bytes of the worker's memory
 */

const patienceMs = 60_000; // the largest image that is allowed takes some seconds
const mostHeld = 512 << 20; // memory never shrinks: a worker with more than this is replaced

const ended = { failed: 'the reading was ended' };

/** Files of an archive that are decoded for one request. */
export const chunk = 16;

/**
 * @param {() => Beginning} beginning
 * @param {() => number} most how many workers there may be
 */
export function createDecoders(beginning, most) {
  /** @type {Worker[]} */
  let idle = [];
  /** @type {Map<Worker, (answer: Answer) => void>} */
  const busy = new Map();
  /** @type {((worker: Worker | null) => void)[]} */
  let waiting = [];

  const start = () => {
    const worker = new Worker(new URL('./decoder.js', import.meta.url), { type: 'module' });
    worker.postMessage(beginning());
    return worker;
  };
  const give = (/** @type {Worker} */ worker) => {
    const next = waiting.shift();
    if (next) next(worker);
    else idle.push(worker);
  };

  /** @returns {Promise<Answer>} */
  async function ask(/** @type {Request} */ request) {
    const free = idle.pop() ?? (busy.size < most() ? start() : null);
    /** @type {Worker | null} */
    const worker = free ?? (await new Promise((resolve) => waiting.push(resolve)));
    if (!worker) return ended;
    /** @type {{ files?: number, at?: string }} */
    const reached = {};
    const answer = await new Promise((/** @type {(answer: Answer) => void} */ resolve) => {
      busy.set(worker, resolve);
      const late = `was not decoded within ${patienceMs / 1000} s and was given up`;
      const timer = setTimeout(() => resolve({ failed: late }), patienceMs);
      worker.onmessage = ({ data }) => {
        if (!data.items && !data.failed) return Object.assign(reached, data);
        clearTimeout(timer);
        resolve(data);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        clearTimeout(timer);
        resolve({ failed: 'its decoder failed on it' });
      };
      worker.postMessage(request);
    });
    if (!busy.delete(worker)) return answer; // ended meanwhile
    if ('failed' in answer || answer.held > mostHeld) {
      worker.terminate();
      if (waiting.length > 0) give(start());
    } else {
      give(worker);
    }
    return { ...reached, ...answer };
  }

  return {
    /**
     * Decodes files of a source. Where the decoder fails on one of several, each is tried alone.
     * @param {Source} source
     * @param {number} from
     * @param {number} count
     * @param {object} options those of the engine's loadDecodeOptions
     * @returns {Promise<{ items: Decoded[], files: number, note?: string }>}
     */
    async decode(source, from, count, options) {
      const answer = await ask({ ...source, from, count, options });
      if (!('failed' in answer)) return answer;
      if (answer.failed === ended.failed) return { items: [], files: 0 };
      const { failed: reason, files = 1, at: path = source.path } = answer;
      if (files === 1 || count === 1) {
        return { items: [{ path, content: { kind: 'skipped', reason }, bytes: new Uint8Array() }], files };
      }
      const items = [];
      let note;
      for (let index = from; index < Math.min(from + count, files); index++) {
        const alone = await this.decode(source, index, 1, options);
        items.push(...alone.items);
        note ??= alone.note;
      }
      return { items, files, note };
    },

    /** Ends all workers; what they were at fails. */
    end() {
      for (const worker of [...idle, ...busy.keys()]) worker.terminate();
      const [pending, unserved] = [[...busy.values()], waiting];
      idle = [];
      waiting = [];
      busy.clear();
      for (const resolve of unserved) resolve(null);
      for (const resolve of pending) resolve(ended);
    },
  };
}
