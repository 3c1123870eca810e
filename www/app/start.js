// What the document asks for first: the engine starts while the rest of the page is still on its way, and the words in
// the place of the network say how far it is.
import { startEngine } from '../engine/engine.js';
import { PAGE_DEFAULTS } from './defaults.js';

/** @import { Arrival } from '../engine/loading.js' */
/** @import { EngineEvent } from '../engine/types.js' */

/** What the engine reports before the page listens. @type {EngineEvent[]} */
const early = [];
/** @type {(event: EngineEvent) => void} */
let hear = (event) => early.push(event);

export const engine = startEngine((event) => hear(event), { config: PAGE_DEFAULTS, onArrival: showArrival });
engine.catch(() => {}); // main.js says why

/** Hands over what the engine reports, from the first event on. @param {(event: EngineEvent) => void} listener */
export function listen(listener) {
  hear = listener;
  for (const event of early.splice(0)) listener(event);
}

const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);

/** The document itself may still be on its way, too. @param {Arrival} arrival */
function showArrival({ share, bytes }) {
  const words = document.getElementById('engine-words');
  const bar = /** @type {HTMLProgressElement | null} */ (document.getElementById('engine-progress'));
  if (!words || !bar) return;
  bar.value = share;
  const isOnItsWay = share < 1 && bytes > 0;
  words.textContent = isOnItsWay
    ? `Loading the engine: ${megabytes(share * bytes)} of ${megabytes(bytes)} MB`
    : 'Starting the engine';
}
