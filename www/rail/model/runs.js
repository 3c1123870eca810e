// The runs that were set aside: every network that has learnt stays until it is restored or discarded by hand.

import { byId, create, setAttribute, setHidden, setText } from '../../ui/dom.js';
import { download } from '../../ui/download.js';
import { count, counted, isNumber, loss, percent } from '../../ui/format.js';
import { showNotice } from '../../ui/messages.js';
import { withEngine } from '../../app/actions.js';
import { addPart, store, unsaved } from '../../app/store.js';
import { readImagesAgain } from './model-file.js';
import { narrow, showSection } from '../../ui/layout.js';
import { showTab } from '../../strip/shown-tab.js';

/** @import { RunSummary } from '../../engine/types.js' */

const box = byId('runs', HTMLDetailsElement);
const title = byId('runs-title', HTMLElement);
const list = byId('runs-list', HTMLElement);
const drawing = byId('network', HTMLCanvasElement);

/** CSS pixels of the picture of a network, and milliseconds between two. */
const PICTURE = { width: 88, height: 50 };
const PICTURE_MILLISECONDS = 1500;

let seen = store.runs;
/** Names that were given by hand, by run. @type {Map<number, string>} */
const names = new Map();
/** Pictures of the networks, by run. @type {Map<number, HTMLCanvasElement>} */
const pictures = new Map();
/** Runs whose curves are on the chart. @type {Set<number>} */
const compared = new Set();
/** The last picture of the network that is shown, and of the one before it. @type {{ network: number, picture: HTMLCanvasElement | null, before: HTMLCanvasElement | null, at: number }} */
const shown = { network: -1, picture: null, before: null, at: -Infinity };

function draw() {
  takePicture();
  if (seen === store.runs) return;
  const known = new Set(seen.map(({ id }) => id));
  seen = store.runs;
  for (const { id } of seen) if (!known.has(id) && shown.before) pictures.set(id, shown.before);
  const gone = [...known].filter((id) => !seen.some((run) => run.id === id));
  const wereCompared = gone.filter((id) => compared.delete(id));
  for (const id of gone) {
    names.delete(id);
    pictures.delete(id);
  }
  if (wereCompared.length > 0) showCurves();
  setHidden(box, seen.length === 0);
  setText(title, `${counted(seen.length, 'trained network')} set aside`);
  // The user may not know yet. On a narrow screen the list would take the place of what is under the thumb.
  if (seen.length > known.size && !narrow.matches) box.open = true;
  list.replaceChildren(...seen.map(row));
}

/** Keeps a small picture of the network that is drawn, for the time when it is set aside. */
function takePicture() {
  const { network } = store.stamps;
  if (shown.network !== network)
    Object.assign(shown, { network, before: shown.picture, picture: null, at: performance.now() });
  if (drawing.width * drawing.height === 0 || performance.now() - shown.at < PICTURE_MILLISECONDS) return;
  const ratio = devicePixelRatio;
  const picture = create('canvas', { class: 'run-picture', role: 'img' });
  [picture.width, picture.height] = [PICTURE.width * ratio, PICTURE.height * ratio];
  const share = Math.min(picture.width / drawing.width, picture.height / drawing.height);
  const [width, height] = [drawing.width * share, drawing.height * share];
  const place = [(picture.width - width) / 2, (picture.height - height) / 2, width, height];
  picture.getContext('2d')?.drawImage(drawing, place[0], place[1], place[2], place[3]);
  Object.assign(shown, { picture, at: performance.now() });
}

/** @param {RunSummary} run */
function row(run) {
  const { id, step, why, data } = run;
  const facts = [counted(step, 'step'), scoreOf(run), `on ${data}`].filter(Boolean);
  const reason = why ? create('span', { class: 'muted run-why' }, `${why.charAt(0).toUpperCase()}${why.slice(1)}`) : '';
  const name = create('input', {
    type: 'text',
    class: 'run-name',
    value: nameOf(run),
    spellcheck: 'false',
    'aria-label': 'Name of the run',
    'data-tip': 'Click to give it another name',
  });
  name.addEventListener('change', () => {
    names.set(id, name.value.trim() || run.name);
    name.value = nameOf(run);
    const picture = pictures.get(id);
    if (picture) setAttribute(picture, 'aria-label', `Network of ${nameOf(run)}`);
    if (compared.has(id)) showCurves();
  });
  const comparing = button('Compare', 'Draws its curve on the chart, below the present one', () => {
    if (!compared.delete(id)) compared.add(id);
    showTab('charts');
    if (narrow.matches) showSection('charts');
    setAttribute(comparing, 'aria-pressed', String(compared.has(id)));
    showCurves();
  });
  setAttribute(comparing, 'aria-pressed', String(compared.has(id)));
  const picture = pictures.get(id);
  if (picture) setAttribute(picture, 'aria-label', `Network of ${nameOf(run)}`);
  return create(
    'li',
    { 'data-run': String(id) },
    picture ?? create('span', { class: 'run-picture' }),
    create('span', { class: 'run-words' }, name, create('span', { class: 'run-facts' }, facts.join(' · ')), reason),
    button('Restore', `Goes on with ${nameOf(run)}; the network that is shown now is set aside in its place`, () =>
      restore(run),
    ),
    comparing,
    button('Save', 'Downloads it as one .safetensors file', () => save(run)),
    button('Discard', 'Forgets this network for good', () => withEngine((engine) => engine.discardRun(id))),
  );
}

/** @param {RunSummary} run */
const nameOf = ({ id, name }) => names.get(id) ?? name;

/** Lays the curves of the compared runs below that of the present one. */
async function showCurves() {
  await withEngine(async (engine) => {
    const runs = seen.filter(({ id }) => compared.has(id));
    const curves = await Promise.all(runs.map(({ id }) => engine.runCurves(id)));
    const { compare } = await import('../../strip/charts/curves.js');
    compare(runs.map((run, at) => ({ name: nameOf(run), ...curves[at] })));
  });
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
async function restore(run) {
  const { id, step } = run;
  await withEngine(async (engine) => {
    if (store.running) await engine.stop();
    const notice = await engine.restoreRun(id);
    [unsaved.step, unsaved.since] = [0, performance.now()];
    showNotice(notice.text || `Restored ${nameOf(run)} at step ${count(step)}`);
    readImagesAgain(notice);
  });
}

/** @param {RunSummary} run */
async function save({ id, preset, step }) {
  await withEngine(async (engine) => {
    const bytes = /** @type {Uint8Array<ArrayBuffer>} */ (await engine.saveRun(id));
    const own = names.get(id)?.replace(/[^\p{L}\p{N}.]+/gu, '-');
    const name = `${own ?? `${preset || 'model'}-${step}`}.safetensors`;
    download(name, new Blob([bytes], { type: 'application/octet-stream' }));
    showNotice(`Saved as ${name}`);
  });
}

addPart(draw);
