// The tabs of the strip: which of them is shown, and which there are for this network.

import { addPart, can, invalidate } from '../app/store.js';
import { byId, create, radioGroup, setAttribute, setHidden } from '../ui/dom.js';
import { showError } from '../ui/messages.js';
import { TABS } from './registry.js';
import { showTab, shownTab } from './shown-tab.js';

const strip = byId('strip', HTMLElement);
const bar = byId('strip-tabs', HTMLElement);

/** The tab whose panels are visible. */
let drawn = '';

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
    if (isHidden && shownTab() === tab.id) showTab(TABS[0].id);
  });
  if (shownTab() !== drawn) open(shownTab());
  setAttribute(strip, 'data-ready', 'true');
}

/** Makes the panels of a tab visible. @param {string} id */
function open(id) {
  drawn = id;
  mark(id);
  for (const part of strip.querySelectorAll('[data-tab-part]')) {
    setHidden(part, !part.getAttribute('data-tab-part')?.split(' ').includes(id));
  }
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
// Nothing waits for these modules, but a tab's buttons work as soon as it is shown.
for (const tab of TABS) tab.load().then(invalidate, showError);
