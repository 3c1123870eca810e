// The address carries the settings that differ from their defaults: #key=value&key=value.

import { pageDefault } from './defaults.js';
import { addPart, invalidate, keyOf, store } from './store.js';
import { showError } from '../ui/messages.js';
import { possibleBuilds } from '../engine/features.js';

/** @import { Engine } from '../engine/types.js' */

/** Places on a disk mean nothing here; threads are chosen before the engine starts. */
const NEVER = ['input-directory', 'model-directory', 'output-directory', 'cache-directory'];

/** Read by others: the build and the threads by engine.js, the view by view-mode.js, a model by hosted-model.js. */
const ELSEWHERE = ['build', 'threads', 'view', 'open'];

/** Kinds of network bring their own values of these, so even the common default is worth writing down. */
const OF_KINDS = ['learning-rate', 'batch-size'];

/** Settings the person brought in the address, before anything was changed. */
const brought = new URLSearchParams(location.hash.slice(1));

let isRead = false;
/** The settings that the address says. */
let written = store.config;

/**
 * Sets what the address says. Wrong settings cost one sentence together, and the others still count.
 * @param {Engine} engine
 */
export async function readHash(engine) {
  /** @type {string[]} */
  const wrong = [];
  const build = brought.get('build');
  if (build !== null && !possibleBuilds().includes(build))
    wrong.push(`build: expected one of ${possibleBuilds().join(', ')} in this browser, got "${build}"`);
  const wishes = [...brought].filter(([name]) => !ELSEWHERE.includes(name));
  const isOfData = (/** @type {[string, string]} */ [name]) => keyOf(name)?.effect === 'reload';
  const apply = async (/** @type {[string, string][]} */ some) => {
    for (const [name, value] of some) await engine.set(name, value).catch((error) => wrong.push(error.message));
  };
  await apply(wishes.filter(isOfData));
  // The engine has begun with the usual set. A network that is chosen must suit the data that are there.
  if (wishes.some(isOfData)) await engine.useSample().catch((error) => wrong.push(error.message));
  await apply(wishes.filter((wish) => !isOfData(wish)));
  if (wrong.length > 0)
    showError(`Some settings in the address cannot be used: ${wrong.join('; ')}`, 'The others were applied.');
  isRead = true;
  invalidate();
}

function draw() {
  if (!isRead || written === store.config) return;
  written = store.config;
  write();
}

/**
 * Writes what the person chose, without a step in the browser's history. What only suits this kind of network stays out:
 * read again it would count as chosen, and stay for every other kind.
 */
function write() {
  const found = new URLSearchParams();
  for (const name of ELSEWHERE) if (brought.has(name)) found.set(name, brought.get(name) ?? '');
  for (const { name } of store.keys) {
    const value = store.config[name];
    const differs = value !== pageDefault(name) || OF_KINDS.includes(name);
    if (value !== undefined && differs && store.chosen.includes(name) && !NEVER.includes(name)) found.set(name, value);
  }
  const text = found.toString();
  history.replaceState(null, '', text ? `#${text}` : location.pathname + location.search);
}

addPart(draw);
document.addEventListener('view', () => {
  brought.delete('view'); // the choice is remembered now, and a link no longer goes before it
  if (isRead) write();
});
