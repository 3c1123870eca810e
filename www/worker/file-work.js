// Works on one file, in an instance of the decoders' build of its own: answers {module, what, method, args} with {value} or
// {error}, which names `what` is worked on, and says {done, total} meanwhile. Files among the arguments are read here.
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

self.onmessage = async ({ data: { module, what, method, args } }) => {
  try {
    const given = await Promise.all(args.map((/** @type {any} */ arg) => withBytes(arg, what)));
    const build = await import(`../pkg/${DECODERS}/neurarium.js`);
    await build.default({ module_or_path: module });
    const value = build[method](...given);
    self.postMessage({ value }, { transfer: buffersIn(value) });
  } catch (error) {
    // The build throws sentences; whatever else it throws is a trap.
    const trap = `${what}: it could not be worked on, perhaps for want of memory`;
    self.postMessage({ error: typeof error === 'string' ? error : trap });
  }
};

/** An argument with the bytes of files in their place. @param {any} value @param {string} what @returns {Promise<any>} */
async function withBytes(value, what) {
  if (Array.isArray(value)) return Promise.all(value.map((one) => withBytes(one, what)));
  if (!(value instanceof Blob)) return value;
  try {
    return new Uint8Array(await value.arrayBuffer());
  } catch {
    throw `${what}: it could not be read; it was moved, changed or is not permitted`;
  }
}

self.postMessage('awake');
