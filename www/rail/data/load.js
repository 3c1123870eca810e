// Files become the data set, or a model: the one way in for the drop, the buttons and the keys.

import { set } from '../../app/commands.js';
import { onJob } from '../../app/jobs.js';
import { invalidate, store } from '../../app/store.js';
import { counted } from '../../ui/format.js';
import { fromDialog, nameOf, walkDrop } from './files.js';
import { clearError, hideLoading, showError, showLoading, showNotice, showProgress } from '../../ui/messages.js';
import { viewMode } from '../../ui/view-mode.js';
import { offerHead } from '../model/head-offer.js';
import { isProject, openModel } from '../model/model-file.js';
import { besideOf, isOnnx } from '../model/onnx-file.js';

/** @import { DataPart, DataSummary, Source } from '../../engine/types.js' */

/** @typedef {{ name: string, parts: DataPart[], builtIn: string }} Origin where data came from */

/** The files of the data set, to read it again at another size: one part, and those added to it. @type {DataPart[]} */
let parts = [];
/** What was there before the present data: files that can be read again, or a built-in set. @type {Origin | null} */
let before = null;
/** Whether the next images are added to the present ones. */
let adds = false;
let cancelled = false;
/** The built-in set that was used last. */
let builtIn = 'shapes';

/** @param {{ entries: FileSystemEntry[], files: File[] }} drop @returns {Promise<void>} */
export async function loadDrop(drop) {
  if (!begin('Looking through the folder')) return;
  try {
    await loadOrOpen(
      await walkDrop(
        drop,
        (found, current) => showProgress(found, 0, current),
        () => cancelled,
      ),
    );
  } catch (error) {
    end();
    showError(error, 'Drop it once more, or open it with the buttons under Data.');
  }
}

/** Returns the images, null where none came. @param {Iterable<File>} files @returns {Promise<DataSummary | null>} */
export async function loadFiles(files) {
  const sources = fromDialog(files);
  return sources.length > 0 && begin('Reading') ? loadOrOpen(sources) : null;
}

/** Reads the same files once more, after a setting of the data changed. */
async function loadAgain(isQuiet = false) {
  if (parts.length > 0 && begin('Reading the images again')) await load(parts, false);
  else if (parts.length === 0 && !isQuiet) await useSample(); // drawn in the size that is asked for
}

/** Remembers where the present data came from, before others take their place. @returns {Origin | null} */
const origin = () => store.data && { name: store.data.name, parts, builtIn };

/** The name of the data before the present ones; null where there were none. */
export function nameBefore() {
  return before?.name ?? null;
}

/** Brings back the data from before, and keeps where the present ones came from in their place. */
export async function bringBack() {
  if (!before) return;
  if (before.parts.length === 0) await useSample(before.builtIn);
  else if (begin('Reading')) await load(before.parts, false);
}

/** Reads files that the page has made itself; null where they did not come. @param {DataPart} part */
export async function loadMade(part) {
  return begin('Reading') ? load([part], false) : null;
}

/** Whether the data set came from files that can be read again. */
export function hasSources() {
  return parts.length > 0;
}

/** Whether the next images will be added to the present ones, which must have come from files. */
export function isAdding() {
  return adds && hasSources();
}

/** @param {boolean} next whether the next images are to be added */
export function setAdding(next) {
  adds = next;
  invalidate();
}

/** Uses a built-in set: the one that is named, or else that of the settings. Returns whether it came. @param {string} [name] */
export async function useSample(name) {
  if (name && name !== store.config.sample) await set('sample', name);
  clearTimeout(again); // this is the reading that a setting has asked for
  const engine = store.engine;
  if (!engine || store.loading) return false;
  try {
    clearError();
    const old = origin();
    const isOther = parts.length > 0 || builtIn !== store.config.sample;
    builtIn = store.config.sample;
    const summary = await engine.useSample();
    if (isOther) before = old;
    parts = [];
    showNotice(summary.notice?.text ?? '');
    return true;
  } catch (error) {
    showError(error);
    return false;
  }
}

onJob('load', ({ done, total, current, arranging }) => {
  const words = arranging ? 'all files are read; the images are brought to their places in memory' : current;
  if (store.loading) showProgress(done, total, words);
});

/** @param {string} title */
function begin(title) {
  if (!store.engine) return false;
  if (store.loading) {
    showNotice('Still loading the previous images');
    return false;
  }
  clearError();
  cancelled = false;
  store.loading = true;
  invalidate();
  showLoading(title, cancel);
  return true;
}

function cancel() {
  cancelled = true;
  store.engine?.loadCancel().catch(() => {});
}

/** A model file is opened, with the files that it names, or a project; everything else is images. Returns those, if they came. @param {Source[]} sources */
async function loadOrOpen(sources) {
  const projects = await Promise.all(sources.map(({ file }) => isProject(file)));
  const isModel = (/** @type {string} */ path) => isOnnx(path) || /\.safetensors$/i.test(path);
  const models = sources.filter(({ path }, index) => isModel(path) || projects[index]);
  const others = sources.filter((source) => !models.includes(source));
  const beside = models.length === 1 ? await besideOf(models[0], others) : [];
  const images = others.filter(({ file }) => !beside.some((one) => one.file === file));
  if (cancelled || (models.length === 0 && images.length === 0)) {
    end();
    if (!cancelled) showError('There was no file in what was dropped', 'Drop a folder, a zip or images.');
    return null;
  }
  const loaded = images.length === 0 ? null : await load([{ name: nameOf(images), sources: images }], isAdding());
  end();
  if (models.length === 1) {
    await openModel(models[0].file, beside);
  } else if (models.length > 1)
    showError(`One network can be open, and ${models.length} model files came`, 'Drop the one that you want.');
  return loaded;
}

/**
 * Returns the data that came; null where they stay as they were.
 * @param {DataPart[]} read
 * @param {boolean} isAdded whether they come to the present images, or take their place
 */
async function load(read, isAdded) {
  const engine = store.engine;
  if (!engine) return null;
  showLoading(`Reading ${read[0].name}`, cancel);
  const old = origin();
  try {
    const first = cancelled ? null : await engine.load(read, isAdded);
    if (!first) {
      showNotice('Reading was cancelled; the data is as it was');
      return null;
    }
    if (!isAdded && read !== parts) before = old;
    parts = isAdded ? [...parts, ...read] : read;
    adds = false;
    // The size of an opened model means nothing for a network that was built for other classes.
    const summary = first.notice?.reload ? ((await engine.load(parts, false)) ?? first) : first;
    const where = viewMode() === 'full' ? 'see why under Data' : 'All tools says why, under Data';
    const skipped = summary.skipped > 0 ? `; ${counted(summary.skipped, 'file')} skipped, ${where}` : '';
    showNotice(`${summary.notice?.text ?? counted(summary.used, 'image')}${skipped}`);
    offerHead(summary.notice);
    return summary;
  } catch (error) {
    showError(
      error,
      'The data is as it was. Drop a folder, a zip, fonts, or images such as PNG and JPEG.',
      await engine.failedList().catch(() => []),
    );
    return null;
  } finally {
    end();
  }
}

function end() {
  store.loading = false;
  hideLoading();
  invalidate();
}

/** Several settings may change at once; the files are read once. */
let again = 0;
let isHeld = false;

/** Does something that brings other data itself: settings that it changes read nothing again. @param {() => Promise<void>} bring */
export async function withoutReading(bring) {
  clearTimeout(again);
  isHeld = true;
  try {
    await bring();
  } finally {
    isHeld = false;
  }
}

document.addEventListener('reload', (event) => {
  clearTimeout(again);
  if (isHeld) return;
  again = window.setTimeout(loadAgain, 100, event instanceof CustomEvent && event.detail === 'quiet');
});
