// What both networks for letters make of the shown letter, and then of what they made.

import { addPart, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { byId, create } from '../../ui/dom.js';
import { putPixels } from '../../ui/pixels.js';
import { isTabSeen } from '../shown-tab.js';

const holder = byId('letter-rows', HTMLElement);

/** Times that each network reads what it made. */
const ROUNDS = 12;
/** Pixels of a picture for each of the letter. */
const SCALE = 3;
const NAMES = ['A → a', 'a → A'];
const WORDS = ['Small letter', 'Capital'];

const rows = NAMES.map((name, row) => {
  const pictures = Array.from({ length: ROUNDS + 1 }, (_, round) => {
    const label = round === 0 ? 'The shown letter' : `${WORDS[row]} number ${round}`;
    return create('canvas', { role: 'img', 'aria-label': label, 'data-tip': label });
  });
  return { pictures, element: create('div', { class: 'letter-row' }, create('span', {}, name), ...pictures) };
});
holder.replaceChildren(...rows.map(({ element }) => element));

function draw() {
  if (isTabSeen('letters') && store.engine) look(store.example);
}

const look = createView({
  every: 500,
  ask: () => [['letterRounds', ROUNDS, SCALE]],
  take(/** @type {Uint8Array} */ pixels) {
    if (!store.model) return;
    const [width, height] = [store.model.input.width * SCALE, store.model.input.height * SCALE];
    const area = 4 * width * height;
    rows
      .flatMap(({ pictures }) => pictures)
      .forEach((canvas, number) =>
        putPixels(canvas, pixels.subarray(number * area, (number + 1) * area), width, height),
      );
  },
  fail: () => {}, // another kind of network has come
});

addPart(draw);
