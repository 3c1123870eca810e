// A worker that works for this one. The page makes it (www/engine/workers.js) and hands on what both say.

const page = /** @type {Worker} */ (/** @type {unknown} */ (globalThis));

/**
 * Has the members of a Worker that are used here.
 * @typedef {{ postMessage: (message: any) => void, terminate: () => void,
 *   onmessage: ((event: { data: any }) => void) | null, onerror: ((why: string) => void) | null }} Helper
 */

/** @type {Map<number, { helper: Helper, resolve: (helper: Helper) => void, reject: (error: Error) => void }>} */
const helpers = new Map();
let last = 0;

/**
 * @param {URL} address of its script
 * @returns {Promise<Helper>} a worker that is awake; fails where its script does not load
 */
export function startHelper(address) {
  const id = ++last;
  const helper = {
    postMessage: (/** @type {any} */ message) => page.postMessage({ helper: id, message }),
    terminate() {
      helpers.delete(id);
      page.postMessage({ helper: id, ends: true });
    },
    onmessage: null,
    onerror: null,
  };
  return new Promise((resolve, reject) => {
    helpers.set(id, { helper, resolve, reject });
    page.postMessage({ helper: id, address: address.href });
  });
}

page.addEventListener('message', (event) => {
  const { helper: id, awake, message, failed } = event.data;
  if (id === undefined) return;
  event.stopImmediatePropagation(); // no request of the page
  const known = helpers.get(id);
  if (!known) return;
  const { helper, resolve, reject } = known;
  if (awake) return resolve(helper);
  if (failed === undefined) return helper.onmessage?.({ data: message });
  reject(new Error(failed)); // without effect once it is awake
  helper.onerror?.(failed);
});
