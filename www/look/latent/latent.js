// The code that the decoder shows: the example's own, or what a person made of it.

import { addPart, embedding, invalidate, same, store, touch } from '../../app/store.js';
import { createView, isOvertaken } from '../../app/views.js';
import { showError } from '../../ui/messages.js';

/** @import { Code, Directions, Engine } from '../../engine/types.js' */

const MILLISECONDS = 200;

/** @type {{ known: Code | null, directions: Directions | null, version: number }} */
export const latent = { known: null, directions: null, version: 0 };

/** The example and the network whose code is known. @type {unknown[]} */
let knownOf = [];

/** Whether a person made the code that is shown. Another example, or another network, begins with its own. */
export function isEdited() {
  return latent.known?.own === false && same(knownOf, [store.example, store.stamps.network]);
}

/** Parts that show the code; nothing is asked for while none of them is on the screen. @type {(() => boolean)[]} */
const watchers = [];
/** @type {((engine: Engine) => Promise<Code>) | null} */
let next = null;
let changing = false;

/** Keeps the code up to date while `isSeen`. @param {() => boolean} isSeen */
export function watchCode(isSeen) {
  watchers.push(isSeen);
}

/**
 * Changes the code. While the engine is busy with one change, later ones replace each other.
 * @param {(engine: Engine) => Promise<Code>} change
 */
export function changeCode(change) {
  next = change;
  if (changing) return;
  changing = true;
  carryOut().finally(() => {
    changing = false;
  });
}

async function carryOut() {
  while (next && store.engine) {
    const change = next;
    next = null;
    const stamps = { ...store.stamps };
    try {
      take(await change(store.engine));
      touch();
    } catch (error) {
      if (!isOvertaken(stamps)) showError(error);
    }
  }
}

/** @param {Code} now */
function take(now) {
  latent.known = now;
  knownOf = [store.example, store.stamps.network];
  latent.version += 1;
  invalidate();
}

function draw() {
  if (!store.engine || !embedding() || changing || !watchers.some((isSeen) => isSeen())) return;
  look(store.example);
}

const look = createView({
  every: MILLISECONDS,
  first: true,
  // The first makes it the one that is shown.
  ask: () => [['embedding', store.example], ['code'], ['directions']],
  take(_, /** @type {Code} */ known, /** @type {Directions | null} */ directions) {
    latent.directions = directions;
    if (!changing) take(known);
  },
});

addPart(draw);
