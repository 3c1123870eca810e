// The threads of the engine: each is a worker of its own (pool-thread.js), started by the worker that owns the engine.
//
// This stands in for the helper script of wasm-bindgen-rayon (build.sh puts it in its place): that one starts workers
// from blob addresses, which our Content-Security-Policy need not allow, and a panic in one of them is not reported.

/**
 * Firefox never runs some of the workers that are started at once, about one in a hundred. Another takes the place of one
 * that is not awake within so many milliseconds. Until then it has not seen the engine's memory, so it can be ended.
 */
const PATIENCE = [2000, 4000, 8000, 16_000];

/** @type {Worker[]} Held because Firefox collects workers that nothing refers to, with the memory they share. */
let threads = [];

/**
 * @param {WebAssembly.Module} module
 * @param {WebAssembly.Memory} memory
 * @param {any} builder of wasm-bindgen-rayon: hands each thread its work once all are there
 */
export async function startWorkers(module, memory, builder) {
  const alarm = /** @type {any} */ (globalThis).neurariumAlarm;
  const order = { module, memory, receiver: builder.receiver(), main: builder.mainJS(), alarm };
  threads = await Promise.all(Array.from({ length: builder.numThreads() }, () => start(order, PATIENCE)));
  builder.build();
}

/**
 * @param {object} order
 * @param {number[]} patience of the first worker, of the one that takes its place, and so on
 * @returns {Promise<Worker>}
 */
function start(order, [milliseconds, ...further]) {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('./pool-thread.js', import.meta.url), { type: 'module' });
    /** @param {string} why */
    const fail = (why) => reject(new Error(`a thread did not start: ${why}`));
    const timer = setTimeout(() => {
      thread.terminate();
      if (further.length > 0) resolve(start(order, further));
      else fail('it does not answer');
    }, milliseconds);
    thread.onmessage = ({ data }) => {
      clearTimeout(timer);
      if (data === 'awake') thread.postMessage(order);
      else resolve(thread);
    };
    thread.onerror = (event) => {
      clearTimeout(timer);
      fail(event.message || 'its script did not load');
    };
  });
}
