// The earlier session that the browser has saved: continue it, or discard it.

import { byId, setDisabled, setHidden, setText } from '../ui/dom.js';
import { ago, count, counted, loss } from '../ui/format.js';
import { showNotice } from '../ui/messages.js';
import { withEngine } from './actions.js';
import { store, unsaved } from './store.js';

const box = byId('session', HTMLElement);
const words = byId('session-text', HTMLElement);
const buttons = ['session-continue', 'session-new'].map((id) => byId(id, HTMLButtonElement));

/** Whether the person was asked if it is to be forgotten. */
let isAsked = false;

/** Asks the browser's store once, when the engine has started. */
export async function offerSession() {
  const found = await store.engine?.earlierSession().catch(() => null);
  if (!found) return;
  const { preset, step, epochs, loss: error, data, images, at } = found;
  setText(
    words,
    `${preset} on ${data}, ${counted(images, 'image')}: step ${count(step)}, epoch ${epochs.toFixed(1)}, ` +
      `loss ${loss(error)}, ${ago(Date.now() - at)}.`,
  );
  setHidden(box, false);
}

async function restore() {
  for (const button of buttons) setDisabled(button, true);
  await withEngine(async (engine) => {
    const wasRunning = store.running;
    await engine.stop();
    const notice = await engine.restoreSession().catch(async (error) => {
      if (wasRunning) await engine.start();
      throw error;
    });
    unsaved.step = store.status?.step ?? 0;
    setHidden(box, true);
    showNotice(notice.text);
  }, 'Drop the same images first if they were not kept.');
  for (const button of buttons) setDisabled(button, false);
}

/** Forgets it at the second press: the first one asks. A double click is one press. @param {MouseEvent} event */
async function discard({ detail }) {
  if (!isAsked) return ask(true);
  if (detail > 1) return;
  setHidden(box, true);
  await withEngine((engine) => engine.forgetSession());
}

/** @param {boolean} asked */
function ask(asked) {
  isAsked = asked;
  setText(buttons[1], isAsked ? 'Discard for good' : 'Discard it');
}

buttons[0].addEventListener('click', restore);
buttons[1].addEventListener('click', discard);
buttons[1].addEventListener('blur', () => ask(false));
