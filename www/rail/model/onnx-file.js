// Files of ONNX: read into model files and written from them, with progress and a way to give it up.

import { modelOfOnnx, onnxFilesBeside, onnxOfModel } from '../../engine/onnx.js';
import { shown } from './shown-work.js';

/** @import { FileBeside } from '../../engine/onnx.js' */
/** @import { Source } from '../../engine/types.js' */

/** Whether a file is one of ONNX, by its name. @param {string} name */
export const isOnnx = (name) => /\.onnx$/i.test(name);

/** The bytes of a model file with what a file of ONNX holds. @param {File} file @param {FileBeside[]} beside */
export const readOnnx = (file, beside) =>
  shown(`Reading ${file.name}`, 'numbers', (watch) => modelOfOnnx(file, beside, watch));

/**
 * The bytes of a file of ONNX with a part of what a model file holds.
 * @param {Blob} model
 * @param {'tensor' | 'bytes'} input
 * @param {'whole' | 'encoder' | 'decoder' | 'partner'} part
 */
export const writeOnnx = (model, input, part) =>
  shown('Writing the ONNX file', 'numbers', (watch) => onnxOfModel(model, input, part, watch));

/**
 * The others that a model names: it may keep its numbers in files beside it, which are dropped together with it.
 * @param {Source} model
 * @param {Source[]} others
 * @returns {Promise<FileBeside[]>}
 */
export async function besideOf(model, others) {
  if (others.length === 0 || !isOnnx(model.path)) return [];
  const names = await onnxFilesBeside(model.file).catch(() => []); // reading the model says what is wrong, or missing
  return names.flatMap((name) => {
    const found = others.find(({ path }) => lastOf(path) === lastOf(name));
    return found ? [{ name, file: found.file }] : [];
  });
}

/** @param {string} path */
function lastOf(path) {
  return path.split(/[/\\]/).pop();
}
