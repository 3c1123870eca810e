// The threads of the engine: each is a worker of its own (pool-thread.js), started for the worker that owns the engine.
//
// This stands in for the helper script of wasm-bindgen-rayon (build.sh puts it in its place): that one starts workers
// from blob addresses, which our Content-Security-Policy need not allow, and a panic in one of them is not reported.
import { startHelper } from './helper.js';

/**
 * @param {WebAssembly.Module} module
 * @param {WebAssembly.Memory} memory
 * @param {any} builder of wasm-bindgen-rayon: hands each thread its work once all are there
 */
export async function startWorkers(module, memory, builder) {
  const alarm = /** @type {any} */ (globalThis).neurariumAlarm;
  const order = { module, memory, receiver: builder.receiver(), main: builder.mainJS(), alarm };
  await Promise.all(Array.from({ length: builder.numThreads() }, () => start(order)));
  builder.build();
}

/** Starts a thread, and waits until that waits for work. @param {object} order */
async function start(order) {
  try {
    const thread = await startHelper(new URL('./pool-thread.js', import.meta.url));
    await new Promise((resolve, reject) => {
      thread.onmessage = resolve;
      thread.onerror = (why) => reject(new Error(why));
      thread.postMessage(order);
    });
  } catch (error) {
    throw new Error(`a thread did not start: ${error instanceof Error ? error.message : error}`);
  }
}
