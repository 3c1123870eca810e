// The real examples whose codes are nearest to the one that is shown.

import { addPart, engine, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { isEditorSeen } from './editor.js';
import { latent } from './latent.js';
import { byId, create, setHidden } from '../../ui/dom.js';
import { goTo } from '../example/example-card.js';
import { significant } from '../../ui/format.js';
import { showError } from '../../ui/messages.js';
import { scaleFor, showPixels } from '../../ui/pixels.js';
import { LARGEST } from './picture-row.js';

/** @import { Thumbnails } from '../../engine/types.js' */
/** @typedef {{ example: number, name: string, distance: number }} Near */

const row = byId('nearest', HTMLElement);
const holder = byId('nearest-list', HTMLElement);

const COUNT = 8;
const MILLISECONDS = 400;

function draw() {
  const ready = store.engine !== null && latent.directions !== null && latent.known !== null;
  setHidden(row, !ready);
  if (ready && isEditorSeen()) look(latent.directions?.step, store.example);
}

const look = createView({
  every: MILLISECONDS,
  least: MILLISECONDS,
  ask: () => [['nearest', COUNT]],
  async take(/** @type {Near[]} */ found) {
    await engine()
      .picturesOf(Uint32Array.from(found, ({ example }) => example))
      .then((pictures) => show(found, pictures), showError);
  },
});

/** @param {Near[]} found @param {Thumbnails} pictures */
function show(found, { width, height, pixels }) {
  const [area, scale] = [4 * width * height, scaleFor(width, height, LARGEST)];
  if (holder.children.length !== found.length) {
    holder.replaceChildren(
      ...found.map(() => create('button', { type: 'button', class: 'decoded' }, create('canvas', { class: 'pixels' }))),
    );
  }
  found.forEach(({ example, name, distance }, i) => {
    const button = /** @type {HTMLButtonElement} */ (holder.children[i]);
    const canvas = /** @type {HTMLCanvasElement} */ (button.firstElementChild);
    showPixels(canvas, pixels.subarray(i * area, (i + 1) * area), width, height, scale);
    const words = `${name}, number ${example + 1}, distance ${significant(distance, 2)}`;
    button.setAttribute('aria-label', words);
    button.setAttribute('data-tip', words);
    button.onclick = () => goTo(example);
  });
}

addPart(draw);
