// How a long call is watched and ended where the worker shares no memory with the page: it reports to the page how far
// it is, and looks whether the page's flag still stands. The flag is a file in the browser's private file system, because that
// the page can remove, and a worker notice, without a message's having to arrive.

import { flagFolder } from '../engine/private-folder.js';

const LOOK_MILLISECONDS = 100;
/** Flags of pages that went without taking theirs down. */
const OLD_MILLISECONDS = 24 * 60 * 60 * 1000;

/** @param {(share: number | null) => void} report what is done of the work, 0 to 1; null where it is not counted */
export function createCancelFlag(report) {
  /** @type {File | null} */
  let flag = null;
  let isDown = false;
  /** @type {boolean | undefined} */
  let sees;
  let looked = 0;
  return {
    /** Raises the flag that counts from now on; false where its fall could not be seen from here. @param {string} name */
    async raise(name) {
      flag = null; // what comes meanwhile is not meant by the one that fell
      isDown = false;
      sees ??= await canSee();
      flag = sees ? await write(name).catch(() => null) : null; // as where the disk is full
      return flag !== null;
    },
    /** Called by the engine during work; says whether that shall end. @param {number} done @param {number} total */
    look(done, total) {
      if (isDown || performance.now() - looked < LOOK_MILLISECONDS) return isDown;
      looked = performance.now();
      report(total === 0 ? null : Math.min(1, done / total));
      isDown = flag !== null && !stands(flag);
      return isDown;
    },
  };
}

/** Whether a flag that is taken down is seen to be. */
async function canSee() {
  try {
    const [folder, name] = [await flagFolder(), crypto.randomUUID()];
    for await (const [other, handle] of folder.entries()) {
      const { lastModified } = await /** @type {FileSystemFileHandle} */ (handle).getFile();
      if (lastModified < Date.now() - OLD_MILLISECONDS) await folder.removeEntry(other);
    }
    const flag = await write(name);
    const stood = stands(flag);
    await folder.removeEntry(name);
    return stood && !stands(flag);
  } catch {
    return false; // private windows of some browsers have no such files
  }
}

async function write(/** @type {string} */ name) {
  const handle = await (await flagFolder()).getFileHandle(name, { create: true });
  const writable = await handle.createWritable();
  await writable.write('stands');
  await writable.close();
  return handle.getFile();
}

function stands(/** @type {File} */ flag) {
  try {
    const { FileReaderSync } = /** @type {any} */ (globalThis); // which only workers have
    return new FileReaderSync().readAsText(flag) === 'stands';
  } catch {
    return false;
  }
}
