// The chosen points of the map as a list of their names.

import { withEngine } from '../../app/actions.js';
import { store } from '../../app/store.js';
import { byId } from '../../ui/dom.js';
import { download } from '../../ui/download.js';
import { quoted } from './map-files.js';
import { chosenExamples } from './map-selection.js';

async function save() {
  await withEngine(async (engine) => {
    const { examples } = await engine.scored(Uint32Array.from(chosenExamples()));
    const name = (/** @type {number | null} */ number) =>
      quoted(number === null ? '' : (store.data?.classes[number]?.name ?? String(number)));
    const rows = examples.map(
      ({ example, name: file, label, predicted, loss }) =>
        `${example + 1},${quoted(file)},${name(label)},${name(predicted)},${loss}`,
    );
    download(
      'chosen.csv',
      new Blob([['example,name,class,predicted,loss', ...rows, ''].join('\n')], { type: 'text/csv' }),
    );
  });
}

byId('map-list', HTMLElement).addEventListener('click', save);
