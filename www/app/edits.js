// Changing the network by hand: every edit goes through here, one after the other, and can be taken back.

import { refreshAll, refreshStatus, withEngine } from './actions.js';
import { app, byHand, invalidate } from './store.js';
import { download } from '../rail/data/files.js';
import { showError, showNotice } from '../ui/messages.js';

/** @import { Command, EditResult, History } from '../engine/types.js' */

/** A slider that rests this long has ended its drag; what comes after is an edit of its own. */
const DRAG_ENDS_MILLISECONDS = 700;

/**
 * What undo and redo would do, the last edits, and what the last one did.
 * @type {{ known: History, last: EditResult | null, version: number }}
 */
export const history = { known: { undo: null, redo: null, entries: [] }, last: null, version: 0 };

/** Commands that may change the data. @type {Command['do'][]} */
const OF_DATA = ['relabel', 'move', 'undo', 'redo'];

/** The drag that made the last edit; only that one may go on with it. @type {object | null} */
let dragging = null;
/** @type {Promise<unknown>} */
let queue = Promise.resolve();

/**
 * Carries out a command; null where the engine refused it, which the page has told by then.
 * @param {Command} command
 * @returns {Promise<EditResult | null>}
 */
export function edit(command) {
  return enqueue(command, null);
}

export const undo = () => edit({ do: 'undo' });
export const redo = () => edit({ do: 'redo' });

/** @param {Command} command @param {object | null} by the drag @returns {Promise<EditResult | null>} */
function enqueue(command, by) {
  const result = queue.then(async () => {
    const { engine } = app;
    if (!engine) return null;
    // A key may ask once more than there are edits; that is no mistake to tell of.
    if (command.do === 'undo' && history.known.undo === null) return null;
    if (command.do === 'redo' && history.known.redo === null) return null;
    try {
      const done = await engine.edit(command, by !== null && dragging === by);
      dragging = by;
      await follow(done);
      if (OF_DATA.includes(command.do)) await followData();
      return done;
    } catch (error) {
      dragging = null;
      showError(error);
      return null;
    }
  });
  queue = result;
  return result;
}

/** @param {EditResult} done */
async function follow(done) {
  const known = /** @type {import('../engine/types.js').Engine} */ (app.engine).history();
  byHand();
  history.known = await known;
  history.last = done;
  history.version += 1;
  if (done.notice) {
    app.config = await /** @type {import('../engine/types.js').Engine} */ (app.engine).config();
    document.dispatchEvent(new CustomEvent('settings'));
    if (done.notice.rebuilt) await refreshAll();
    showNotice(done.notice.text);
  }
  if (!done.notice?.rebuilt && !app.running) await refreshStatus();
  invalidate();
}

/** Images may have gone to other classes or splits. */
async function followData() {
  const data = await /** @type {import('../engine/types.js').Engine} */ (app.engine).dataSummary();
  const [old, now] = [app.data, data].map((of) => JSON.stringify([of?.train, of?.validation, of?.test, of?.classes]));
  if (old === now) return;
  app.data = data;
  app.dataVersion += 1;
  invalidate();
}

/** After something that is no edit but may stand in the history: a setting, another network. */
export async function refreshHistory() {
  if (!app.engine) return;
  history.known = await app.engine.history();
  history.version += 1;
  invalidate();
}

/**
 * Edits that belong together, as while a slider is dragged: one entry of the history. While the engine is busy with one,
 * later ones replace each other, so what is sent is made at the last moment.
 * @returns {(make: () => Command | null) => void}
 */
export function createDrag() {
  let token = {};
  let ends = 0;
  /** @type {(() => Command | null) | null} */
  let next = null;
  let sending = false;
  return (make) => {
    clearTimeout(ends);
    ends = window.setTimeout(() => {
      token = {};
    }, DRAG_ENDS_MILLISECONDS);
    next = make;
    if (sending) return;
    sending = true;
    send().finally(() => {
      sending = false;
    });
  };

  async function send() {
    while (next) {
      const command = next();
      next = null;
      if (command) await enqueue(command, token);
    }
  }
}

/** Downloads every edit of this run as one file. */
export async function saveJournal() {
  await withEngine(async (engine) => {
    const name = `${app.model?.preset ?? 'edits'}-${app.status?.step ?? 0}.journal`;
    download(name, new Blob([await engine.journal()], { type: 'application/jsonl' }));
    showNotice(`Saved as ${name}`);
  });
}

/** Makes the edits of a journal on this network, in their order. @param {File} file */
export async function replayJournal(file) {
  await withEngine(async (engine) => {
    const made = await engine.replay(await file.text());
    showNotice(`${made} edits of ${file.name} made again`);
    await refreshAll();
    byHand();
    await refreshHistory();
  }, 'Choose a .journal file that was saved here, for a network of the same build.');
}
