// The address carries the settings that differ from their defaults: #key=value&key=value.

import { refreshAll } from './actions.js';
import { PAGE_DEFAULTS } from './defaults.js';
import { app, engine } from './store.js';
import { showError } from '../ui/messages.js';

/** Places on a disk mean nothing here; threads are chosen before the engine starts. */
const NEVER = ['input-directory', 'model-directory', 'output-directory', 'cache-directory'];

/** Kinds of network bring their own values of these, so even the common default is worth writing down. */
const OF_KINDS = ['learning-rate', 'batch-size'];

const pageDefaults = new Map(
  PAGE_DEFAULTS.split('\n').map((line) => /** @type {[string, string]} */ (line.split('='))),
);

/** Settings the person brought in the address, before anything was changed. */
const brought = new URLSearchParams(location.hash.slice(1));

/** Sets what the address says. Wrong settings cost one sentence together, and the others still count. */
export async function readHash() {
  /** @type {string[]} */
  const wrong = [];
  let changed = false;
  for (const [name, value] of brought) {
    if (name === 'build' || name === 'threads') continue; // engine.js reads these
    await engine()
      .set(name, value)
      .then(
        () => {
          changed = true;
        },
        (error) => wrong.push(error.message),
      );
  }
  if (changed) {
    app.config = await engine().config();
    await refreshAll();
    document.dispatchEvent(new CustomEvent('settings'));
  }
  if (wrong.length > 0)
    showError(`The address asks for what cannot be: ${wrong.join('; ')}`, 'What else it says was taken.');
}

/**
 * Writes what the person chose, without a step in the browser's history. What only suits this kind of network stays out:
 * read again it would count as chosen, and stay for every other kind.
 */
export async function writeHash() {
  const chosen = await engine().chosenKeys();
  const found = new URLSearchParams();
  for (const name of ['build', 'threads']) if (brought.has(name)) found.set(name, brought.get(name) ?? '');
  for (const key of app.keys) {
    const value = app.config[key.name];
    const differs = value !== (pageDefaults.get(key.name) ?? key.default);
    if (
      value !== undefined &&
      chosen.includes(key.name) &&
      !NEVER.includes(key.name) &&
      (differs || OF_KINDS.includes(key.name))
    )
      found.set(key.name, value);
  }
  const text = found.toString();
  history.replaceState(null, '', text ? `#${text}` : location.pathname + location.search);
}
