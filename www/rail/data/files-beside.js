// Files beside a model: a model of ONNX may keep its numbers in other files, which are dropped together with it.

/** @import { Engine, Source } from '../../engine/types.js' */

/**
 * The other files that a model names; the engine has them until dropBeside.
 * @param {Engine} engine
 * @param {Source} model
 * @param {Source[]} others
 * @returns {Promise<Source[]>}
 */
export async function takeBeside(engine, model, others) {
  if (others.length === 0 || !/\.onnx$/i.test(model.path)) return [];
  const taken = [];
  const bytes = await bytesOf(model);
  for (const name of bytes ? await engine.filesBeside(bytes) : []) {
    const found = others.find(({ path }) => lastOf(path) === lastOf(name));
    const numbers = found && (await bytesOf(found));
    if (!found || !numbers) continue; // opening the model says that it is missing
    await engine.takeBeside(name, numbers);
    taken.push(found);
  }
  return taken;
}

/** Null where the browser may not read it. @param {Source} source */
async function bytesOf({ file }) {
  return file.arrayBuffer().then(
    (buffer) => new Uint8Array(buffer),
    () => null,
  );
}

/** @param {string} path */
function lastOf(path) {
  return path.split(/[/\\]/).pop();
}
