// The engine's cache files of decoded images, in the browser's private file system, each under a number.
//
// They are opened here, in the engine's worker; the engine then reads and writes them by itself, through the functions
// that src/wasm/engine/stream.rs imports by the name `neurariumCacheFiles`. The buffers it hands in are shared between threads,
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
function cacheFile(number) {
  const handle = opened.get(number)?.handle;
  if (!handle) throw new Error('the file of decoded images is closed; drop the images again');
  return handle;
}

/** @type {any} */ (globalThis).neurariumCacheFiles = {
  size: (/** @type {number} */ number) => cacheFile(number).getSize(),

  read(/** @type {number} */ number, /** @type {number} */ at, /** @type {Uint8Array} */ into) {
    for (let done = 0; done < into.length;) {
      const part = transfer.subarray(0, Math.min(transfer.length, into.length - done));
      const count = cacheFile(number).read(part, { at: at + done });
      if (count === 0) throw new Error('the file of decoded images ends too early; drop the images again');
      into.set(part.subarray(0, count), done);
      done += count;
    }
  },

  write(/** @type {number} */ number, /** @type {number} */ at, /** @type {Uint8Array} */ bytes) {
    for (let done = 0; done < bytes.length;) {
      const part = transfer.subarray(0, Math.min(transfer.length, bytes.length - done));
      part.set(bytes.subarray(done, done + part.length));
      const count = cacheFile(number).write(part, { at: at + done });
      if (count === 0) throw new Error('the browser gives no more disk space; free some and drop the images again');
      done += count;
    }
  },

  cut: (/** @type {number} */ number, /** @type {number} */ size) => cacheFile(number).truncate(size),
  flush: (/** @type {number} */ number) => cacheFile(number).flush(),

  close(/** @type {number} */ number) {
    const file = opened.get(number);
    if (!file || --file.users > 0) return;
    file.handle.close();
    opened.delete(number);
  },
};

/** Pages that may use the same images at a time, each with a file of its own: a file has one user. */
const mostCopies = 4;

/**
 * Opens a file, which need not be there yet; null where the browser keeps none.
 * @param {string} name
 * @returns {Promise<number | null>}
 */
export async function openCacheFile(name) {
  for (const [number, file] of opened) {
    if (file.name !== name) continue;
    file.users++;
    return number;
  }
  const cache = await folder().catch(() => null);
  if (!cache) return null;
  await makeRoom(cache, name).catch(() => {});
  for (let copy = 1; copy <= mostCopies; copy++) {
    try {
      const file = await cache.getFileHandle(copy === 1 ? name : `${copy}-${name}`, { create: true });
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
  const cache = await folder();
  for (const { name, size } of await closedFiles(cache)) if (size === 0) await cache.removeEntry(name);
}

/** The bytes that cache files which are not in use take on disk. */
export async function unusedBytes() {
  const files = await folder().then(closedFiles, () => []);
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Removes all cache files that are not in use. */
export async function removeUnused() {
  const cache = await folder();
  for (const { name } of await closedFiles(cache)) await cache.removeEntry(name).catch(() => {}); // another page's
}

const folder = () => privateFolder('packs'); // its name from the first version on;

/** The files that no page has open, the oldest first. @param {FileSystemDirectoryHandle} cache */
async function closedFiles(cache) {
  const closed = [];
  for await (const handle of /** @type {any} */ (cache).values()) {
    const file = await handle.getFile().catch(() => null);
    const probe = file && (await handle.createSyncAccessHandle().catch(() => null));
    probe?.close();
    if (probe) closed.push({ name: handle.name, size: file.size, modified: file.lastModified });
  }
  return closed.sort((one, other) => one.modified - other.modified);
}

/** Removes older files where disk space runs short. @param {FileSystemDirectoryHandle} cache @param {string} wanted */
async function makeRoom(cache, wanted) {
  const { quota = Infinity, usage = 0 } = await navigator.storage.estimate();
  let free = quota - usage - spareBytes;
  if (free > 0.2 * quota) return;
  for (const { name, size } of await closedFiles(cache)) {
    if (name.endsWith(wanted) || free > 0.2 * quota) continue;
    await cache.removeEntry(name).catch(() => {});
    free += size;
  }
}
