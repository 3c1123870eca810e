// Decoders of files: workers (decoder.js) with an instance each of the build that decodes, as many as there are threads.
//
// The build is fetched for the first files. A file may make its decoder fail, or never end. That costs this one file: the worker is ended and another one started,
// while the engine goes on training. Workers start when there is work and end with the loading, with all their memory.

import { decoderModule } from '../engine/loading.js';
import { startHelper } from './helper.js';

/** @import { Helper } from './helper.js' */

/**
 * @typedef {{ key: number, path: string, file: Blob }} Source a file as it was dropped; `key` is another one for each
 * @typedef {Source & { from: number, count: number, options: object }} Request
 *
 * What a file became (src/wasm/decoder.rs).
 * @typedef {{ path: string, content: object, bytes: Uint8Array }} Decoded
 *
 * @typedef {{ items: Decoded[], files: number, note?: string, pairs?: boolean, held: number } | { failed: string, files?: number, at?: string }} Answer
 *   `files`: how many there are in the source; `pairs`: whether it is an archive with pairs of images; `held`: bytes of the
 *   worker's memory
 */

const patienceMs = 60_000; // the largest image that is allowed takes some seconds
const mostHeld = 512 << 20; // memory never shrinks: a worker with more than this is replaced

const ended = { failed: 'the reading was ended' };

/** Files of an archive that are decoded for one request. */
export const chunk = 16;

/** @param {() => number} most how many workers there may be */
export function createDecoders(most) {
  /** Requests that are at work: each has a worker, or waits for one that starts. */
  let working = 0;
  /** Requests that wait for one of these to end. @type {((mayWork: boolean) => void)[]} */
  let waiting = [];
  /** @type {Helper[]} */
  let idle = [];
  /** @type {Map<Helper, (answer: Answer) => void>} */
  const busy = new Map();
  let ends = 0; // how often all were ended

  const start = async () => {
    const address = new URL('./decoder.js', import.meta.url);
    const [module, worker] = await Promise.all([decoderModule(), startHelper(address)]);
    worker.postMessage(module);
    return worker;
  };

  /** @returns {Promise<Answer>} */
  async function ask(/** @type {Request} */ request) {
    if (working < most()) working += 1;
    else if (!(await new Promise((resolve) => waiting.push(resolve)))) return ended;
    const before = ends;
    try {
      const worker = idle.pop() ?? (await start());
      if (ends !== before) {
        worker.terminate();
        return ended;
      }
      const answer = await answerOf(worker, request);
      if (ends !== before) return answer;
      if ('failed' in answer || answer.held > mostHeld) worker.terminate();
      else idle.push(worker);
      return answer;
    } finally {
      if (ends === before) {
        const next = waiting.shift();
        if (next) next(true);
        else working -= 1;
      }
    }
  }

  /** @param {Helper} worker @param {Request} request @returns {Promise<Answer>} */
  async function answerOf(worker, request) {
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
      worker.onerror = () => {
        clearTimeout(timer);
        resolve({ failed: 'its decoder failed on it' });
      };
      worker.postMessage(request);
    });
    busy.delete(worker);
    return { ...reached, ...answer };
  }

  return {
    /**
     * Decodes files of a source. Where the decoder fails on one of several, each is tried alone.
     * @param {Source} source
     * @param {number} from
     * @param {number} count
     * @param {object} options those of the engine's loadDecodeOptions
     * @returns {Promise<{ items: Decoded[], files: number, note?: string, pairs?: boolean }>}
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
      let [note, pairs] = [/** @type {string | undefined} */ (undefined), false];
      for (let index = from; index < Math.min(from + count, files); index++) {
        const alone = await this.decode(source, index, 1, options);
        items.push(...alone.items);
        note ??= alone.note;
        pairs ||= alone.pairs ?? false;
      }
      return { items, files, note, pairs };
    },

    /** Ends all workers; what they were at fails. */
    end() {
      ends += 1;
      for (const worker of [...idle, ...busy.keys()]) worker.terminate();
      const [pending, unserved] = [[...busy.values()], waiting];
      working = 0;
      idle = [];
      waiting = [];
      busy.clear();
      for (const resolve of unserved) resolve(false);
      for (const resolve of pending) resolve(ended);
    },
  };
}
