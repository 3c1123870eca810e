// A new head on what a network has learnt, and the offer of it: images of other classes than those that an opened base
// names. The offer stays until it is answered.

import { withEngine } from '../../app/actions.js';
import { addPart, invalidate, store } from '../../app/store.js';
import { byId, setHidden, setText } from '../../ui/dom.js';
import { showNotice } from '../../ui/messages.js';

/** @import { ModelSummary, Notice } from '../../engine/types.js' */

const box = byId('head-offer', HTMLElement);
const words = byId('head-offer-words', HTMLElement);
const accept = byId('head-offer-accept', HTMLButtonElement);
const dismiss = byId('head-offer-dismiss', HTMLButtonElement);

/** The network that the offer is about. @type {ModelSummary | null} */
let base = null;

/** Offers a head, if what has just come needs one. @param {Notice | undefined} notice */
export function offerHead(notice) {
  base = notice?.newClasses ? store.model : null;
  if (notice)
    setText(words, `These images have ${notice.newClasses} classes that the network does not know: train a new head?`);
  setHidden(box, base === null);
  invalidate();
}

/** Whether the offer waits for its answer. */
export function isHeadOffered() {
  return !box.hidden;
}

/** Keeps what the network has learnt but for its last layers, which it gets again for the classes of the images. */
export async function trainHead() {
  offerHead(undefined);
  await withEngine(async (engine) => {
    await engine.set('transfer-schedule', 'auto');
    const notice = await engine.transfer('auto', '', 'dense'); // the engine chooses what suits the number of images
    showNotice(`${notice.text}. Press Start`);
  }, 'The network is as it was.');
}

// Another network needs another answer.
addPart(() => {
  if (base !== null && store.model?.preset !== base.preset) offerHead(undefined);
});
accept.addEventListener('click', trainHead);
dismiss.addEventListener('click', () => offerHead(undefined));
