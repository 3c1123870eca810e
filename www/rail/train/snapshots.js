// Looking back: the network as it was after earlier epochs, and a branch that goes on from one of them.

import { epoch, withEngine } from '../../app/actions.js';
import { addPart, store, touch } from '../../app/store.js';
import { byId, setAttribute, setDisabled, setHidden, setText } from '../../ui/dom.js';
import { count } from '../../ui/format.js';
import { showNotice } from '../../ui/messages.js';

/** @import { Snapshots } from '../../engine/types.js' */

const epochButton = byId('one-epoch', HTMLButtonElement);
const line = byId('look-back', HTMLElement);
const slider = byId('snapshot', HTMLInputElement);
const sliderText = byId('snapshot-text', HTMLElement);
const branchButton = byId('branch', HTMLButtonElement);

/** @type {Snapshots | null} */
let seen = null;
/** The number that the slider stands at, and whether the network is on its way there. */
let wanted = 0;
let isOnItsWay = false;

function draw() {
  setDisabled(epochButton, store.engine === null || store.model === null || store.running);
  if (seen === store.snapshots) return;
  seen = store.snapshots;
  show(seen);
}

/** @param {Snapshots} snapshots */
function show({ steps, epochs, shown }) {
  slider.max = String(steps.length);
  setDisabled(slider, steps.length === 0);
  line.classList.toggle('waiting', steps.length === 0); // its room is kept, so that nothing jumps
  if (!isOnItsWay) slider.value = String(shown ?? steps.length);
  setText(sliderText, shown === null ? 'latest' : `epoch ${count(epochs[shown])}`);
  setAttribute(slider, 'aria-valuetext', shown === null ? 'latest' : `after step ${count(steps[shown])}`);
  setHidden(branchButton, shown === null);
}

/** Follows the slider while it is dragged, one question at a time. */
async function scrub() {
  wanted = Number(slider.value);
  if (isOnItsWay) return;
  isOnItsWay = true;
  for (let at = NaN; at !== wanted;) await travelTo((at = wanted));
  isOnItsWay = false;
  show(store.snapshots);
}

/** Shows a kept network by its number, or behind the last the latest one. @param {number} number */
export async function travelTo(number) {
  await withEngine(async (engine) => {
    if (store.running) await engine.stop();
    await engine.travel(number >= store.snapshots.steps.length ? -1 : number);
    touch();
  });
}

async function branch() {
  await withEngine(async (engine) => {
    const notice = await engine.branch();
    if (notice) showNotice(notice.text);
  });
}

addPart(draw);
epochButton.addEventListener('click', epoch);
for (const name of ['input', 'change']) slider.addEventListener(name, scrub);
branchButton.addEventListener('click', branch);
