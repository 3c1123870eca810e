// Starting workers that are sure to run, those of the engine's worker too. The page makes them and hands on what both sides
// say (www/worker/helper.js), because Firefox now and then never comes back from making a worker inside of a worker.
//
//   engine's worker -> page  {helper, address}  {helper, message}  {helper, ends}
//   page -> engine's worker  {helper, awake}    {helper, message}  {helper, failed}
//
// The script of each says that it is awake, by `self.postMessage('awake')` at its end.

import { buffersIn } from './buffers.js';

/**
 * Firefox never runs some workers, about one in a hundred. Another takes the place of one that is not awake within so
 * many milliseconds, and the last is waited for. Until then it has not been handed anything, so it can be ended.
 */
const PATIENCE = [2000, 4000, 8000, 16_000];

/**
 * @param {URL} address of its script
 * @param {number[]} [patience] with the first worker, with the one that takes its place, and so on
 * @returns {Promise<Worker>} a worker that is awake; fails where its script does not load
 */
export function startWorker(address, patience = PATIENCE) {
  const [milliseconds, ...further] = patience;
  return new Promise((resolve, reject) => {
    const worker = new Worker(address, { type: 'module' });
    const replace = () => {
      worker.terminate();
      resolve(startWorker(address, further));
    };
    const timer = milliseconds && setTimeout(replace, milliseconds);
    const settled = () => {
      clearTimeout(timer);
      worker.onmessage = null;
      worker.onerror = null;
    };
    worker.onmessage = () => {
      settled();
      resolve(worker);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      settled();
      reject(new Error(event.message || 'its worker did not load'));
    };
  });
}

/**
 * Makes the workers that the engine's worker asks for.
 * @param {Worker} owner
 * @returns {() => void} ends them all
 */
export function serveWorkers(owner) {
  /** Held because Firefox collects workers that nothing refers to. @type {Map<number, Promise<Worker>>} */
  const helpers = new Map();
  const end = (/** @type {number} */ helper) => {
    helpers.get(helper)?.then(
      (worker) => worker.terminate(),
      () => {}, // it never began
    );
    helpers.delete(helper);
  };
  const begin = (/** @type {number} */ helper, /** @type {string} */ address) => {
    const started = startWorker(new URL(address));
    helpers.set(helper, started);
    const failed = (/** @type {string} */ why) => owner.postMessage({ helper, failed: why });
    started.then(
      (worker) => {
        worker.onmessage = ({ data }) => owner.postMessage({ helper, message: data }, { transfer: buffersIn(data) });
        worker.onerror = (event) => {
          event.preventDefault();
          failed(event.message || 'it failed');
        };
        owner.postMessage({ helper, awake: true });
      },
      ({ message }) => failed(message),
    );
  };
  owner.addEventListener('message', (event) => {
    const { helper, address, message, ends } = event.data;
    if (helper === undefined) return;
    event.stopImmediatePropagation();
    if (address) begin(helper, address);
    else if (ends) end(helper);
    else helpers.get(helper)?.then((worker) => worker.postMessage(message));
  });
  return () => {
    for (const helper of [...helpers.keys()]) end(helper);
  };
}
