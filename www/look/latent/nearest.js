// The real examples whose codes are nearest to the one that is shown.

import { addPart, app, engine, invalidate, oneAtATime } from '../../app/store.js';
import { code } from './latent.js';
import { isDeskSeen } from './editor.js';
import { byId, create, setHidden } from '../../ui/dom.js';
import { goTo } from '../example/example-card.js';
import { significant } from '../../ui/format.js';
import { showError } from '../../ui/messages.js';
import { scaleFor, showPixels } from '../../ui/pixels.js';
import { LARGEST } from './picture-row.js';

/** @import { Thumbnails } from '../../engine/types.js' */

const row = byId('nearest', HTMLElement);
const holder = byId('nearest-list', HTMLElement);

const COUNT = 8;
const MILLISECONDS = 400;

let askedFor = -1;
let askedAt = 0;

function draw() {
  const ready = app.engine !== null && code.directions !== null && code.known !== null;
  setHidden(row, !ready);
  if (!ready || !isDeskSeen() || askedFor === code.version) return;
  const early = askedAt + MILLISECONDS - performance.now();
  if (early > 0) {
    setTimeout(invalidate, early);
    return;
  }
  if (!ask()) return;
  askedFor = code.version;
  askedAt = performance.now();
}

const ask = oneAtATime(
  async () => {
    const found = await engine().nearest(COUNT);
    return Promise.all(found.map(async (near) => ({ ...near, picture: await engine().thumbnails(near.example, 1) })));
  },
  take,
  (error) => showError(error),
);

/** @param {{ example: number, name: string, distance: number, picture: Thumbnails }[]} found */
function take(found) {
  if (holder.children.length !== found.length) {
    holder.replaceChildren(
      ...found.map(() => create('button', { type: 'button', class: 'decoded' }, create('canvas', { class: 'pixels' }))),
    );
  }
  found.forEach(({ example, name, distance, picture }, i) => {
    const button = /** @type {HTMLButtonElement} */ (holder.children[i]);
    showPixels(
      /** @type {HTMLCanvasElement} */ (button.firstElementChild),
      picture.pixels,
      picture.width,
      picture.height,
      scaleFor(picture.width, picture.height, LARGEST),
    );
    const words = `${name}, number ${example + 1}, distance ${significant(distance, 2)}`;
    button.setAttribute('aria-label', words);
    button.setAttribute('data-tip', words);
    button.onclick = () => goTo(example);
  });
}

addPart(draw);
