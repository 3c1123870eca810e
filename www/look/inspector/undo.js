// Undo and redo: the buttons, and the list of what was done.

import { withEngine } from '../../app/actions.js';
import { redo, undo } from '../../app/commands.js';
import { addPart, invalidate, store, touch } from '../../app/store.js';
import { byId, create, isHalfTyped, setAttribute, setDisabled, setHidden, setText } from '../../ui/dom.js';
import { download } from '../../ui/download.js';
import { count, counted } from '../../ui/format.js';
import { showNotice } from '../../ui/messages.js';

/** @import { History } from '../../engine/types.js' */

const undoButton = byId('undo', HTMLButtonElement);
const redoButton = byId('redo', HTMLButtonElement);
const fold = byId('history-fold', HTMLDetailsElement);
const summary = byId('history-title', HTMLElement);
const list = byId('history-list', HTMLElement);
const input = byId('journal-input', HTMLInputElement);

/** @type {History | null} */
let seen = null;

function draw() {
  if (!store.engine || seen === store.history) return;
  seen = store.history;
  const { undo: back, redo: again, entries } = seen;
  setDisabled(undoButton, back === null);
  setDisabled(redoButton, again === null);
  setAttribute(undoButton, 'data-tip', back ? `Undo: ${back} (Ctrl+Z)` : 'Nothing to undo');
  setAttribute(redoButton, 'data-tip', again ? `Redo: ${again} (Shift+Ctrl+Z)` : 'Nothing to redo');
  setHidden(fold, entries.length === 0);
  setText(summary, `History · ${counted(entries.length, 'edit')}`);
  list.replaceChildren(
    ...[...entries]
      .reverse()
      .map(({ step, text, undone }) =>
        create(
          'li',
          undone ? { class: 'undone' } : {},
          create('span', { title: text }, undone ? `${text}, undone` : text),
          create('span', {}, `step ${count(step)}`),
        ),
      ),
  );
}

/** Downloads every edit of this run as one file. */
async function saveJournal() {
  await withEngine(async (engine) => {
    const name = `${store.model?.preset ?? 'edits'}-${store.status?.step ?? 0}.journal`;
    download(name, new Blob([await engine.journal()], { type: 'application/jsonl' }));
    showNotice(`Saved as ${name}`);
  });
}

/** Makes the edits of a journal on this network, in their order. @param {File} file */
async function replayJournal(file) {
  await withEngine(async (engine) => {
    const made = await engine.replay(await file.text());
    showNotice(`${made} edits of ${file.name} made again`);
    touch();
  }, 'Choose a .journal file that was saved here, for a network of the same build.');
}

addPart(draw);
undoButton.addEventListener('click', undo);
redoButton.addEventListener('click', redo);
byId('journal-save', HTMLButtonElement).addEventListener('click', saveJournal);
byId('journal-open', HTMLButtonElement).addEventListener('click', () => input.click());
input.addEventListener('change', () => {
  const file = input.files?.[0];
  input.value = '';
  if (file) replayJournal(file);
});
document.addEventListener('keydown', (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== 'z') return;
  const { target } = event;
  const isText =
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && ['text', 'search'].includes(target.type));
  if (isText || isHalfTyped(target)) return; // a number that was entered is an edit as any other
  if (document.querySelector('dialog[open]')) return;
  event.preventDefault();
  if (event.shiftKey) redo();
  else undo();
  invalidate();
});
