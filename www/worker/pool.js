// The threads of the engine: each is a worker of its own (pool-thread.js), started by the worker that owns the engine.
//
// This stands in for the helper script of wasm-bindgen-rayon (build.sh puts it in its place): that one starts workers
// from blob addresses, which our Content-Security-Policy need not allow, and a panic in one of them is not reported.

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
  threads = await Promise.all(
    Array.from({ length: builder.numThreads() }, () => {
      const thread = new Worker(new URL('./pool-thread.js', import.meta.url), { type: 'module' });
      return new Promise((resolve, reject) => {
        thread.onmessage = () => resolve(thread);
        thread.onerror = (event) =>
          reject(new Error(`a thread did not start: ${event.message || 'its script did not load'}`));
        thread.postMessage(order);
      });
    }),
  );
  builder.build();
}
