// Model files: opening one. The network that was there before is set aside by the engine (runs.js).

import { withEngine } from '../../app/actions.js';
import { can, store, unsaved } from '../../app/store.js';
import { showNotice } from '../../ui/messages.js';

/** @import { Notice } from '../../engine/types.js' */

/** Continues from a model file. @param {File} file */
export async function openModel(file) {
  await withEngine(async (engine) => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const wasRunning = store.running;
    if (wasRunning) await engine.stop(); // what a user opens is not changed before they want it
    const notice = await engine.open(bytes).catch(async (error) => {
      if (wasRunning) await engine.start();
      throw error;
    });
    store.everStarted = true;
    [unsaved.step, unsaved.since] = [store.status?.step ?? 0, 0];
    showNotice(`${file.name}: ${notice.text.replace(/^O/, 'o')}${wasRunning ? '; training was stopped' : ''}`);
    readImagesAgain(notice);
  }, 'Choose a .safetensors file that was saved here or by the command line.');
}

/**
 * Images that were fitted to several models in turn would be blurred: their files are read again in the size of the one
 * that has come. Images that it cannot use in any size stay as they are.
 * @param {Notice} notice
 */
export function readImagesAgain({ reload }) {
  if (reload && can('reconstruct')) document.dispatchEvent(new CustomEvent('reload', { detail: 'quiet' }));
}
