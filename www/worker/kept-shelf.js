// The shelf over reloads: runs that were set aside are kept in the browser's private file system until they are restored
// or discarded by hand.
//
// Files of run RUN of a visit with the id VISIT (its start in milliseconds), in the folder shelf:
//   VISIT-RUN.safetensors   its model file: weights, moments, class names, settings
//   VISIT-RUN.json          what a list says of it (Note)
//   VISIT-RUN.curves.json   its curves, at so many rows at most
// All of them together stay within a budget: a run that does not fit is not kept, which the page says. Images are not
// kept with them.

import { privateFolder } from '../engine/private-folder.js';
import { namesOf, partsOf, put, read, reasonOf, remove } from './kept-files.js';
import { staysLocked, takeLock } from './visit-locks.js';

/** @import { KeptRun, KeptRuns, RunCurves, RunLook, RunSummary, Series } from '../engine/types.js' */
/** @typedef {RunSummary & RunLook & { at: number }} Note */

const BUDGET_BYTES = 256 << 20;
/** Rows of a table of curves: more than a chart has pixels for are not needed. */
const MOST_ROWS = 600;
const PATTERN = /^(\d+)-(\d+)\.json$/;

const open = () => privateFolder('shelf');
const lockOf = (/** @type {string} */ visit) => `shelf-${visit}`;
const modelOf = (/** @type {string} */ key) => `${key}.safetensors`;
const noteOf = (/** @type {string} */ key) => `${key}.json`;
const curvesOf = (/** @type {string} */ key) => `${key}.curves.json`;

/**
 * @param {() => any} engine
 * @param {() => Promise<void>} keepCurrent writes the current run, where one that was restored is then safe
 * @param {(message: { event: 'kept', kept: KeptRuns }) => void} tell
 * @param {() => Promise<void>} pause lets others have their turn
 */
export function createKeptShelf(engine, keepCurrent, tell, pause) {
  const visit = String(Date.now());
  /** The runs on the engine's shelf. @type {RunSummary[]} */
  let wanted = [];
  /** Runs of this visit that are in files. @type {Set<number>} */
  const written = new Set();
  /** What the page calls them, and their pictures. @type {Map<number, RunLook>} */
  const looks = new Map();
  /** Runs of earlier visits. @type {KeptRun[]} */
  let earlier = [];
  /** Why a run is not kept. @type {string | null} */
  let failure = null;
  /** What is done with the files, one after the other. @type {Promise<void>} */
  let work = Promise.resolve();

  const keyOf = (/** @type {number} */ id) => `${visit}-${id}`;

  /** @param {(folder: FileSystemDirectoryHandle) => Promise<void>} act */
  function queue(act) {
    work = work.then(async () => {
      try {
        failure = null;
        await act(await open());
      } catch (error) {
        failure = reasonOf(error);
      }
      await report();
    });
    return work;
  }

  /** Keeps the runs that came onto the shelf, and forgets those that left it. @param {RunSummary[]} runs */
  function follow(runs) {
    wanted = runs.filter(({ current }) => !current);
    if (wanted.length + written.size > 0) queue(update);
  }

  /** @param {FileSystemDirectoryHandle} folder */
  async function update(folder) {
    await takeLock(lockOf(visit));
    const refused = await writeMissing(folder).catch((error) => error);
    const gone = [...written].filter((id) => !wanted.some((run) => run.id === id));
    if (gone.length > 0) await keepCurrent(); // one of them may be the current run
    for (const id of gone) {
      written.delete(id);
      looks.delete(id);
      await forget(folder, keyOf(id));
    }
    if (refused && gone.length > 0) await writeMissing(folder);
    else if (refused) throw refused;
  }

  /** @param {FileSystemDirectoryHandle} folder */
  async function writeMissing(folder) {
    for (const run of wanted) {
      if (written.has(run.id)) continue;
      engine().beginWork();
      const bytes = engine().saveRun(run.id);
      if ((await sizeOf(folder)) + bytes.length > BUDGET_BYTES) throw new Error(`${BUDGET_BYTES >> 20} MiB are taken`);
      await put(folder, modelOf(keyOf(run.id)), bytes.length, partsOf(bytes), pause);
      const { series, validation } = engine().runCurves(run.id);
      await putJson(folder, curvesOf(keyOf(run.id)), { series: thinned(series), validation: thinned(validation) });
      written.add(run.id);
      await writeNote(folder, run);
    }
  }

  /** @param {FileSystemDirectoryHandle} folder @param {RunSummary} run */
  async function writeNote(folder, run) {
    const look = looks.get(run.id) ?? { label: '', picture: '' };
    /** @type {Note} */
    const note = { ...run, ...look, at: Date.now() };
    await putJson(folder, noteOf(keyOf(run.id)), note);
  }

  /** @param {FileSystemDirectoryHandle} folder @param {string} name @param {object} value */
  async function putJson(folder, name, value) {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    await put(folder, name, bytes.length, [bytes], pause);
  }

  /** Takes the name that a person gave a run, and its picture. @param {number} id @param {RunLook} look */
  function describe(id, look) {
    looks.set(id, look);
    const run = wanted.find((run) => run.id === id);
    if (run && written.has(id)) return queue((folder) => writeNote(folder, run));
    return work;
  }

  /** Looks for runs that earlier visits have left, but for those of pages that are open. */
  const find = () =>
    queue(async (folder) => {
      const found = [];
      for (const name of await namesOf(folder)) {
        const [, of] = PATTERN.exec(name) ?? [];
        if (!of || of === visit || (await staysLocked(lockOf(of)))) continue;
        const key = name.slice(0, -'.json'.length);
        const note = jsonIn(await read(folder, name));
        if (isNote(note)) found.push({ ...note, key });
        else await forget(folder, key);
      }
      earlier = found.sort((one, other) => other.at - one.at);
    });

  /** The model file of a run of an earlier visit. @param {string} key */
  async function file(key) {
    const bytes = await read(await open(), modelOf(key));
    if (!bytes) throw new Error('This network is not kept any more; it was restored or discarded in another tab');
    return bytes;
  }

  /** The curves of a run of an earlier visit; null where they are not kept. @param {string} key @returns {Promise<RunCurves | null>} */
  async function curves(key) {
    const found = jsonIn(await read(await open(), curvesOf(key)));
    return found && { series: seriesIn(found.series), validation: seriesIn(found.validation) };
  }

  /** Gives a run of an earlier visit another name. @param {string} key @param {string} label */
  const rename = (key, label) =>
    queue(async (folder) => {
      const note = jsonIn(await read(folder, noteOf(key)));
      if (!isNote(note)) return;
      await putJson(folder, noteOf(key), { ...note, label });
      earlier = earlier.map((run) => (run.key === key ? { ...run, label } : run));
    });

  /** Forgets a run of an earlier visit for good. @param {string} key */
  const discard = (key) =>
    queue(async (folder) => {
      await forget(folder, key);
      earlier = earlier.filter((run) => run.key !== key);
      await writeMissing(folder);
    });

  async function report() {
    const bytes = await open().then(sizeOf, () => 0);
    tell({ event: 'kept', kept: { runs: earlier, bytes, budget: BUDGET_BYTES, failure } });
  }

  return { follow, find, describe, file, curves, rename, discard };
}

/** @param {FileSystemDirectoryHandle} folder @param {string} key */
async function forget(folder, key) {
  await remove(folder, noteOf(key));
  await remove(folder, curvesOf(key));
  await remove(folder, modelOf(key));
}

/** Bytes of all files of a folder. @param {FileSystemDirectoryHandle} folder */
async function sizeOf(folder) {
  const names = await namesOf(folder);
  const files = await Promise.all(names.map((name) => folder.getFileHandle(name).then((handle) => handle.getFile())));
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** What a file of JSON says; null where it is missing or damaged. @param {Uint8Array | null} bytes */
function jsonIn(bytes) {
  try {
    return JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array()));
  } catch {
    return null;
  }
}

/** @param {any} note @returns {note is Note} */
const isNote = (note) => typeof note?.name === 'string' && Number.isFinite(note.step);

/** Evenly chosen rows of a table; in a file, what was not recorded is null. @param {Series} table */
function thinned(table) {
  const rows = Math.max(0, ...Object.values(table).map(({ length }) => length));
  const every = Math.max(1, Math.ceil(rows / MOST_ROWS));
  const isKept = (/** @type {number} */ _, /** @type {number} */ row) => row % every === 0 || row === rows - 1;
  return Object.fromEntries(Object.entries(table).map(([name, values]) => [name, Array.from(values).filter(isKept)]));
}

/** @param {Record<string, (number | null)[]>} table @returns {Series} */
function seriesIn(table) {
  const values = (/** @type {(number | null)[]} */ row) => Float64Array.from(row, (value) => value ?? NaN);
  return Object.fromEntries(Object.entries(table ?? {}).map(([name, row]) => [name, values(row)]));
}
