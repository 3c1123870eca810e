// The browser's private file system: files of this site alone, which no dialog asks for. Each kind has a folder of its own.

/**
 * A folder of it, made where it is not there yet; fails where the browser keeps no such files.
 * @param {string} name
 * @returns {Promise<FileSystemDirectoryHandle>}
 */
export async function privateFolder(name) {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(name, { create: true });
}

/** The folder of the flags whose removal ends a call (progress.js, cancel-flag.js). */
export const flagFolder = () => privateFolder('flags');
