// Files of ONNX become model files, which the engine opens, and are made of them.

import { fileWork } from './file-work.js';

/** @import { Watch } from './file-work.js' */

/**
 * A file beside a model, under the name that the model has for it.
 * @typedef {{ name: string, file: Blob }} FileBeside
 */

const WHAT = 'ONNX file';

/** @param {Blob} file @returns {Promise<string[]>} the names of the files beside that it needs */
export const onnxFilesBeside = (file) => fileWork(WHAT, 'onnxFilesBeside', [file]);

/** @param {Blob} file @param {FileBeside[]} beside @param {Watch} watch @returns {Promise<Uint8Array<ArrayBuffer>>} */
export const modelOfOnnx = (file, beside, watch) =>
  fileWork(WHAT, 'modelOfOnnx', [file, beside.map(({ name }) => name), beside.map(({ file }) => file)], watch);

/**
 * @param {Blob} model
 * @param {'tensor' | 'bytes'} input
 * @param {'whole' | 'encoder' | 'decoder' | 'partner'} part
 * @param {Watch} watch
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export const onnxOfModel = (model, input, part, watch) => fileWork(WHAT, 'onnxOfModel', [model, input, part], watch);
