// What both networks for letters make of the shown letter and then of what they made, or of the letters on the way to another
// one; and the whole alphabet of the shown face, saved as a picture.

import { withEngine } from '../../app/actions.js';
import { addPart, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { byId, create, setText } from '../../ui/dom.js';
import { download, plain } from '../../ui/download.js';
import { showNotice } from '../../ui/messages.js';
import { putPixels } from '../../ui/pixels.js';
import { isTabSeen } from '../shown-tab.js';

const holder = byId('letter-rows', HTMLElement);
const words = byId('letter-words', HTMLElement);
const to = byId('letter-to', HTMLInputElement);
const named = byId('alphabet-name', HTMLInputElement);

/** Times that each network reads what it made, and steps of the way to another letter. */
const ROUNDS = 12;
/** Pixels of a picture for each of the letter. */
const SCALE = 3;
/** The size of letters unless another one is set. */
const USUAL = { width: 36, height: 36 };
const NAMES = ['way', 'A → a', 'a → A'];
const WORDS = ['Letter', 'Small letter', 'Capital'];

const rows = NAMES.map((name, row) => {
  const pictures = Array.from({ length: ROUNDS + 1 }, () => create('canvas', { role: 'img' }));
  return {
    pictures,
    name: WORDS[row],
    element: create('div', { class: 'letter-row' }, create('span', {}, name), ...pictures),
  };
});
holder.replaceChildren(...rows.map(({ element }) => element));

/** The example at the end of the way; null: there is none. */
const goal = () => (to.value === '' || !to.validity.valid ? null : Number(to.value));

function draw() {
  if (!isTabSeen('letters') || !store.engine) return;
  const isWay = goal() !== null;
  rows[0].element.hidden = !isWay;
  to.max = String(Math.max(0, (store.data?.used ?? 1) - 1));
  setText(words, isWay ? 'What both networks make on the way' : 'Each network reads the letter, then what it made');
  look(store.example, to.value);
}

/** What a picture shows. @param {string} name @param {number} number @param {boolean} isWay */
function label(name, number, isWay) {
  if (isWay) return `${name} after ${number} of ${ROUNDS} steps`;
  return number === 0 ? 'The shown letter' : `${name} number ${number}`;
}

const look = createView({
  every: 500,
  ask: () => {
    const end = goal();
    return [end === null ? ['letterRounds', ROUNDS, SCALE] : ['letterWay', end, ROUNDS, SCALE]];
  },
  take(/** @type {Uint8Array} */ pixels) {
    if (!store.model) return;
    const [width, height] = pictureSize(store.model.input);
    const area = 4 * width * height;
    const shown = pixels.length > 2 * (ROUNDS + 1) * area ? rows : rows.slice(1);
    shown.forEach(({ pictures, name }, row) =>
      pictures.forEach((canvas, number) => {
        const first = (row * pictures.length + number) * area;
        putPixels(canvas, pixels.subarray(first, first + area), width, height);
        canvas.ariaLabel = label(name, number, shown === rows);
        canvas.dataset.tip = canvas.ariaLabel;
      }),
    );
  },
  fail: () => {}, // another kind of network has come
});

/** Letters that are points of contours, in one row, are seen as pictures of the usual size. @param {{ width: number, height: number }} input */
function pictureSize(input) {
  const { width, height } = input.height === 1 ? USUAL : input;
  return [width * SCALE, height * SCALE];
}

/** Saves the letters that both networks make of the face of the shown letter. */
async function save() {
  await withEngine(async (engine) => {
    const name = named.value.trim();
    const svg = await engine.alphabetSvg(name);
    const file = `${plain(name) || 'alphabet'}.svg`;
    download(file, new Blob([svg], { type: 'image/svg+xml' }));
    showNotice(`Saved as ${file}`);
  });
}

byId('alphabet-save', HTMLElement).addEventListener('click', save);
named.addEventListener('keydown', ({ key }) => {
  if (key === 'Enter') save();
});
to.addEventListener('input', draw);

addPart(draw);
