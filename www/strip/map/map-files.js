// The map as a file: a picture, or a table of its points.

import { store } from '../../app/store.js';
import { byId, setDisabled } from '../../ui/dom.js';
import { download } from '../../ui/download.js';
import { look } from './shown-map.js';

const canvas = byId('map-canvas', HTMLCanvasElement);
const asPicture = byId('map-png', HTMLButtonElement);
const asTable = byId('map-csv', HTMLButtonElement);

/** The number by which each point is coloured. @type {Float32Array} */
let values = new Float32Array();

/** @param {Float32Array} shown */
export function offerFiles(shown) {
  values = shown;
  for (const button of [asPicture, asTable]) setDisabled(button, !look.map);
}

/** A row for each point: its example, its place, and what it is coloured by. */
function table() {
  const { map, by } = look;
  if (!map) return '';
  const isClass = !map.view || by === 'class' || by === 'predicted';
  const splits = ['train', 'validation', 'test', 'dropped'];
  const word = (/** @type {number} */ value) => {
    if (Number.isNaN(value)) return '';
    if (isClass) return quoted(store.data?.classes[value]?.name ?? String(value));
    return by === 'split' ? splits[value] : String(value);
  };
  const rows = Array.from(
    map.examples,
    (example, i) => `${example + 1},${map.points[2 * i]},${map.points[2 * i + 1]},${word(values[i])}`,
  );
  return [`example,x,y,${map.view ? by : 'class'}`, ...rows, ''].join('\n');
}

/** @param {string} text */
export const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

asPicture.addEventListener('click', () =>
  canvas.toBlob((blob) => {
    if (blob) download('map.png', blob);
  }),
);
asTable.addEventListener('click', () => download('map.csv', new Blob([table()], { type: 'text/csv' })));
