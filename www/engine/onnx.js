// Files of ONNX become model files, which the engine opens, and are made of them: in workers (worker/onnx.js) with an
// instance each of the decoders' build, which is fetched for the first of them. A worker ends with its file, with all its
// memory; where it fails the engine goes on.

import { decoderModule } from './loading.js';
import { startWorker } from './workers.js';

/**
 * A file beside a model, under the name that the model has for it.
 * @typedef {{ name: string, file: Blob }} FileBeside
 *
 * @typedef {object} Watch
 * @property {AbortSignal} signal ends the work, which then fails as `cancelled`
 * @property {(done: number, total: number) => void} onProgress hears how many numbers are done
 */

/** @param {Blob} file @returns {Promise<string[]>} the names of the files beside that it needs */
export const onnxFilesBeside = (file) => ask('onnxFilesBeside', [file]);

/** @param {Blob} file @param {FileBeside[]} beside @param {Watch} watch @returns {Promise<Uint8Array<ArrayBuffer>>} */
export const modelOfOnnx = (file, beside, watch) =>
  ask('modelOfOnnx', [file, beside.map(({ name }) => name), beside.map(({ file }) => file)], watch);

/**
 * @param {Blob} model
 * @param {'tensor' | 'bytes'} input
 * @param {'whole' | 'encoder' | 'decoder' | 'partner'} part
 * @param {Watch} watch
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export const onnxOfModel = (model, input, part, watch) => ask('onnxOfModel', [model, input, part], watch);

/** Calls a function of the build. @param {string} method @param {any[]} args @param {Partial<Watch>} [watch] @returns {Promise<any>} */
async function ask(method, args, { signal, onProgress = () => {} } = {}) {
  const end = ended(signal);
  const module = await Promise.race([decoderModule(), end]);
  const worker = await startWorker(new URL('../worker/onnx.js', import.meta.url));
  try {
    return await Promise.race([answerOf(worker, { module, method, args }, onProgress), end]);
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

/** @param {Worker} worker @param {object} request @param {Watch['onProgress']} onProgress */
function answerOf(worker, request, onProgress) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data: { total, done, error, value } }) => {
      if (total !== undefined) onProgress(done, total);
      else if (error !== undefined) reject(new Error(error));
      else resolve(value);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`ONNX file: its worker ended (${event.message})`));
    };
    worker.postMessage(request);
  });
}
