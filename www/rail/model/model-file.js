// Model files, files of ONNX and projects: opening one. The network that was there before is set aside by the engine (runs.js).

import { withEngine } from '../../app/actions.js';
import { can, store, unsaved } from '../../app/store.js';
import { showNotice } from '../../ui/messages.js';
import { offerHead } from './head-offer.js';
import { isOnnx, readOnnx } from './onnx-file.js';

/** @import { FileBeside } from '../../engine/onnx.js' */
/** @import { Engine, Notice } from '../../engine/types.js' */

/** The first entry of a project, and where its name is in a zip. */
const FIRST = 'run.safetensors';
const NAME_AT = 30;

/** Whether a file is a project rather than a zip of images. @param {File} file */
export async function isProject(file) {
  if (!/\.zip$/i.test(file.name)) return false;
  const start = await file.slice(0, NAME_AT + FIRST.length).text();
  return start.startsWith('PK\x03\x04') && start.endsWith(FIRST);
}

/**
 * Continues from a model file or a file of ONNX, or goes on with a project.
 * @param {File} file
 * @param {FileBeside[]} [beside] files that one of ONNX has numbers in
 */
export async function openModel(file, beside = []) {
  await withEngine(async (engine) => {
    const bytes = isOnnx(file.name) ? await readOnnx(file, beside) : new Uint8Array(await file.arrayBuffer());
    const wasRunning = store.running;
    if (wasRunning) await engine.stop(); // what a user opens is not changed before they want it
    let notice = null;
    try {
      notice = (await isProject(file)) ? await engine.openProject(bytes) : await openAsked(engine, bytes);
    } finally {
      if (!notice && wasRunning) await engine.start();
    }
    if (!notice) return;
    [unsaved.step, unsaved.since] = [store.status?.step ?? 0, 0];
    showNotice(`${file.name}: ${notice.text.replace(/^O/, 'o')}${wasRunning ? '; training was stopped' : ''}`);
    readImagesAgain(notice);
    offerHead(notice.reload ? undefined : notice); // images that are read again bring it with them
  }, 'Choose a .safetensors file or a project that was saved here or by the command line.');
}

/**
 * Opens a file. A network whose passes would take minutes is opened where the user wants it all the same; null where not.
 * @param {Engine} engine
 * @param {Uint8Array} bytes
 */
export async function openAsked(engine, bytes) {
  try {
    return await engine.open(bytes.slice()); // the engine takes what it is given
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    if (!sentence.includes('work-limit')) throw error;
    if (!confirm(`${sentence}. Open it all the same? Each step will be slow.`)) return null;
  }
  const limit = store.config['work-limit'];
  await engine.set('work-limit', '0');
  try {
    return await engine.open(bytes);
  } catch (error) {
    await engine.set('work-limit', limit);
    throw error;
  }
}

/**
 * Images that were fitted to several models in turn would be blurred: their files are read again in the size of the one
 * that has come, also for a new head on it. Images that it cannot use in any size stay as they are.
 * @param {Notice} notice
 */
export function readImagesAgain({ reload, newClasses }) {
  if (reload && (can('reconstruct') || newClasses > 0))
    document.dispatchEvent(new CustomEvent('reload', { detail: 'quiet' }));
}
