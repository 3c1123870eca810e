// The history of the run as a file: a table, epochs and events, or what TensorBoard reads.

import { withEngine } from '../../app/actions.js';
import { store } from '../../app/store.js';
import { byId } from '../../ui/dom.js';
import { download } from '../../ui/download.js';

/** @param {string} kind */
async function save(kind) {
  await withEngine(async (engine) => {
    const start = Date.now() / 1000 - (store.status?.seconds ?? 0);
    const bytes = await engine.historyFile(kind, start);
    const name = kind === 'tensorboard' ? `events.out.tfevents.${Math.round(start)}.neurarium` : `history.${kind}`;
    download(name, new Blob([new Uint8Array(bytes)]));
  });
}

byId('history-files', HTMLElement).addEventListener('click', ({ target }) => {
  const kind = target instanceof Element ? target.closest('button')?.dataset.kind : undefined;
  if (kind) save(kind);
});
