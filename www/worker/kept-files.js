// Files that are kept for the next visit, in folders of the browser's private file system. Each is written whole under
// another name and then takes its place.

/** @import { SyncAccess } from './cache-files.js' */

/** Bytes read or written at a time. */
export const PART = 8 << 20;
const NO_ROOM = 'the browser gives no more room; decoded images not in use may be freed under Data';

/** @param {FileSystemDirectoryHandle} folder @returns {Promise<string[]>} */
export async function namesOf(folder) {
  const names = [];
  for await (const name of /** @type {any} */ (folder).keys()) names.push(name);
  return names;
}

/** @param {Uint8Array} bytes */
export function* partsOf(bytes) {
  for (let at = 0; at < bytes.length; at += PART) yield bytes.subarray(at, at + PART);
}

/**
 * Writes a file part by part; training and the page's requests have their turn in between.
 * @param {FileSystemDirectoryHandle} folder
 * @param {string} name
 * @param {number} length
 * @param {Iterable<Uint8Array>} parts
 * @param {() => Promise<void>} pause
 */
export async function put(folder, name, length, parts, pause) {
  const { quota, usage } = await navigator.storage.estimate();
  if (quota !== undefined && usage !== undefined && quota - usage < length) throw new Error(NO_ROOM);
  const file = /** @type {any} */ (await folder.getFileHandle(`${name}.new`, { create: true }));
  const handle = await file.createSyncAccessHandle();
  let done = false;
  try {
    handle.truncate(0);
    let at = 0;
    for (const part of parts) {
      if (handle.write(part, { at }) !== part.length) throw new Error(NO_ROOM);
      at += part.length;
      await pause();
    }
    handle.flush();
    done = true;
  } finally {
    handle.close();
    if (!done) await remove(folder, file.name); // half a file takes space and is of no use
  }
  await file.move(name);
}

/** @param {FileSystemDirectoryHandle} folder @param {string} name */
export async function read(folder, name) {
  try {
    const file = await (await folder.getFileHandle(name)).getFile();
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    return null;
  }
}

/** @param {FileSystemDirectoryHandle} folder @param {string} name @returns {Promise<SyncAccess | null>} */
export async function access(folder, name) {
  try {
    return await /** @type {any} */ (await folder.getFileHandle(name)).createSyncAccessHandle();
  } catch {
    return null;
  }
}

/** @param {FileSystemDirectoryHandle} folder @param {string} name */
export const exists = (folder, name) =>
  folder.getFileHandle(name).then(
    () => true,
    () => false,
  );

/** @param {FileSystemDirectoryHandle} folder @param {string} name */
export const remove = (folder, name) => folder.removeEntry(name).catch(() => {});

/** The reason for a failure; of a full disk the browser says too little. @param {unknown} error */
export function reasonOf(error) {
  if (error instanceof DOMException && error.name === 'QuotaExceededError') return NO_ROOM;
  return error instanceof Error ? error.message : String(error);
}
