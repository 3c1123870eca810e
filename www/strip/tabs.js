// The tabs of the strip below the network: which of them is shown, and which there are for this network.

import { addPart, app, embedding, invalidate } from '../app/store.js';
import { byId, radioGroup, setAttribute, setHidden } from '../ui/dom.js';

const strip = byId('strip', HTMLElement);
const tabs = byId('strip-tabs', HTMLElement);

/** @typedef {'charts' | 'confusion' | 'classes' | 'worst' | 'map'} Tab */

/** @param {Tab} tab */
export function isTabSeen(tab) {
  return strip.dataset.tab === tab && strip.clientWidth > 0;
}

/** @param {Tab} tab */
export function showTab(tab) {
  strip.dataset.tab = tab;
  mark(tab);
  for (const part of strip.querySelectorAll('[data-tab-part]')) {
    setHidden(part, !part.getAttribute('data-tab-part')?.split(' ').includes(tab));
  }
  invalidate();
}

/** Shows the tab of this number, from 1; there may be fewer. @param {number} number */
export function showTabNumber(number) {
  const button = [...tabs.querySelectorAll('button')].filter(({ hidden }) => !hidden)[number - 1];
  if (button) showTab(/** @type {Tab} */ (button.dataset.value));
}

function draw() {
  const classifies = app.model?.task === 'classifier';
  const there = { confusion: classifies, classes: classifies, map: embedding() !== null };
  for (const [tab, is] of Object.entries(there)) {
    const button = tabs.querySelector(`[data-value="${tab}"]`);
    if (button) setHidden(button, !is);
    if (!is && strip.dataset.tab === tab) showTab('charts');
  }
  setAttribute(strip, 'data-ready', 'true');
}

const mark = radioGroup(tabs, (tab) => showTab(/** @type {Tab} */ (tab)));
showTab('charts');
addPart(draw);
