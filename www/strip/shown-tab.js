// Which tab of the strip is shown. Panels read it and switch; tabs.js draws what follows from it.

import { invalidate } from '../app/store.js';
import { byId } from '../ui/dom.js';

const strip = byId('strip', HTMLElement);

/** The id of the shown tab. */
export function shownTab() {
  return strip.dataset.tab ?? '';
}

/** Whether a person can see a tab. @param {string} id */
export function isTabSeen(id) {
  return shownTab() === id && strip.clientWidth > 0;
}

/** @param {string} id */
export function showTab(id) {
  strip.dataset.tab = id;
  invalidate();
}
