// The runs that were set aside: every network that has learnt stays until it is restored or discarded by hand, those of
// earlier visits too, which are in the browser's private files.

import { byId, create, setAttribute, setHidden, setText } from '../../ui/dom.js';
import { download } from '../../ui/download.js';
import { ago, count, counted, isNumber, loss, mebibytes, percent } from '../../ui/format.js';
import { showNotice } from '../../ui/messages.js';
import { withEngine } from '../../app/actions.js';
import { addPart, store, unsaved } from '../../app/store.js';
import { offerHead } from './head-offer.js';
import { openAsked, readImagesAgain } from './model-file.js';
import { narrow, showSection } from '../../ui/layout.js';
import { showTab } from '../../strip/shown-tab.js';

/** @import { KeptRun, RunCurves, RunSummary } from '../../engine/types.js' */

const box = byId('runs', HTMLDetailsElement);
const title = byId('runs-title', HTMLElement);
const list = byId('runs-list', HTMLElement);
const keptWords = byId('runs-kept', HTMLElement);
const drawing = byId('network', HTMLCanvasElement);

/** CSS pixels of the picture of a network, and milliseconds between two. */
const PICTURE = { width: 88, height: 50 };
const PICTURE_MILLISECONDS = 1500;
const SAVE_TIP = 'Downloads it as one .safetensors file';
const DISCARD_TIP = 'Forgets this network for good';

let seen = store.runs;
let kept = store.kept;
/** Whether the list has been shown: one that was closed by hand stays closed. */
let isKnown = false;
/** Names that were given by hand, by run. @type {Map<number, string>} */
const names = new Map();
/** Pictures of the networks, by run. @type {Map<number, HTMLCanvasElement>} */
const pictures = new Map();
/** Runs whose curves are on the chart: by number, those of earlier visits by key. @type {Set<number | string>} */
const compared = new Set();
/** The curve of a run of an earlier visit up to the place where it was restored, while that network is the current one. */
const before = { network: -1, /** @type {({ name: string } & RunCurves)[]} */ curves: [] };
/** The last picture of the network that is shown, and of the one before it. @type {{ network: number, picture: HTMLCanvasElement | null, before: HTMLCanvasElement | null, at: number }} */
const shown = { network: -1, picture: null, before: null, at: -Infinity };

function draw() {
  takePicture();
  if (before.curves.length > 0 && before.network !== store.stamps.network) {
    before.curves = [];
    showCurves();
  }
  if (seen === store.runs && kept === store.kept) return;
  const known = new Set(seen.map(({ id }) => id));
  const [keptBefore, isOther] = [kept, seen !== store.runs];
  [seen, kept] = [store.runs, store.kept];
  for (const { id } of seen) if (!known.has(id)) welcome(id);
  const gone = [...known].filter((id) => !seen.some((run) => run.id === id));
  const keys = keptBefore.runs.map(({ key }) => key).filter((key) => !kept.runs.some((run) => run.key === key));
  const wereCompared = [...gone, ...keys].filter((run) => compared.delete(run));
  for (const id of gone) {
    names.delete(id);
    pictures.delete(id);
  }
  if (wereCompared.length > 0) showCurves();
  const all = seen.length + kept.runs.length;
  setHidden(box, all === 0);
  setText(title, `${counted(all, 'trained network')} set aside`);
  setText(keptWords, wordsOfKept());
  // The user may not know yet. On a narrow screen the list would take the place of what is under the thumb.
  if (seen.length > known.size && !narrow.matches && !isKnown) box.open = isKnown = true;
  if (isOther || keptBefore.runs !== kept.runs) list.replaceChildren(...seen.map(row), ...kept.runs.map(keptRow));
}

/** A run that was set aside just now has the last picture of the network. @param {number} id */
function welcome(id) {
  if (!shown.before) return;
  pictures.set(id, shown.before);
  describe(id);
}

/** Keeps name and picture of a run with its file. @param {number} id */
function describe(id) {
  const look = { label: names.get(id) ?? '', picture: pictures.get(id)?.toDataURL() ?? '' };
  store.engine?.describeRun(id, look).catch(() => {}); // the list says where runs are not kept
}

/** How far the runs are kept for the next visit. */
function wordsOfKept() {
  const { bytes, budget, failure } = kept;
  const taken = `${mebibytes(bytes)} of ${mebibytes(budget)} MiB`;
  if (failure) return `Not all are kept for the next visit: ${failure}.`;
  return bytes > 0 ? `Kept for the next visit, without their images: ${taken}.` : '';
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
  const { id } = run;
  const picture = pictures.get(id);
  if (picture) setAttribute(picture, 'aria-label', `Network of ${nameOf(run)}`);
  const name = nameInput(nameOf(run), (text) => {
    const given = text || run.name;
    names.set(id, given);
    if (picture) setAttribute(picture, 'aria-label', `Network of ${given}`);
    describe(id);
    if (compared.has(id)) showCurves();
    return given;
  });
  return item(run, { 'data-run': String(id) }, picture, name, run.why, [
    button('Restore', `Goes on with ${nameOf(run)}; the network that is shown now is set aside in its place`, () =>
      restore(run),
    ),
    compareButton(id),
    button('Save', SAVE_TIP, () =>
      withEngine(async (engine) => saveAs(names.get(id) ?? '', run, await engine.saveRun(id))),
    ),
    button('Discard', DISCARD_TIP, () => withEngine((engine) => engine.discardRun(id))),
  ]);
}

/** @param {KeptRun} run */
function keptRow(run) {
  const { key, label, picture, at } = run;
  const name = keptName(run);
  const image = picture && create('img', { class: 'run-picture', src: picture, alt: `Network of ${name}` });
  const input = nameInput(name, (text) => {
    withEngine((engine) => engine.renameKeptRun(key, text));
    return text || run.name;
  });
  return item(run, { 'data-kept': key }, image, input, `kept ${ago(Date.now() - at)}`, [
    button('Restore', `Goes on with ${name}`, () => restoreKept(run)),
    compareButton(key),
    button('Save', SAVE_TIP, () => withEngine(async (engine) => saveAs(label, run, await engine.keptRunFile(key)))),
    button('Discard', DISCARD_TIP, () => withEngine((engine) => engine.discardKeptRun(key))),
  ]);
}

/** @param {string} value @param {(text: string) => string} rename takes what was written, and gives the name to show */
function nameInput(value, rename) {
  const input = create('input', {
    type: 'text',
    class: 'run-name',
    value,
    spellcheck: 'false',
    'aria-label': 'Name of the run',
    'data-tip': 'Click to give it another name',
  });
  input.addEventListener('change', () => {
    input.value = rename(input.value.trim());
  });
  return input;
}

/** @param {number | string} run its number, or the key of one of an earlier visit */
function compareButton(run) {
  const made = button('Compare', 'Draws its curve on the chart, below the present one', () => {
    if (!compared.delete(run)) compared.add(run);
    showTab('charts');
    if (narrow.matches) showSection('charts');
    setAttribute(made, 'aria-pressed', String(compared.has(run)));
    showCurves();
  });
  setAttribute(made, 'aria-pressed', String(compared.has(run)));
  return made;
}

/**
 * @param {RunSummary} run
 * @param {Record<string, string>} attributes
 * @param {HTMLElement | '' | undefined} picture
 * @param {HTMLElement} name
 * @param {string} why
 * @param {HTMLElement[]} buttons
 */
function item(run, attributes, picture, name, why, buttons) {
  const facts = [counted(run.step, 'step'), scoreOf(run), `on ${run.data}`].filter(Boolean).join(' · ');
  const reason = why ? create('span', { class: 'muted run-why' }, `${why.charAt(0).toUpperCase()}${why.slice(1)}`) : '';
  const words = create('span', { class: 'run-words' }, name, create('span', { class: 'run-facts' }, facts), reason);
  return create('li', attributes, picture || create('span', { class: 'run-picture' }), words, ...buttons);
}

/** @param {RunSummary} run */
const nameOf = ({ id, name }) => names.get(id) ?? name;

/** @param {KeptRun} run */
const keptName = ({ label, name }) => label || name;

/** Lays the curves of the compared runs below that of the present one. */
async function showCurves() {
  await withEngine(async (engine) => {
    const here = seen.filter(({ id }) => compared.has(id));
    const earlier = kept.runs.filter(({ key }) => compared.has(key));
    const curves = await Promise.all(here.map(({ id }) => engine.runCurves(id)));
    const found = await Promise.all(earlier.map(({ key }) => engine.keptRunCurves(key)));
    const { compare } = await import('../../strip/charts/curves.js');
    compare([
      ...before.curves,
      ...here.map((run, at) => ({ name: nameOf(run), ...curves[at] })),
      ...earlier.flatMap((run, at) => (found[at] ? [{ name: keptName(run), ...found[at] }] : [])),
    ]);
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

/** Opens the model file of a run; it is forgotten once the run is kept as the current one. @param {KeptRun} run */
async function restoreKept(run) {
  const { key, step } = run;
  await withEngine(async (engine) => {
    const [bytes, curves] = await Promise.all([engine.keptRunFile(key), engine.keptRunCurves(key)]);
    if (store.running) await engine.stop();
    const notice = await openAsked(engine, bytes);
    if (!notice) return;
    [unsaved.step, unsaved.since] = [0, performance.now()];
    showNotice(`Restored ${keptName(run)} at step ${count(step)}`);
    readImagesAgain(notice);
    offerHead(notice.reload ? undefined : notice); // images that are read again bring it with them
    await engine.saveSession();
    await engine.discardKeptRun(key);
    if (!curves) return;
    Object.assign(before, { network: store.stamps.network, curves: [{ name: `${keptName(run)}, before`, ...curves }] });
    showCurves();
  });
}

/** Downloads the model file of a run. @param {string} label given by hand @param {RunSummary} run @param {Uint8Array} bytes */
function saveAs(label, { preset, step }, bytes) {
  const own = label.replace(/[^\p{L}\p{N}.]+/gu, '-');
  const name = `${own || `${preset || 'model'}-${step}`}.safetensors`;
  const file = /** @type {Uint8Array<ArrayBuffer>} */ (bytes);
  download(name, new Blob([file], { type: 'application/octet-stream' }));
  showNotice(`Saved as ${name}`);
}

addPart(draw);
