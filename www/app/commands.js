// Commands: settings and edits. They reach the engine one after the other, in the order in which they were given. While
// one waits for its turn a later value of the same control takes its place.

import { clearError, showError, showNotice } from '../ui/messages.js';
import { engine, invalidate, store, unsaved } from './store.js';
import { sendWithQuestions } from './views.js';

/** @import { Command, EditResult, Notice } from '../engine/types.js' */

/** @typedef {{ control: unknown, carryOut: () => Promise<any>, resolve: (result: any) => void }} Waiting */

/** A slider that rests this long has ended its drag; what comes after is an edit of its own. */
const DRAG_ENDS_MILLISECONDS = 700;

/** @type {Waiting[]} */
const queue = [];
let isSending = false;
let rest = 0;

/**
 * @template T
 * @param {unknown} control what it comes from, if a later one may take its place
 * @param {() => Promise<T>} carryOut which does not fail
 * @param {number} [delay] milliseconds to rest in, if nothing else comes
 * @returns {Promise<T>} the result, of the later command where one took the place
 */
function enqueue(control, carryOut, delay = 0) {
  const at = control === null ? -1 : queue.findIndex((waiting) => waiting.control === control);
  const [replaced] = at < 0 ? [] : queue.splice(at, 1);
  const result = new Promise((resolve) => {
    const settle = (/** @type {T} */ value) => {
      replaced?.resolve(value);
      resolve(value);
    };
    queue.push({ control, carryOut, resolve: settle });
  });
  clearTimeout(rest);
  if (delay > 0) rest = window.setTimeout(send, delay);
  else send();
  return /** @type {Promise<T>} */ (result);
}

async function send() {
  if (isSending) return;
  isSending = true;
  for (let next = queue.shift(); next; next = queue.shift()) next.resolve(await next.carryOut());
  isSending = false;
}

// --- Settings

/** Values on their way to the engine. @type {Map<string, string>} */
const sent = new Map();
/** Counts the settings that were answered: the controls show again what is. */
export const settings = { answered: 0 };

/**
 * Changes a setting.
 * @param {string} name
 * @param {string} value
 * @param {number} [delay] milliseconds in which further values may replace this one, for sliders
 */
export function set(name, value, delay = 0) {
  sent.set(name, value);
  return enqueue(name, () => sendSetting(name, value), delay);
}

/** What a control shows: the value on its way to the engine, else the engine's. @param {string} name */
export function settingOf(name) {
  return sent.get(name) ?? store.config[name];
}

/** @param {string} name @param {string} value */
async function sendSetting(name, value) {
  if (!store.engine) return;
  try {
    follow(await engine().set(name, value));
    clearError();
  } catch (error) {
    showError(error, `${name} stays ${store.config[name] || 'as it was'}.`);
  }
  if (sent.get(name) === value) sent.delete(name);
  settings.answered += 1;
  invalidate();
}

/** @param {Notice} notice */
function follow(notice) {
  if (notice.reload) document.dispatchEvent(new CustomEvent('reload'));
  if (notice.rebuilt) [unsaved.step, unsaved.since] = [0, 0];
  showNotice(notice.text);
}

// --- Edits of the network or the data, which can be taken back

/** What the last edit did. @type {{ last: EditResult | null, version: number }} */
export const edits = { last: null, version: 0 };

/** The drag that made the last edit; only that one may go on with it. @type {object | null} */
let dragging = null;

/**
 * Carries out a command; null where the engine refused it, which the page has reported by then.
 * @param {Command} command
 * @returns {Promise<EditResult | null>}
 */
export function edit(command) {
  return enqueue(null, () => sendEdit(command, null));
}

export const undo = () => edit({ do: 'undo' });
export const redo = () => edit({ do: 'redo' });

/** @param {Command} command @param {object | null} drag @returns {Promise<EditResult | null>} */
async function sendEdit(command, drag) {
  if (!store.engine) return null;
  // A key may ask once more than there are edits; that is no mistake to report.
  if (command.do === 'undo' && store.history.undo === null) return null;
  if (command.do === 'redo' && store.history.redo === null) return null;
  try {
    const joins = drag !== null && dragging === drag;
    const done = await sendWithQuestions((calls) => engine().editAndLook(command, joins, calls));
    dragging = drag;
    edits.last = done;
    edits.version += 1;
    if (done.notice) showNotice(done.notice.text);
    return done;
  } catch (error) {
    dragging = null;
    showError(error);
    return null;
  }
}

/**
 * Edits that belong together, as while a slider is dragged: one entry of the history. Later ones replace each other
 * while they wait, so what is sent is made at the last moment.
 * @returns {(make: () => Command | null) => void}
 */
export function createDrag() {
  const control = {};
  let drag = {};
  let ends = 0;
  return (make) => {
    clearTimeout(ends);
    ends = window.setTimeout(() => {
      drag = {};
    }, DRAG_ENDS_MILLISECONDS);
    const mine = drag;
    enqueue(control, async () => {
      const command = make();
      return command && sendEdit(command, mine);
    });
  };
}
