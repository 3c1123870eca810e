// What a person can do: each button, key and drop ends in one of these.

import { app, invalidate, keyOf, unsaved } from './store.js';
import { download } from '../rail/data/files.js';
import { setting } from '../ui/format.js';
import { clearError, showError, showNotice } from '../ui/messages.js';

/** @import { Engine, Notice, Status } from '../engine/types.js' */

/** Settings that wait for the engine's answer to the one before; the latest wins. @type {Map<string, string>} */
const waiting = new Map();
/** The setting whose answer is awaited. @type {[name: string, value: string] | null} */
let asked = null;
/** @type {Promise<void> | null} */
let sending = null;
let later = 0;

export async function start() {
  await withEngine(async (engine) => {
    if (app.status?.finished) await goOn(engine, app.status);
    await engine.start(); // it tells that it runs, or that it cannot
    app.everStarted = true;
    if (!unsaved.since) unsaved.since = performance.now();
  }, 'Reset builds a network that fits; Edit layers puts a new head on this one.');
}

/** After the last epoch Start asks for as many again. @param {Engine} engine @param {Status} status */
async function goOn(engine, { epoch }) {
  const more = Math.max(1, Number(keyOf('epochs')?.default) || 10);
  const until = Math.round(epoch) + more;
  await engine.set('epochs', String(until));
  app.config = await engine.config();
  document.dispatchEvent(new CustomEvent('settings'));
  showNotice(`${more} more epochs, up to ${until}`);
}

export async function stop() {
  await withEngine(async (engine) => {
    await engine.stop();
    app.running = false;
    await refreshStatus();
  });
}

export async function toggle() {
  await (app.running ? stop() : start());
}

export async function step() {
  if (app.running) return;
  await withEngine(async (engine) => {
    await engine.step();
    app.everStarted = true;
    if (!unsaved.since) unsaved.since = performance.now();
    await refreshStatus();
  });
}

export async function reset() {
  await withEngine(async (engine) => {
    const notice = await engine.reset();
    unsaved.step = 0;
    unsaved.since = 0;
    await refreshModel();
    showNotice(notice?.text || 'Started again from the same seed');
  });
}

/**
 * Changes a setting. While the engine is busy with one value, later values of the same setting replace each other.
 * @param {string} name
 * @param {string} value
 * @param {number} [delay] milliseconds in which further values may replace this one, for sliders
 */
export function set(name, value, delay = 0) {
  waiting.set(name, value);
  clearTimeout(later);
  if (delay > 0) later = window.setTimeout(send, delay);
  else return send();
}

function send() {
  sending ??= sendAll().finally(() => {
    sending = null;
  });
  return sending;
}

async function sendAll() {
  const { engine } = app;
  for (let next = first(waiting); engine && next; next = first(waiting)) {
    asked = next;
    const [name, value] = next;
    waiting.delete(name);
    try {
      const notice = await engine.set(name, value);
      app.config = await engine.config();
      asked = null;
      clearError();
      document.dispatchEvent(new CustomEvent('settings'));
      await follow(notice);
    } catch (error) {
      asked = null;
      showError(error, `${name} stays ${app.config[name] || 'as it was'}.`);
      document.dispatchEvent(new CustomEvent('settings')); // the controls show again what is
    }
    invalidate();
  }
}

/** @param {Map<string, string>} map @returns {[string, string] | undefined} */
function first(map) {
  return map.entries().next().value;
}

/** What a control shows: the value on its way to the engine, else the engine's. @param {string} name */
export function settingOf(name) {
  return waiting.get(name) ?? (asked?.[0] === name ? asked[1] : app.config[name]);
}

/** @param {Notice} notice */
async function follow(notice) {
  if (notice.reload) document.dispatchEvent(new CustomEvent('reload'));
  if (!notice.text) return app.running ? undefined : refreshStatus(); // what had finished may have more to do
  if (notice.rebuilt) unsaved.step = 0;
  await refreshAll();
  showNotice(notice.text);
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
    const preset = app.model?.preset || 'model';
    const name = `${preset}-${app.status?.step ?? 0}.safetensors`;
    download(name, new Blob([bytes], { type: 'application/octet-stream' }));
    unsaved.step = app.status?.step ?? 0;
    unsaved.since = app.running ? performance.now() : 0;
    showNotice(`Saved as ${name}`);
  });
}

export async function refreshStatus() {
  if (!app.engine) return;
  app.status = await app.engine.status();
  app.valuesVersion += 1;
  invalidate();
}

export async function refreshModel() {
  if (!app.engine) return;
  app.model = await app.engine.modelSummary();
  app.modelVersion += 1;
  await refreshStatus();
}

export async function refreshAll() {
  if (!app.engine) return;
  app.data = await app.engine.dataSummary();
  app.example = await app.engine.exampleIndex();
  app.dataVersion += 1;
  await refreshModel();
}

/**
 * Runs something with the engine; a failure becomes the one error sentence.
 * @param {(engine: Engine) => Promise<void>} action
 * @param {string} [advice]
 */
export async function withEngine(action, advice = '') {
  if (!app.engine) return;
  try {
    clearError();
    await action(app.engine);
  } catch (error) {
    showError(error, advice);
  }
  invalidate();
}
