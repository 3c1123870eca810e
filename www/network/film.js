// A film of the training: pictures of the network as it is drawn, taken at intervals while it trains, and saved as a video.

import { addPart, invalidate, store } from '../app/store.js';
import { byId, setAttribute, setDisabled, setText } from '../ui/dom.js';
import { plain } from '../ui/download.js';
import { count, counted, loss, mebibytes } from '../ui/format.js';
import { even, savesVideo } from '../ui/video.js';
import { canvas } from './network.js';

/** @import { Film } from '../ui/video.js' */

const recordButton = byId('film-record', HTMLButtonElement);
const saveButton = byId('film-save', HTMLButtonElement);
const words = byId('film-words', HTMLElement);

/** Seconds between two pictures at first. Once a film is full, every other one goes, and the next are twice as far apart. */
const FIRST_SECONDS = 0.5;
const MOST_FRAMES = 600;
const MOST_WIDTH = 1280;

/** @type {{ file: Blob, words: string }[]} */
let frames = [];
let seconds = FIRST_SECONDS;
let taken = { at: -Infinity, step: -1 };
let records = false;

function draw() {
  const { status, engine } = store;
  setDisabled(recordButton, !engine || isSaving());
  setAttribute(recordButton, 'aria-pressed', String(records));
  setText(recordButton, records ? 'Stop film' : frames.length > 0 ? 'Go on filming' : 'Film it');
  setDisabled(saveButton, frames.length < 2);
  if (!records || !status || canvas.width === 0 || status.step === taken.step) return;
  if (performance.now() - taken.at >= 1000 * seconds) take(status.step);
}

/** @param {number} step */
function take(step) {
  const { status } = store;
  if (step < taken.step) frames = []; // another run has begun
  taken = { at: performance.now(), step };
  const line = `step ${count(step)}   epoch ${status?.epoch.toFixed(2)}   loss ${loss(status?.loss ?? NaN)}`;
  canvas.toBlob(
    (file) => {
      if (file) frames.push({ file, words: line });
      if (frames.length >= MOST_FRAMES) {
        frames = frames.filter((_, at) => at % 2 === 0);
        seconds *= 2;
      }
      showSize();
      invalidate();
    },
    'image/jpeg',
    0.92,
  );
}

function showSize() {
  const bytes = frames.reduce((sum, { file }) => sum + file.size, 0);
  setText(words, `A film of the training: ${counted(frames.length, 'picture')}, ${mebibytes(bytes)} MiB`);
}

/** @returns {Promise<Film>} */
async function film() {
  const pictures = [...frames];
  const last = await createImageBitmap(pictures[pictures.length - 1].file);
  const scale = Math.min(1, MOST_WIDTH / last.width);
  const [width, height] = [even(scale * last.width), even(scale * last.height)];
  return {
    name: `training-${plain(store.model?.preset ?? 'network')}`,
    width,
    height,
    words: pictures.map((picture) => picture.words),
    async paint(ink, number) {
      const picture = await createImageBitmap(pictures[number].file);
      // The window may have had another size by then.
      const fits = Math.min(width / picture.width, height / picture.height);
      const [wide, high] = [fits * picture.width, fits * picture.height];
      ink.drawImage(picture, (width - wide) / 2, (height - high) / 2, wide, high);
      picture.close();
    },
  };
}

const isSaving = savesVideo(saveButton, 'Save film', film);
addPart(draw);
recordButton.addEventListener('click', () => {
  records = !records;
  if (records && frames.length === 0) seconds = FIRST_SECONDS;
  invalidate();
});
