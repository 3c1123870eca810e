// The browser's private file system: files of this site alone, which no dialog asks for. Each kind has a folder of its own.
// Some browsers have none, or none in private windows; everything but what is kept in it works there too.

export const NO_FILES = 'this browser gives the page no private files';

/**
 * A folder of it, made where it is not there yet; fails where the browser keeps no such files.
 * @param {string} name
 * @returns {Promise<FileSystemDirectoryHandle>}
 */
export async function privateFolder(name) {
  /** @type {FileSystemDirectoryHandle} */
  let root;
  try {
    root = await navigator.storage.getDirectory();
  } catch {
    throw new Error(NO_FILES); // each browser has other words for it
  }
  return root.getDirectoryHandle(name, { create: true });
}

/** The folder of the flags whose removal ends a call (progress.js, cancel-flag.js). */
export const flagFolder = () => privateFolder('flags');
