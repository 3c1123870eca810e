// The engine's files in the browser's private file system: packs of decoded images, each under a number.
//
// They are opened here, in the engine's worker; the engine then reads and writes them by itself, through the functions
// that src/wasm/stream.rs imports by the name `neurariumShelves`. The buffers it hands in are shared between threads,
// which not every browser lets a file be read into, so bytes pass through one that is not.

import { privateFolder } from '../engine/private-folder.js';

/**
 * What the type check does not know, because only workers have it.
 * @typedef {{ getSize(): number, read(into: Uint8Array, options: { at: number }): number, flush(): void, close(): void,
 *   write(bytes: Uint8Array, options: { at: number }): number, truncate(size: number): void }} SyncAccess
 */

const transfer = new Uint8Array(1 << 20);
/** Room that is left to the browser for other things. */
const spareBytes = 64 << 20;

/** Data that are read again use the same file twice for a while. @type {Map<number, { name: string, handle: SyncAccess, users: number }>} */
const opened = new Map();
let lastNumber = 0;

/** @param {number} number */
function shelf(number) {
  const handle = opened.get(number)?.handle;
  if (!handle) throw new Error('the file of decoded images is closed; drop the images again');
  return handle;
}

/** @type {any} */ (globalThis).neurariumShelves = {
  size: (/** @type {number} */ number) => shelf(number).getSize(),

  read(/** @type {number} */ number, /** @type {number} */ at, /** @type {Uint8Array} */ into) {
    for (let done = 0; done < into.length;) {
      const part = transfer.subarray(0, Math.min(transfer.length, into.length - done));
      const count = shelf(number).read(part, { at: at + done });
      if (count === 0) throw new Error('the file of decoded images ends too early; drop the images again');
      into.set(part.subarray(0, count), done);
      done += count;
    }
  },

  write(/** @type {number} */ number, /** @type {number} */ at, /** @type {Uint8Array} */ bytes) {
    for (let done = 0; done < bytes.length;) {
      const part = transfer.subarray(0, Math.min(transfer.length, bytes.length - done));
      part.set(bytes.subarray(done, done + part.length));
      const count = shelf(number).write(part, { at: at + done });
      if (count === 0) throw new Error('the browser gives no more disk space; free some and drop the images again');
      done += count;
    }
  },

  cut: (/** @type {number} */ number, /** @type {number} */ size) => shelf(number).truncate(size),
  flush: (/** @type {number} */ number) => shelf(number).flush(),

  close(/** @type {number} */ number) {
    const file = opened.get(number);
    if (!file || --file.users > 0) return;
    file.handle.close();
    opened.delete(number);
  },
};

/** Pages that may use the same images at a time, each with a pack of its own: a file has one user. */
const mostCopies = 4;

/**
 * Opens a file, which need not be there yet; null where the browser keeps none.
 * @param {string} name
 * @returns {Promise<number | null>}
 */
export async function openShelf(name) {
  for (const [number, file] of opened) {
    if (file.name !== name) continue;
    file.users++;
    return number;
  }
  const packs = await folder().catch(() => null);
  if (!packs) return null;
  await makeRoom(packs, name).catch(() => {});
  for (let copy = 1; copy <= mostCopies; copy++) {
    try {
      const file = await packs.getFileHandle(copy === 1 ? name : `${copy}-${name}`, { create: true });
      const handle = await /** @type {any} */ (file).createSyncAccessHandle();
      opened.set(++lastNumber, { name, handle, users: 1 });
      return lastNumber;
    } catch {
      // Another page has it open.
    }
  }
  return null;
}

/** Removes the files that nothing was written to. */
export async function dropEmpty() {
  const packs = await folder();
  for (const { name, size } of await closedPacks(packs)) if (size === 0) await packs.removeEntry(name);
}

/** What the packs take on disk that are not in use, and how many they are. */
export async function unusedPacks() {
  let [count, bytes] = [0, 0];
  for (const { size } of await closedPacks(await folder()).catch(() => [])) {
    count++;
    bytes += size;
  }
  return { count, bytes };
}

/** Removes all packs that are not in use. */
export async function removeUnused() {
  const packs = await folder();
  for (const { name } of await closedPacks(packs)) await packs.removeEntry(name).catch(() => {}); // another page's
}

const folder = () => privateFolder('packs');

/** Those that no page has open, the oldest first. @param {FileSystemDirectoryHandle} packs */
async function closedPacks(packs) {
  const closed = [];
  for await (const handle of /** @type {any} */ (packs).values()) {
    const file = await handle.getFile().catch(() => null);
    const probe = file && (await handle.createSyncAccessHandle().catch(() => null));
    probe?.close();
    if (probe) closed.push({ name: handle.name, size: file.size, modified: file.lastModified });
  }
  return closed.sort((one, other) => one.modified - other.modified);
}

/** Where disk space runs short, older packs make room. @param {FileSystemDirectoryHandle} packs @param {string} wanted */
async function makeRoom(packs, wanted) {
  const { quota = Infinity, usage = 0 } = await navigator.storage.estimate();
  let free = quota - usage - spareBytes;
  if (free > 0.2 * quota) return;
  for (const { name, size } of await closedPacks(packs)) {
    if (name.endsWith(wanted) || free > 0.2 * quota) continue;
    await packs.removeEntry(name).catch(() => {});
    free += size;
  }
}
