// The code that the decoder shows: the example's own, or what a person made of it.

import {
  addPart,
  app,
  byHand,
  embedding,
  engine,
  invalidate,
  isOvertaken,
  oneAtATime,
  versions,
  whereChanged,
} from '../../app/store.js';
import { showError } from '../../ui/messages.js';

/** @import { Code, Directions, Engine } from '../../engine/types.js' */

const MILLISECONDS = 200;

/** @type {{ known: Code | null, directions: Directions | null, version: number }} */
export const code = { known: null, directions: null, version: 0 };

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
  while (next && app.engine) {
    const change = next;
    next = null;
    const asked = versions();
    try {
      take(await change(app.engine));
      byHand();
    } catch (error) {
      if (!(await isOvertaken(asked))) showError(error);
    }
  }
}

/** @param {Code} now */
function take(now) {
  code.known = now;
  code.version += 1;
  invalidate();
}

function draw() {
  if (!app.engine || !embedding() || !watchers.some((isSeen) => isSeen())) return;
  askWhereChanged(`${app.example} ${app.dataVersion} ${app.modelVersion} ${app.handVersion}`);
}

const ask = oneAtATime(
  async () => {
    await engine().embedding(app.example); // makes it the one that is shown
    return { known: await engine().code(), directions: await engine().directions() };
  },
  ({ known, directions }) => {
    code.directions = directions;
    if (!changing) take(known);
  },
  (error) => showError(error),
);
const askWhereChanged = whereChanged(() => !changing && ask(), MILLISECONDS);

addPart(draw);
