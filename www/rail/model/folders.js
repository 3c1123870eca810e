// Folders for other programs as zips: a training that goes on in PyTorch, and the page with the model for static hosts.

import { fileWork } from '../../engine/file-work.js';
import { shown } from './shown-work.js';

const SITE = new URL('../../../', import.meta.url);
/** The files of a built site, one on each line. */
const LIST = 'www/files.txt';
/** Files under other names than theirs, which hosts keep for themselves. */
const ALSO = new Map([['_headers', 'www/headers.txt']]);

/** @param {Uint8Array<ArrayBuffer>} project @returns {Promise<Uint8Array<ArrayBuffer>>} */
export const pythonFolder = (project) =>
  shown('Writing the folder for PyTorch', 'images', (watch) =>
    fileWork('folder for PyTorch', 'pythonFolder', [new Blob([project])], watch),
  );

/** @param {Uint8Array<ArrayBuffer>} project @returns {Promise<Uint8Array<ArrayBuffer>>} */
export const siteFolder = (project) =>
  shown('Writing the folder for a static host', 'images', async (watch) => {
    const list = await fetch(new URL(LIST, SITE), { signal: watch.signal });
    if (!list.ok)
      throw new Error('folder for a static host: only a page that ./build.sh dist has made can give itself');
    const names = (await list.text()).trim().split('\n');
    const files = await Promise.all(names.map((name) => fileOf(name, watch.signal)));
    return fileWork('folder for a static host', 'siteFolder', [new Blob([project]), names, files], watch);
  });

/** @param {string} name @param {AbortSignal} signal */
async function fileOf(name, signal) {
  const answer = await fetch(new URL(ALSO.get(name) ?? name, SITE), { signal });
  if (!answer.ok) throw new Error(`${name} cannot be read (${answer.status})`);
  return answer.blob();
}
