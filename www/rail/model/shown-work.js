// Work on files outside the engine, with progress and a way to give it up.

import { invalidate, store } from '../../app/store.js';
import { hideLoading, showLoading, showProgress } from '../../ui/messages.js';

/** @import { Watch } from '../../engine/file-work.js' */

/** Work that takes no longer needs no words. */
const LONG_MILLISECONDS = 400;

/**
 * Does work that the page shows once it takes long, with a way to end it.
 * @template T
 * @param {string} title
 * @param {string} unit of what is counted, in plural
 * @param {(watch: Watch) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function shown(title, unit, work) {
  if (store.loading) throw new Error('one thing at a time: other files are still being read');
  const cancel = new AbortController();
  let tell = () => {};
  const timer = setTimeout(() => {
    showLoading(title, () => cancel.abort());
    tell();
  }, LONG_MILLISECONDS);
  store.loading = true;
  invalidate();
  try {
    return await work({
      signal: cancel.signal,
      onProgress(done, total) {
        tell = () => showProgress(done, total, unit);
        tell();
      },
    });
  } finally {
    clearTimeout(timer);
    store.loading = false;
    hideLoading();
    invalidate();
  }
}
