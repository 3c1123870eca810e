// The tabs of the strip: which of them is shown, and which there are for this network.

import { addPart, can, invalidate } from '../app/store.js';
import { byId, create, radioGroup, setAttribute, setHidden } from '../ui/dom.js';
import { showError } from '../ui/messages.js';
import { TABS } from './registry.js';

const strip = byId('strip', HTMLElement);
const bar = byId('strip-tabs', HTMLElement);

/** The tabs whose modules were asked for. @type {Set<string>} */
const loaded = new Set();

/** Whether a person can see a tab. @param {string} id */
export function isTabSeen(id) {
  return strip.dataset.tab === id && strip.clientWidth > 0;
}

/** @param {string} id */
export function showTab(id) {
  strip.dataset.tab = id;
  mark(id);
  for (const part of strip.querySelectorAll('[data-tab-part]')) {
    setHidden(part, !part.getAttribute('data-tab-part')?.split(' ').includes(id));
  }
  const tab = TABS.find((tab) => tab.id === id);
  if (tab && !loaded.has(id)) tab.load().then(invalidate, showError);
  loaded.add(id);
  invalidate();
}

/** Shows the tab of this number, from 1; there may be fewer. @param {number} number */
export function showTabNumber(number) {
  const tab = TABS.filter(isThere)[number - 1];
  if (tab) showTab(tab.id);
}

/** @param {import('./registry.js').Tab} tab */
function isThere({ needs }) {
  return needs.every(can);
}

function draw() {
  TABS.forEach((tab, number) => {
    const isHidden = !isThere(tab);
    setHidden(buttons[number], isHidden);
    if (isHidden && strip.dataset.tab === tab.id) showTab(TABS[0].id);
  });
  setAttribute(strip, 'data-ready', 'true');
}

const buttons = TABS.map(({ id, title, tip, needs }) => {
  const button = create('button', { type: 'button', role: 'radio', 'data-value': id, 'data-tip': tip }, title);
  setHidden(button, needs.length > 0);
  return button;
});
bar.replaceChildren(...buttons);
const mark = radioGroup(bar, showTab);
showTab(TABS[0].id);
addPart(draw);
