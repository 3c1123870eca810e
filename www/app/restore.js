// The earlier session that the browser has kept: continue it, or start anew.

import { refreshAll, withEngine } from './actions.js';
import { app, unsaved } from './store.js';
import { byId, setDisabled, setHidden, setText } from '../ui/dom.js';
import { count, counted, loss } from '../ui/format.js';
import { showNotice } from '../ui/messages.js';

const box = byId('previous', HTMLElement);
const words = byId('previous-text', HTMLElement);
const buttons = ['previous-continue', 'previous-new'].map((id) => byId(id, HTMLButtonElement));

/** Asks the browser's store once, when the engine has started. */
export async function offerPrevious() {
  const found = await app.engine?.previous().catch(() => null);
  if (!found) return;
  const { preset, step, epochs, loss: error, data, images, at } = found;
  setText(
    words,
    `${preset} on ${data}, ${counted(images, 'image')}: step ${count(step)}, epoch ${epochs.toFixed(1)}, ` +
      `loss ${loss(error)}, ${ago(Date.now() - at)}.`,
  );
  setHidden(box, false);
}

/** @param {number} milliseconds */
function ago(milliseconds) {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 2) return 'just now';
  if (minutes < 120) return `${minutes} minutes ago`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} hours ago` : `${Math.round(minutes / 1440)} days ago`;
}

async function goOn() {
  for (const button of buttons) setDisabled(button, true);
  await withEngine(async (engine) => {
    const wasRunning = app.running;
    await engine.stop();
    const notice = await engine.continuePrevious().catch(async (error) => {
      if (wasRunning) await engine.start();
      throw error;
    });
    app.config = await engine.config();
    app.everStarted = true;
    app.running = false;
    document.dispatchEvent(new CustomEvent('settings'));
    await refreshAll();
    document.dispatchEvent(new CustomEvent('resumed'));
    unsaved.step = app.status?.step ?? 0;
    setHidden(box, true);
    showNotice(notice.text);
  }, 'Drop the same images first if they were not kept.');
  for (const button of buttons) setDisabled(button, false);
}

async function startNew() {
  setHidden(box, true);
  await withEngine((engine) => engine.forgetPrevious());
}

buttons[0].addEventListener('click', goOn);
buttons[1].addEventListener('click', startNew);
