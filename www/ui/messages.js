// One place for what happened: the error box, the notice, and the progress of loading.

import { byId, setHidden, setText } from './dom.js';
import { count } from './format.js';
import { isCancelled } from '../engine/progress.js';
import { showSkipped } from './skipped-files.js';

/** @import { Skipped } from '../engine/types.js' */

const errorBox = byId('error', HTMLElement);
const errorText = byId('error-text', HTMLElement);
const errorAdvice = byId('error-advice', HTMLElement);
const errorList = byId('error-list', HTMLButtonElement);
const noticeBox = byId('notice', HTMLElement);
const noticeText = byId('notice-text', HTMLElement);
const loadingBox = byId('loading', HTMLElement);
const loadingTitle = byId('loading-title', HTMLElement);
const loadingCount = byId('loading-count', HTMLElement);
const loadingCurrent = byId('loading-current', HTMLElement);
const loadingProgress = byId('loading-progress', HTMLProgressElement);
const loadingCancel = byId('loading-cancel', HTMLButtonElement);

const messages = byId('messages', HTMLElement);
/** Where each of them is while no dialog is open. */
const homes = [errorBox, messages, noticeBox].map((box) => ({
  box,
  home: /** @type {HTMLElement} */ (box.parentElement),
}));

/** Long enough to read a sentence twice. */
const NOTICE_MILLISECONDS = 12_000;
let noticeTimer = 0;
/** @type {Skipped[]} */
let failed = [];
/** @type {(() => void) | null} */
let cancelLoading = null;

/**
 * One sentence that says what went wrong, and one that says what to do. Where the end of the work was asked for,
 * nothing went wrong.
 * @param {unknown} error
 * @param {string} [advice]
 * @param {Skipped[]} [files] that were not used, to be listed on demand
 */
export function showError(error, advice = '', files = []) {
  if (isCancelled(error)) return showNotice('Cancelled; everything is as it was');
  failed = files;
  setHidden(errorList, files.length === 0);
  setText(errorText, sentence(error instanceof Error ? error.message : String(error)));
  setText(errorAdvice, advice);
  place();
  setHidden(errorBox, false);
}

/** An open dialog covers the page and takes its focus: what happens is said inside it, below its title. */
function place() {
  const dialog = [...document.querySelectorAll('dialog[open]')].at(-1);
  for (const { box, home } of homes) {
    const holder = !dialog ? home : box === errorBox ? messages : dialog;
    if (box.parentElement === holder) continue;
    if (box === errorBox) holder.prepend(box);
    else holder.append(box);
  }
  const head = dialog?.querySelector('.dialog-head');
  messages.style.top = head instanceof HTMLElement ? `${head.offsetHeight + (dialog?.scrollTop ?? 0)}px` : '';
}

export function clearError() {
  setHidden(errorBox, true);
}

/** Something worth knowing that needs no action. @param {string} text */
export function showNotice(text) {
  if (!text) return;
  setText(noticeText, sentence(text));
  noticeText.title = text;
  place();
  setHidden(noticeBox, false);
  clearTimeout(noticeTimer);
  noticeTimer = window.setTimeout(hideNotice, NOTICE_MILLISECONDS);
}

/** @param {string} title @param {() => void} cancel */
export function showLoading(title, cancel) {
  setText(loadingTitle, title);
  setText(loadingCount, '');
  setText(loadingCurrent, '');
  loadingProgress.removeAttribute('value');
  cancelLoading = cancel;
  hideNotice();
  place();
  setHidden(loadingBox, false);
}

/** @param {number} done @param {number} total 0 while it is unknown @param {string} current */
export function showProgress(done, total, current) {
  setText(loadingCount, total ? `${count(done)} of ${count(total)}` : count(done));
  setText(loadingCurrent, current);
  if (total) {
    loadingProgress.max = total;
    loadingProgress.value = done;
  }
}

export function hideLoading() {
  setHidden(loadingBox, true);
  cancelLoading = null;
}

function hideNotice() {
  clearTimeout(noticeTimer);
  setHidden(noticeBox, true);
}

/** Full stop last, capital first; a sentence that begins with a name, as in "a.png: ...", keeps it as it is. @param {string} text */
function sentence(text) {
  const words = text.trim().replace(/^Error: /, '');
  const first = /^[a-z]+ /.test(words) ? words.charAt(0).toUpperCase() : words.charAt(0);
  return `${first}${words.slice(1)}${/[.!?]$/.test(words) ? '' : '.'}`;
}

document.addEventListener('close', place, true); // of a dialog
errorList.addEventListener('click', () => showSkipped(failed));
byId('error-close', HTMLButtonElement).addEventListener('click', clearError);
byId('notice-close', HTMLButtonElement).addEventListener('click', hideNotice);
loadingCancel.addEventListener('click', () => cancelLoading?.());
