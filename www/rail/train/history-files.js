// The history of the run as a file: a table, epochs and events, or what TensorBoard reads.

import { withEngine } from '../../app/actions.js';
import { store } from '../../app/store.js';
import { byId } from '../../ui/dom.js';
import { download, plain } from '../../ui/download.js';
import { showNotice } from '../../ui/messages.js';

/** @param {string} kind */
async function save(kind) {
  await withEngine(async (engine) => {
    const start = Date.now() / 1000 - (store.status?.seconds ?? 0);
    const bytes = await engine.historyFile(kind, start);
    const run = `${store.model?.preset ?? 'model'}-${plain(store.data?.name ?? 'data')}`;
    // TensorBoard knows its files by how their names begin.
    const name = kind === 'tensorboard' ? `events.out.tfevents.${Math.round(start)}.${run}` : `${run}-history.${kind}`;
    download(name, new Blob([new Uint8Array(bytes)]));
    showNotice(`Saved as ${name}`);
  });
}

byId('history-files', HTMLElement).addEventListener('click', ({ target }) => {
  const kind = target instanceof Element ? target.closest('button')?.dataset.kind : undefined;
  if (kind) save(kind);
});
