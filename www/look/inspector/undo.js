// Undo and redo: the buttons, and the list of what was done.

import { addPart, app, invalidate } from '../../app/store.js';
import { byId, create, isHalfTyped, setAttribute, setDisabled, setHidden, setText } from '../../ui/dom.js';
import { history, redo, refreshHistory, replayJournal, saveJournal, undo } from '../../app/edits.js';
import { count, counted } from '../../ui/format.js';

const undoButton = byId('undo', HTMLButtonElement);
const redoButton = byId('redo', HTMLButtonElement);
const fold = byId('history-fold', HTMLDetailsElement);
const summary = byId('history-title', HTMLElement);
const list = byId('history-list', HTMLElement);
const input = byId('journal-input', HTMLInputElement);

let seen = -1;
let seenModel = -1;

function draw() {
  if (!app.engine) return;
  if (seenModel !== app.modelVersion) {
    seenModel = app.modelVersion;
    refreshHistory();
  }
  if (seen === history.version) return;
  seen = history.version;
  const { undo: back, redo: again, entries } = history.known;
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

addPart(draw);
undoButton.addEventListener('click', undo);
redoButton.addEventListener('click', redo);
document.addEventListener('settings', () => {
  if (app.engine) refreshHistory();
});
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
