// The runs that were set aside: every network that has learnt stays until it is restored or discarded by hand.

import { byId, create, setHidden, setText } from '../../ui/dom.js';
import { download } from '../../ui/download.js';
import { count, counted, isNumber, loss, percent } from '../../ui/format.js';
import { showNotice } from '../../ui/messages.js';
import { withEngine } from '../../app/actions.js';
import { addPart, store, unsaved } from '../../app/store.js';
import { readImagesAgain } from './model-file.js';
import { narrow } from '../../ui/layout.js';

/** @import { RunSummary } from '../../engine/types.js' */

const box = byId('runs', HTMLDetailsElement);
const title = byId('runs-title', HTMLElement);
const list = byId('runs-list', HTMLElement);

/** There the list would take the place of what is under the thumb. */

let seen = store.runs;
let known = 0;

function draw() {
  if (seen === store.runs) return;
  seen = store.runs;
  setHidden(box, seen.length === 0);
  setText(title, `${counted(seen.length, 'trained network')} set aside`);
  if (seen.length > known && !narrow.matches) box.open = true; // the user may not know yet
  known = seen.length;
  list.replaceChildren(...seen.map(row));
}

/** @param {RunSummary} run */
function row(run) {
  const { name, step, why, data } = run;
  const facts = [counted(step, 'step'), scoreOf(run), `on ${data}`].filter(Boolean);
  const reason = why ? create('span', { class: 'muted run-why' }, `${why.charAt(0).toUpperCase()}${why.slice(1)}`) : '';
  return create(
    'li',
    { 'data-run': String(run.id) },
    create('span', { class: 'run-words' }, create('b', {}, name), ` ${facts.join(' · ')}`, reason),
    button('Restore', `Goes on with ${name}; the network that is shown now is set aside in its place`, () =>
      restore(run),
    ),
    button('Save', 'Downloads it as one .safetensors file', () => save(run)),
    button('Discard', 'Forgets this network for good', () => withEngine((engine) => engine.discardRun(run.id))),
  );
}

/** The figure that says most. @param {RunSummary} run */
function scoreOf({ accuracy, psnr, mse, valLoss, loss: error }) {
  if (isNumber(accuracy)) return percent(accuracy);
  if (isNumber(psnr)) return `${psnr.toFixed(1)} dB`;
  if (isNumber(mse)) return `MSE ${loss(mse)}`;
  return isNumber(valLoss ?? error) ? `loss ${loss(valLoss ?? error)}` : '';
}

/** @param {string} words @param {string} tip @param {() => void} act */
function button(words, tip, act) {
  const made = create('button', { type: 'button', class: 'button toggle', 'data-tip': tip }, words);
  made.addEventListener('click', act);
  return made;
}

/** @param {RunSummary} run */
async function restore({ id, name, step }) {
  await withEngine(async (engine) => {
    if (store.running) await engine.stop();
    const notice = await engine.restoreRun(id);
    [unsaved.step, unsaved.since] = [0, performance.now()];
    showNotice(notice.text || `Restored ${name} at step ${count(step)}`);
    readImagesAgain(notice);
  });
}

/** @param {RunSummary} run */
async function save({ id, preset, step }) {
  await withEngine(async (engine) => {
    const bytes = /** @type {Uint8Array<ArrayBuffer>} */ (await engine.saveRun(id));
    const name = `${preset || 'model'}-${step}.safetensors`;
    download(name, new Blob([bytes], { type: 'application/octet-stream' }));
    showNotice(`Saved as ${name}`);
  });
}

addPart(draw);
