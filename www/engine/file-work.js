// Work on files outside the engine: in workers (worker/file-work.js) with an instance each of the decoders' build, which is
// fetched for the first of them. A worker ends with its file, with all its memory; where it fails the engine goes on.

import { decoderModule } from './loading.js';
import { startWorker } from './workers.js';

/**
 * @typedef {object} Watch
 * @property {AbortSignal} signal ends the work, which then fails as `cancelled`
 * @property {(done: number, total: number) => void} onProgress hears how much is done
 */

/**
 * Calls a function of the build.
 * @param {string} what is worked on, for messages
 * @param {string} method
 * @param {any[]} args
 * @param {Partial<Watch>} [watch]
 * @returns {Promise<any>}
 */
export async function fileWork(what, method, args, { signal, onProgress = () => {} } = {}) {
  const end = ended(signal);
  const module = await Promise.race([decoderModule(), end]);
  const worker = await startWorker(new URL('../worker/file-work.js', import.meta.url));
  try {
    return await Promise.race([answerOf(worker, { module, what, method, args }, onProgress), end]);
  } finally {
    worker.terminate();
  }
}

/** Fails once the work is to end. @param {AbortSignal | undefined} signal @returns {Promise<never>} */
function ended(signal) {
  return new Promise((_, reject) => {
    const end = () => reject(new Error('cancelled'));
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end);
  });
}

/** @param {Worker} worker @param {{ what: string, [name: string]: any }} request @param {Watch['onProgress']} onProgress */
function answerOf(worker, request, onProgress) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data: { total, done, error, value } }) => {
      if (total !== undefined) onProgress(done, total);
      else if (error !== undefined) reject(new Error(error));
      else resolve(value);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`${request.what}: its worker ended (${event.message})`));
    };
    worker.postMessage(request);
  });
}
