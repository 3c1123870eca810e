// Autosave: the run is written to the browser's private file system now and then, so that a reload or a crash loses
// little.
//
// Files of a visit with the id ID (its start in milliseconds):
//   ID.data-MARK   the images, by their mark
//   ID.run-0, .run-1   two generations of checkpoints; the older one is written over
// The engine checks their checksums when it reads them.

import { isCancelled } from '../engine/progress.js';
import { NO_FILES, privateFolder } from '../engine/private-folder.js';
import { PART, access, exists, namesOf, partsOf, put, read, reasonOf, remove } from './kept-files.js';
import { isLocked, staysLocked, takeLock } from './visit-locks.js';

/** @import { SyncAccess } from './cache-files.js' */
/** @typedef {{ step: number, mark: string, preset: string, epochs: number, loss: number | null, valLoss: number | null,
 *   data: string, images: number, seconds: number }} Facts */

const PATTERN = /^(\d+)\.(run-[01]|data-[0-9a-f]{8})$/;
/** Writing may take at most this share of the time. */
const SHARE = 0.05;
/** After a writing that failed the next is tried so much later: room may have been made. */
const AGAIN_MILLISECONDS = 60_000;
/** Visits that were left and not forgotten yet, at most. */
const MOST_VISITS = 3;
const ELSEWHERE = 'This session is open in another tab';
const REPLACED = new Error('other images came while they were written');

/**
 * @param {() => any} engine
 * @param {() => number[]} written stamps of the network and of what anything but training wrote into it
 * @param {(message: { event: 'unsaved', error: string, forGood: boolean } | { event: 'work', id: 'autosave', words: string | null }) => void} tell
 * @param {() => Promise<void>} pause lets others have their turn
 */
export function createAutosave(engine, written, tell, pause) {
  let id = String(Date.now());
  let generation = 0;
  /** What was written last: step, stamps and mark of the data. */
  let saved = '';
  let savedMark = '';
  let checkedAt = performance.now();
  let savedAt = performance.now();
  let rest = 0;
  /** The writing under way. @type {Promise<void> | null} */
  let writing = null;
  /** Why the last writing failed, which was reported then. @type {string | null} */
  let failed = null;
  /** The visit that is offered. @type {{ id: string, run: string, facts: Facts, at: number } | null} */
  let offered = null;

  /** Now and then while training: whether it is time. */
  async function tick() {
    const now = performance.now();
    if (writing || now - checkedAt < 1000) return;
    checkedAt = now;
    const minutes = Number(engine().config()['checkpoint-minutes']);
    if (minutes > 0 && now - savedAt >= Math.max(minutes * 60_000, rest)) await save();
  }

  /** Writes a checkpoint of the run as it is now, and the images where they are not there yet. */
  async function save() {
    if (writing) await writing; // it may hold an earlier step
    writing ??= write().finally(() => {
      writing = null;
    });
    return writing;
  }

  async function write() {
    const step = engine().status().step;
    const now = [step, ...written(), engine().dataMark()].join();
    if (step === 0 || now === saved || engine().snapshots().shown !== null) return;
    const begin = performance.now();
    try {
      tell({ event: 'work', id: 'autosave', words: 'Saving the run for the next visit' }); // the page hears it while the engine is at it
      const bytes = checkpoint();
      tell({ event: 'work', id: 'autosave', words: null });
      if (bytes === null) return; // it was asked to end; the next time is soon
      const mark = engine().dataMark();
      const images = mark === savedMark ? null : (engine().packData() ?? null);
      const folder = await open();
      await takeLock(lockOf(id));
      if (images !== null) await put(folder, `${id}.data-${mark}`, images, imageParts(), pause);
      await put(folder, `${id}.run-${generation}`, bytes.length, partsOf(bytes), pause);
      generation = 1 - generation;
      if (mark !== savedMark && savedMark !== '') await forgetImages(folder, mark);
      saved = now;
      savedMark = mark;
      failed = null;
    } catch (error) {
      if (error === REPLACED) return; // the run goes on with other images, which the next time keeps
      const reason = reasonOf(error);
      tell({ event: 'work', id: 'autosave', words: null });
      if (reason !== failed) tell({ event: 'unsaved', error: reason, forGood: reason === NO_FILES });
      failed = reason;
    } finally {
      savedAt = performance.now();
      rest = Math.max((savedAt - begin) / SHARE, failed === null ? 0 : AGAIN_MILLISECONDS);
    }
  }

  function checkpoint() {
    engine().beginWork();
    try {
      return engine().checkpoint();
    } catch (error) {
      if (isCancelled(error)) return null;
      throw error;
    }
  }

  /** The images, part by part. */
  function* imageParts() {
    for (;;) {
      const part = engine().packPart(PART);
      if (!part) throw REPLACED;
      if (part.length === 0) return;
      yield part;
    }
  }

  /** The visit that kept a run last, or null; of those before only a few are left. */
  async function earlier() {
    const folder = await open().catch(() => null);
    if (!folder) return null;
    const visits = new Map();
    for await (const name of /** @type {any} */ (folder).keys()) {
      const found = PATTERN.exec(name);
      if (!found) {
        if (name.endsWith('.new') && !(await isLocked(lockOf(name.split('.')[0])))) await remove(folder, name);
        continue;
      }
      visits.set(found[1], [...(visits.get(found[1]) ?? []), name]);
    }
    const found = [];
    for (const [visit, names] of visits) {
      if (visit === id || (await staysLocked(lockOf(visit)))) continue;
      const run = await newest(folder, visit, names);
      if (run) found.push({ ...run, names });
      else for (const name of names) await remove(folder, name);
    }
    // Several were left where several pages went at once. The one that was kept last is offered; the others wait.
    found.sort((one, other) => other.at - one.at);
    for (const { names } of found.slice(MOST_VISITS)) for (const name of names) await remove(folder, name);
    offered = found[0] ?? null;
    return offered && { ...offered.facts, at: offered.at };
  }

  /** The newest run of a visit that can be read. @param {FileSystemDirectoryHandle} folder @param {string} visit @param {string[]} names */
  async function newest(folder, visit, names) {
    const runs = [];
    for (const run of names.filter((name) => name.includes('.run-'))) {
      const file = await (await folder.getFileHandle(run)).getFile();
      runs.push({ run, file, at: file.lastModified });
    }
    for (const { run, file, at } of runs.sort((a, b) => b.at - a.at)) {
      try {
        const facts = engine().checkpointFacts(new Uint8Array(await file.arrayBuffer()));
        if (facts) return { id: visit, run, facts, at };
      } catch {
        // Damaged: the generation before it may not be.
      }
    }
    return null;
  }

  /** Goes on with the run that `earlier` found. */
  async function restore() {
    if (!offered) throw new Error('There is no earlier session any more');
    const { id: visit, run, facts } = offered;
    const folder = await open();
    const release = await takeLock(lockOf(visit));
    if (!release) throw new Error(ELSEWHERE);
    try {
      return await resume(folder, visit, run, facts);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** @param {FileSystemDirectoryHandle} folder @param {string} visit @param {string} run @param {Facts} facts */
  async function resume(folder, visit, run, facts) {
    const handles = [await access(folder, run)];
    if (!handles[0]) throw new Error('The earlier session is gone');
    if (engine().dataMark() !== facts.mark) handles.push(await access(folder, `${visit}.data-${facts.mark}`));
    engine().beginWork(); // from here on nothing comes in between
    const [bytes, images = null] = contents(handles.filter((handle) => handle !== null));
    const notice = engine().resume(bytes, images);
    id = visit;
    generation = run.endsWith('0') ? 1 : 0;
    savedMark = (await exists(folder, `${visit}.data-${facts.mark}`)) ? facts.mark : '';
    offered = null;
    return notice;
  }

  /** The bytes of files, in parts that are counted as progress. @param {SyncAccess[]} handles */
  function contents(handles) {
    try {
      const rooms = handles.map((handle) => new Uint8Array(handle.getSize()));
      engine().expectWork(rooms.reduce((sum, room) => sum + room.length / 4, 0));
      rooms.forEach((room, number) => {
        let at = 0;
        for (const part of partsOf(room)) {
          at += handles[number].read(part, { at });
          engine().advanceWork(part.length / 4);
        }
      });
      return rooms;
    } finally {
      for (const handle of handles) handle.close();
    }
  }

  async function forget() {
    const visit = offered?.id;
    offered = null;
    if (!visit) return;
    const release = await takeLock(lockOf(visit));
    if (!release) return; // another tab has continued it
    const folder = await open();
    for (const name of await namesOf(folder)) if (name.startsWith(`${visit}.`)) await remove(folder, name);
    release();
  }

  /** Images that neither generation needs. @param {FileSystemDirectoryHandle} folder @param {string} mark */
  async function forgetImages(folder, mark) {
    const marks = new Set([mark]);
    const bytes = await read(folder, `${id}.run-${generation}`);
    try {
      if (bytes) marks.add(engine().checkpointFacts(bytes)?.mark);
    } catch {
      /* damaged: its images are of no use */
    }
    for (const name of await namesOf(folder)) {
      const [visit, rest] = name.split('.');
      if (visit === id && rest.startsWith('data-') && !marks.has(rest.slice(5))) await remove(folder, name);
    }
  }

  /** Whether this browser has the files that a run is kept in. */
  const keeps = () =>
    open().then(
      () => true,
      () => false,
    );

  return { tick, save, earlier, restore, forget, keeps };
}

const open = () => privateFolder('runs');
const lockOf = (/** @type {string} */ visit) => `run-${visit}`;
