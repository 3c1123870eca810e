// What a person can do with a run: each button and key ends in one of these.

import { setting } from '../ui/format.js';
import { download } from '../ui/download.js';
import { clearError, showError, showNotice } from '../ui/messages.js';
import { viewMode } from '../ui/view-mode.js';
import { set } from './commands.js';
import { invalidate, keyOf, store, unsaved } from './store.js';

/** @import { Engine, Status } from '../engine/types.js' */

export async function start() {
  await withEngine(async (engine) => {
    if (store.status?.finished) await goOn(store.status);
    await engine.start(); // its state says that it runs, or that it cannot
    begun();
  }, adviceToFit());
}

/** What there is to do where the network does not fit the images. */
export function adviceToFit() {
  const reset = 'Reset builds a network that fits';
  return viewMode() === 'full' ? `${reset}; Edit layers puts a new head on this one.` : `${reset}.`;
}

/** After the last epoch Start asks for as many again. @param {Status} status */
async function goOn({ epoch }) {
  const more = Math.max(1, Number(keyOf('epochs')?.default) || 10);
  const until = Math.round(epoch) + more;
  await set('epochs', String(until));
  showNotice(`${more} more epochs, up to ${until}`);
}

export async function stop() {
  await withEngine((engine) => engine.stop());
}

export async function toggle() {
  await (store.running ? stop() : start());
}

export async function step() {
  if (store.running) return;
  await withEngine(async (engine) => {
    await engine.step();
    begun();
  });
}

/** Trains to the end of the epoch. */
export async function epoch() {
  if (store.running) return;
  await withEngine(async (engine) => {
    await engine.epoch();
    begun();
  });
}

function begun() {
  unsaved.since ||= performance.now();
}

export async function reset() {
  await withEngine(async (engine) => {
    const notice = await engine.reset();
    [unsaved.step, unsaved.since] = [0, 0];
    showNotice(notice?.text || 'Started again from the same seed');
  });
}

/** The value of a setting nearest to a number, within what the engine allows. @param {string} name @param {number} value */
export function fitting(name, value) {
  const key = keyOf(name);
  const within = Math.min(key?.max ?? Infinity, Math.max(key?.min ?? -Infinity, value));
  return key?.whole ? String(Math.round(within)) : setting(within);
}

/** Downloads the model as one file. */
export async function save() {
  await withEngine(async (engine) => {
    const bytes = /** @type {Uint8Array<ArrayBuffer>} */ (await engine.save());
    const step = store.status?.step ?? 0;
    const name = `${store.model?.preset || 'model'}-${step}.safetensors`;
    download(name, new Blob([bytes], { type: 'application/octet-stream' }));
    unsaved.step = step;
    unsaved.since = store.running ? performance.now() : 0;
    showNotice(`Saved as ${name}`);
  });
}

/**
 * Runs something with the engine; a failure becomes the one error sentence.
 * @param {(engine: Engine) => Promise<void>} action
 * @param {string} [advice]
 */
export async function withEngine(action, advice = '') {
  if (!store.engine) return;
  try {
    clearError();
    await action(store.engine);
  } catch (error) {
    showError(error, advice);
  }
  invalidate();
}
