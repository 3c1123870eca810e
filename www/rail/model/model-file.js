// Model files: opening one, and keeping the network that makes room, so that nobody loses it without noticing.

import { refreshAll, withEngine } from '../../app/actions.js';
import { app, unsaved } from '../../app/store.js';
import { byId, setHidden, setText } from '../../ui/dom.js';
import { download } from '../data/files.js';
import { counted } from '../../ui/format.js';
import { isCancelled } from '../../engine/progress.js';
import { showNotice } from '../../ui/messages.js';

/** @import { DataSummary, Engine, ModelSummary } from '../../engine/types.js' */
/** @typedef {{ model: ModelSummary, step: number, classes: string, file: Blob }} Network */

const box = byId('aside', HTMLElement);
const title = byId('aside-title', HTMLElement);
const words = byId('aside-text', HTMLElement);

/** What made room last. @type {Network | null} */
let aside = null;
/** The settings of the size before a model brought its own. @type {Map<string, { before: string, own: string }>} */
const sizes = new Map();

/**
 * The network of now, if it has learnt anything: to be kept in case that something takes its place. Fails where somebody
 * cancels that, and with it what was to take its place.
 * @returns {Promise<Network | null>}
 */
export async function networkOfNow() {
  const { engine, model, status } = app;
  if (!engine || !model || !status?.step) return null;
  const bytes = /** @type {Uint8Array<ArrayBuffer> | null} */ (
    await engine.save().catch((error) => {
      if (isCancelled(error)) throw error;
      return null; // without room for a copy nothing is kept
    })
  );
  return (
    bytes && {
      model,
      step: status.step,
      classes: namesOf(app.data),
      file: new Blob([bytes], { type: 'application/octet-stream' }),
    }
  );
}

/** The classes, to be compared. @param {DataSummary | null} data */
export function namesOf(data) {
  return JSON.stringify(data?.classes.map(({ name }) => name));
}

/** Tells that a network made room, until somebody decides. @param {Network} network @param {string} why */
export function tellAside(network, why) {
  aside = network;
  setText(title, `${network.model.preset}, trained for ${counted(network.step, 'step')}, made room.`);
  setText(words, why);
  setHidden(box, false);
}

function forget() {
  aside = null;
  setHidden(box, true);
}

/** Continues from a model file. @param {File} file */
export function openModel(file) {
  return open(file, file.name);
}

/** @param {Blob} file @param {string} name */
async function open(file, name) {
  await withEngine(async (engine) => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const wasRunning = app.running;
    if (wasRunning) await engine.stop(); // what somebody opens is not changed before they want it
    const { before, notice } = await exchange(engine, bytes).catch(async (error) => {
      if (wasRunning) await engine.start();
      throw error;
    });
    forget();
    app.running = false;
    app.everStarted = true;
    unsaved.since = 0;
    await refreshAll();
    unsaved.step = app.status?.step ?? 0;
    await takeSize(engine);
    app.config = await engine.config();
    document.dispatchEvent(new CustomEvent('settings'));
    showNotice(`${notice?.text || `Opened ${name}`}${wasRunning ? '; training was stopped' : ''}`);
    if (before) tellAside(before, 'It is in no file yet.');
    // What was fitted to several models in turn would be blurred: the files are read again in the size of this one.
    if (notice?.reload && app.model?.task === 'autoencoder')
      document.dispatchEvent(new CustomEvent('reload', { detail: 'quiet' }));
  }, 'Choose a .safetensors file that was saved here or by the command line.');
}

/** Takes the model of a file; gives what was there before, where that is in no file. @param {Engine} engine @param {Uint8Array} bytes */
async function exchange(engine, bytes) {
  const isUnsaved = (app.status?.step ?? 0) > unsaved.step;
  const before = isUnsaved ? await networkOfNow() : null;
  return { before, notice: await engine.open(bytes) };
}

/** The size of an opened model is a part of it: images that come later are read in it. @param {Engine} engine */
async function takeSize(engine) {
  if (!app.model) return;
  const config = await engine.config();
  for (const name of /** @type {const} */ (['width', 'height', 'channels'])) {
    const own = String(app.model.input[name]);
    const before = sizes.get(name)?.before ?? config[name];
    if (config[name] === own || (name === 'channels' && !['1', '3'].includes(own))) continue;
    await engine.set(name, own);
    sizes.set(name, { before, own });
  }
}

/** For a new network the sizes are again what they were before a model brought its own. Says whether any changed. */
export async function leaveSize() {
  const { engine } = app;
  let changed = false;
  for (const [name, { before, own }] of sizes) {
    if (!engine || app.config[name] !== own) continue; // the person has chosen another
    await engine.set(name, before);
    changed = true;
  }
  sizes.clear();
  if (engine && changed) {
    app.config = await engine.config();
    document.dispatchEvent(new CustomEvent('settings'));
  }
  return changed;
}

byId('aside-back', HTMLButtonElement).addEventListener('click', () => {
  if (aside) open(aside.file, aside.model.preset);
});
byId('aside-save', HTMLButtonElement).addEventListener('click', () => {
  if (!aside) return;
  const name = `${aside.model.preset || 'model'}-${aside.step}.safetensors`;
  download(name, aside.file);
  showNotice(`Saved as ${name}`);
});
byId('aside-close', HTMLButtonElement).addEventListener('click', forget);
