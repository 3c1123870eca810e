// Reads or writes one file of ONNX, in an instance of the decoders' build of its own: answers {module, method, args} with
// {value} or {error}, and says {done, total} meanwhile. Files among the arguments are read here.
import { buffersIn } from '../engine/buffers.js';
import { DECODERS } from '../engine/loading.js';

const progressMs = 100;
let told = 0;

/** Called by the build during its work; the page ends that with this worker. */
function tell(/** @type {number} */ done, /** @type {number} */ total) {
  if (performance.now() - told >= progressMs) {
    told = performance.now();
    self.postMessage({ done, total });
  }
  return false;
}
/** @type {any} */ (globalThis).neurariumProgress = tell;

self.onmessage = async ({ data: { module, method, args } }) => {
  try {
    const given = await Promise.all(args.map(withBytes));
    const build = await import(`../pkg/${DECODERS}/neurarium.js`);
    await build.default({ module_or_path: module });
    const value = build[method](...given);
    self.postMessage({ value }, { transfer: buffersIn(value) });
  } catch (error) {
    // The build throws sentences; whatever else it throws is a trap.
    const trap = 'ONNX file: it could not be worked on, perhaps for want of memory';
    self.postMessage({ error: typeof error === 'string' ? error : trap });
  }
};

/** An argument with the bytes of files in their place. @param {any} value @returns {Promise<any>} */
async function withBytes(value) {
  if (Array.isArray(value)) return Promise.all(value.map(withBytes));
  if (!(value instanceof Blob)) return value;
  try {
    return new Uint8Array(await value.arrayBuffer());
  } catch {
    throw 'ONNX file: it could not be read; it was moved, changed or is not permitted';
  }
}

self.postMessage('awake');
