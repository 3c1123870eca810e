// Parts of the page that say what they need of the learner (`data-needs`) are there only for those that have it.

import { addPart, can, store } from '../app/store.js';
import { setHidden } from './dom.js';

/** @import { Ability } from '../engine/types.js' */

const parts = [...document.querySelectorAll('[data-needs]')].filter((part) => part instanceof HTMLElement);

addPart(() => {
  if (!store.model) return;
  for (const part of parts) setHidden(part, !can(/** @type {Ability} */ (part.dataset.needs)));
});
