// From a drop or a file dialog to a flat list of files with their paths, nothing of them read: a File is only a handle.

/** @import { Source } from '../../engine/types.js' */

/** More than anybody means to drop; past it the list itself would fill the memory. */
const MOST_FILES = 1_000_000;

/** @param {Iterable<File>} files as a file dialog gives them @returns {Source[]} */
export function fromDialog(files) {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/**
 * Takes the entries out of a drop. It must be called while the drop event is handled; afterwards the list is empty.
 * @param {DataTransfer} transfer
 * @returns {{ entries: FileSystemEntry[], files: File[] }}
 */
export function takeDrop(transfer) {
  /** @type {FileSystemEntry[]} */
  const entries = [];
  /** @type {File[]} */
  const files = [];
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry?.();
    const file = entry ? null : item.getAsFile();
    if (entry) entries.push(entry);
    else if (file) files.push(file);
  }
  return { entries, files };
}

/**
 * Walks dropped folders to their last file.
 * @param {{ entries: FileSystemEntry[], files: File[] }} drop
 * @param {(found: number, current: string) => void} onFound
 * @param {() => boolean} isCancelled
 * @returns {Promise<Source[]>}
 */
export async function walkDrop({ entries, files }, onFound, isCancelled) {
  const sources = fromDialog(files);
  const ahead = [...entries].reverse();
  for (let entry = ahead.pop(); entry && sources.length < MOST_FILES && !isCancelled(); entry = ahead.pop()) {
    const path = entry.fullPath.replace(/^\//, '');
    if (isFolder(entry)) {
      for (const child of (await childrenOf(entry)).reverse()) ahead.push(child);
      onFound(sources.length, path);
    } else {
      const file = await fileOf(/** @type {FileSystemFileEntry} */ (entry)).catch(() => null);
      // A file that the browser may not open still gets its line in the list of skipped ones: it reads as empty.
      sources.push({ path, file: file ?? new File([], entry.name) });
    }
  }
  return sources;
}

/** Names of the four files of MNIST, and of all that are made after it. */
const IDX = /-(images|labels)[.-]idx[13]-ubyte(\.gz)?$/;

/** What a list of files is called: the folder they share, or the first of them. @param {Source[]} sources */
export function nameOf(sources) {
  const first = sources[0]?.path ?? 'images';
  if (sources.length === 1) return first.split('/').pop() ?? first;
  const folder = first.split('/')[0];
  const shared = first.includes('/') && sources.every(({ path }) => path.startsWith(`${folder}/`));
  if (shared) return folder;
  if (sources.every(({ path }) => IDX.test(path))) return 'IDX files';
  return `${first.split('/').pop()} and ${sources.length - 1} more`;
}

/** @param {FileSystemEntry} entry @returns {entry is FileSystemDirectoryEntry} */
function isFolder(entry) {
  return entry.isDirectory;
}

/** One call gives at most 100 entries; an empty one is the end. @param {FileSystemDirectoryEntry} folder */
async function childrenOf(folder) {
  const reader = folder.createReader();
  /** @type {FileSystemEntry[]} */
  const children = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve) => {
      reader.readEntries(resolve, () => resolve([]));
    });
    if (some.length === 0) return children;
    children.push(...some);
  }
}

/** @param {FileSystemFileEntry} entry @returns {Promise<File>} */
function fileOf(entry) {
  return new Promise((resolve, reject) => {
    entry.file(resolve, reject);
  });
}
