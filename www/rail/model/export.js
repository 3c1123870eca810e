// Files for other programs: ONNX, compared with the network at once; one HTML page; folders for PyTorch and for static hosts;
// a project; a table of answers; labels.

import { withEngine } from '../../app/actions.js';
import { cancelJob, jobOf, percentDone, runJob } from '../../app/jobs.js';
import { addPart, can, store } from '../../app/store.js';
import { byId, setDisabled, setHidden, setText } from '../../ui/dom.js';
import { download } from '../../ui/download.js';
import { showNotice } from '../../ui/messages.js';
import { pythonFolder, siteFolder } from './folders.js';
import { readOnnx, writeOnnx } from './onnx-file.js';
import { playerPage } from './player-page.js';

/** @import { Engine } from '../../engine/types.js' */

const onnx = byId('export-onnx', HTMLButtonElement);
const page = byId('export-page', HTMLButtonElement);
const project = byId('export-project', HTMLButtonElement);
const python = byId('export-python', HTMLButtonElement);
const site = byId('export-site', HTMLButtonElement);
const predictions = byId('export-predictions', HTMLButtonElement);
const labels = byId('export-labels', HTMLButtonElement);
const input = byId('export-input', HTMLSelectElement);
const part = byId('export-part', HTMLSelectElement);
const check = byId('export-check', HTMLElement);

/** A difference above this is one that a user may see. */
const TOLERANCE = 1e-4;

/** @typedef {'whole' | 'encoder' | 'decoder' | 'partner'} Part */

/** The parts that the network has, with the words for them. @returns {[Part, string][]} */
function parts() {
  const halves = /** @type {[Part, string][]} */ ([
    ['encoder', 'encoder'],
    ['decoder', 'decoder'],
  ]);
  if (store.model?.embedding) return [['whole', 'all'], ...halves];
  if (can('exchange'))
    return [
      ['whole', 'the one shown'],
      ['partner', 'the other one'],
    ];
  return [];
}

let shownParts = '';

function draw() {
  const idle = store.engine && store.model;
  for (const button of [onnx, page, project, python, site, predictions, labels]) setDisabled(button, !idle);
  const choices = parts();
  const text = choices.join(';');
  if (text !== shownParts) part.replaceChildren(...choices.map(([value, words]) => new Option(words, value)));
  shownParts = text;
  setHidden(byId('export-part-row', HTMLElement), choices.length === 0);
  setHidden(byId('export-answers', HTMLElement), !can('classify') && !can('estimate'));
  const job = jobOf('predict');
  setText(predictions, job ? `Cancel, ${percentDone(job)}` : 'Predictions');
}

/** @param {string} ending */
const fileName = (ending) => `${store.model?.preset || 'model'}-${store.status?.step ?? 0}${ending}`;

/** @param {string} name @param {BlobPart} bytes */
function give(name, bytes) {
  download(name, new Blob([bytes], { type: 'application/octet-stream' }));
  showNotice(`Saved as ${name}`);
}

/** @param {string} words */
function tell(words) {
  setText(check, words);
  setHidden(check, words === '');
}

async function saveOnnx() {
  tell('');
  await withEngine(async (engine) => {
    const chosen = /** @type {Part} */ (part.value || 'whole');
    const form = input.value === 'bytes' ? 'bytes' : 'tensor';
    const saved = /** @type {Uint8Array<ArrayBuffer>} */ ((await engine.finishedFile(false)).bytes);
    const model = new Blob([saved]);
    const bytes = await writeOnnx(model, form, inFile(chosen));
    give(fileName(`${chosen === 'whole' ? '' : `-${chosen}`}.onnx`), bytes);
    if (chosen === 'encoder' || chosen === 'decoder') return;
    await compare(engine, saved, bytes, chosen).catch((error) =>
      tell(`It could not be opened here again: ${error.message}`),
    );
  });
}

/** A file of two networks begins with the one for small letters, whichever is shown. @param {Part} chosen @returns {Part} */
function inFile(chosen) {
  if (!can('exchange') || store.model?.task !== 'make-uppercase') return chosen;
  return chosen === 'whole' ? 'partner' : 'whole';
}

/** @param {Engine} engine @param {Uint8Array} saved @param {Uint8Array<ArrayBuffer>} written @param {Part} chosen */
async function compare(engine, saved, written, chosen) {
  const again = await readOnnx(new File([written], 'the file'), []);
  const difference = await engine.difference(saved, again, chosen === 'partner');
  const words = difference === 0 ? 'none' : difference.toExponential(1);
  const warning = difference > TOLERANCE ? 'Its answers differ from the network here. ' : '';
  tell(`${warning}Opened here again: largest difference over 8 images ${words}`);
}

async function saveProject() {
  await withEngine(async (engine) => {
    give(fileName('.zip'), /** @type {Uint8Array<ArrayBuffer>} */ (await engine.projectFile()));
  });
}

/** @param {'pytorch' | 'site'} kind @param {typeof pythonFolder} write */
async function saveFolder(kind, write) {
  await withEngine(async (engine) => {
    const folder = await write(/** @type {Uint8Array<ArrayBuffer>} */ (await engine.projectFile()));
    give(fileName(`-${kind}.zip`), folder);
  });
}

async function savePage() {
  tell('');
  await withEngine(async (engine) => {
    const title = `${store.model?.preset ?? 'model'}, ${store.data?.name ?? 'images'}`;
    const { bytes, difference } = await engine.finishedFile(true);
    const text = await playerPage(/** @type {Uint8Array<ArrayBuffer>} */ (bytes), title);
    download(fileName('.html'), new Blob([text], { type: 'text/html' }));
    showNotice(`Saved as ${fileName('.html')}`);
    if (difference !== undefined)
      tell(`Weights of 16 bits keep it small: largest difference over 8 images ${difference.toExponential(1)}`);
  });
}

async function savePredictions() {
  if (jobOf('predict')) return cancelJob('predict');
  const found = await runJob('predict', {});
  if (found) give(fileName('-predictions.csv'), found.table);
}

async function saveLabels() {
  await withEngine(async (engine) => give('labels.txt', await engine.labels()));
}

addPart(draw);
onnx.addEventListener('click', saveOnnx);
page.addEventListener('click', savePage);
project.addEventListener('click', saveProject);
python.addEventListener('click', () => saveFolder('pytorch', pythonFolder));
site.addEventListener('click', () => saveFolder('site', siteFolder));
predictions.addEventListener('click', savePredictions);
labels.addEventListener('click', saveLabels);
