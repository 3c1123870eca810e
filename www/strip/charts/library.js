// uPlot, which draws the large chart. The page works without it, should it not load or not like this browser.

import { invalidate } from '../../app/store.js';
import { byId, create } from '../../ui/dom.js';

/** @type {{ uPlot: typeof import('../../vendor/uPlot.esm.js').default | null }} null: not there yet, or never */
export const library = { uPlot: null };

try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  // Some systems call their language "C". uPlot hands that to Intl, which refuses it.
  Object.defineProperty(navigator, 'language', { value: 'en' });
}

import('../../vendor/uPlot.esm.js')
  .then((found) => {
    library.uPlot = found.default;
    invalidate();
  })
  .catch(() => {
    const words = 'The chart could not be loaded. Everything else works; reload the page to try again.';
    byId('chart', HTMLElement).append(create('p', { class: 'placeholder' }, words));
  });
