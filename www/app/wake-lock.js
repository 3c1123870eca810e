// While training the screen is kept awake, where the browser can: a computer that falls asleep does not learn.

import { addPart, store } from './store.js';

/** @type {WakeLockSentinel | null} */
let lock = null;
let asked = false;

function draw() {
  if (!('wakeLock' in navigator)) return;
  if (store.running && !lock && !asked && !document.hidden) take();
  else if (!store.running && lock) drop();
}

async function take() {
  asked = true;
  try {
    lock = await navigator.wakeLock.request('screen');
    lock.addEventListener('release', () => {
      lock = null;
      asked = false;
    }); // the browser lets go when the tab is hidden
    if (!store.running) drop();
  } catch {
    // Refused, as with an empty battery; asked again when the tab is shown the next time.
  }
}

function drop() {
  lock?.release();
  lock = null;
  asked = false;
}

addPart(draw);
document.addEventListener('visibilitychange', () => {
  asked = false;
  draw();
});
