// The list of files that were not used, each with its reason; long lists can be searched.

import { byId, create, setHidden, setText } from './dom.js';
import { count } from './format.js';

/** @import { Skipped } from '../engine/types.js' */

const dialog = byId('skipped-dialog', HTMLDialogElement);
const search = byId('skipped-search', HTMLInputElement);
const list = byId('skipped-list', HTMLElement);
const more = byId('skipped-more', HTMLElement);

/** Lines shown at once; the search finds the others. */
const MOST_LINES = 500;
/** A list of this length needs no search. */
const SHORT = 12;

/** @type {Skipped[]} */
let files = [];
let total = 0;

/** @param {Skipped[]} skipped @param {number} [all] how many there were, where the list does not hold every one */
export function showSkipped(skipped, all = skipped.length) {
  files = skipped;
  total = all;
  search.value = '';
  setHidden(search, files.length < SHORT);
  show();
  dialog.showModal();
}

function show() {
  const wanted = search.value.trim().toLowerCase();
  const matching = files.filter(({ path, reason }) => `${path} ${reason}`.toLowerCase().includes(wanted));
  list.replaceChildren(...matching.slice(0, MOST_LINES).map(line));
  const left = matching.length - MOST_LINES;
  const words =
    left > 0 ? `${count(left)} more; search to narrow them down. ` : matching.length === 0 ? 'Nothing matches. ' : '';
  setText(
    more,
    words + (total > files.length ? `The list holds the first ${count(files.length)} of ${count(total)}.` : ''),
  );
}

/** @param {Skipped} file */
function line({ path, reason }) {
  return create('li', {}, create('span', {}, path), create('span', {}, reason));
}

search.addEventListener('input', show);
