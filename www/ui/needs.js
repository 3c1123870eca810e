// Parts of the page that say what they need of the learner (`data-needs`: one of these abilities) are there only for
// learners that have it.

import { addPart, can, store } from '../app/store.js';
import { setHidden } from './dom.js';

/** @import { Ability } from '../engine/types.js' */

/** The abilities that the parts were last shown for. @type {Ability[] | undefined} */
let shown;

addPart(() => {
  const abilities = store.model?.abilities;
  if (!abilities || abilities === shown) return;
  shown = abilities;
  for (const part of document.querySelectorAll('[data-needs]')) {
    if (!(part instanceof HTMLElement)) continue;
    const needs = /** @type {Ability[]} */ (part.dataset.needs?.split(' '));
    setHidden(part, !needs.some(can));
  }
});
