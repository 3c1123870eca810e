// The card beside the pointer: the image of a point with its neighbours in the map, or what a place decodes to.

import { engine } from '../../app/store.js';
import { oneAtATime } from '../../app/views.js';
import { byId, create, setHidden, setText } from '../../ui/dom.js';
import { count } from '../../ui/format.js';
import { scaleFor, showPixels } from '../../ui/pixels.js';
import { placeBeside } from '../hover-card.js';
import { look } from './shown-map.js';

/** @import { Thumbnails, TruePoint } from '../../engine/types.js' */
/** @import { Spot } from './scatter.js' */

const holder = byId('map-picture-frame', HTMLElement);
const card = byId('map-card', HTMLElement);
const picture = byId('map-picture', HTMLCanvasElement);
const words = byId('map-picture-words', HTMLElement);
const row = byId('map-near', HTMLElement);

const PICTURE = 64;
const SMALL = 24;
/** Neighbours that are shown, of which the true ones are among as many nearest. */
const NEAR = 10;

/** The place that is asked for; null: none. @type {{ spot: Spot, point: number, plane: [number, number] } | null} */
let wanted = null;

/** @param {Spot} spot @param {number} point -1: an empty place @param {[number, number]} plane */
export function showCard(spot, point, plane) {
  const isEmpty = point < 0 && look.map?.view;
  wanted = isEmpty ? null : { spot, point, plane };
  if (isEmpty) setHidden(card, true);
  else lookUp();
}

export function hideCard() {
  wanted = null;
  setHidden(card, true);
}

const lookUp = oneAtATime(
  async () => {
    const { map } = look;
    const asked = wanted;
    if (!map || !asked) return null;
    if (asked.point < 0) return { asked, shown: await engine().pictureAt(...asked.plane), text: 'decoded here' };
    const example = map.examples[asked.point];
    const near = map.view ? await engine().mapNeighbours(example, NEAR) : [];
    const shown = await engine().picturesOf(Uint32Array.from([example, ...near.map((one) => one.example)]));
    return { asked, shown, near, text: textOf(example, near) };
  },
  (answer) => {
    if (!wanted || !answer) return;
    const { asked, shown, text, near = [] } = answer;
    setHidden(card, false);
    draw(picture, shown, 0, PICTURE);
    setText(words, text);
    row.replaceChildren(
      ...near.map(({ isTrue }, i) => {
        const small = create('canvas', { class: isTrue ? 'pixels true' : 'pixels' });
        draw(small, shown, i + 1, SMALL);
        return small;
      }),
    );
    placeBeside(card, holder, { x: asked.spot[0], y: asked.spot[1] - card.offsetHeight / 2 });
    if (wanted.point !== asked.point || wanted.spot[0] !== asked.spot[0] || wanted.spot[1] !== asked.spot[1]) lookUp();
  },
  () => setHidden(card, true),
);

/** @param {HTMLCanvasElement} canvas @param {Thumbnails} pictures @param {number} number @param {number} room */
function draw(canvas, { pixels, width, height }, number, room) {
  const area = 4 * width * height;
  showPixels(canvas, pixels.subarray(number * area, (number + 1) * area), width, height, scaleFor(width, height, room));
}

/** @param {number} example @param {TruePoint[]} near */
function textOf(example, near) {
  const real = near.filter(({ isTrue }) => isTrue).length;
  const nearby = near.length > 0 ? `; ${real} of its ${near.length} neighbours are truly near` : '';
  return `example ${count(example + 1)}${nearby}`;
}
