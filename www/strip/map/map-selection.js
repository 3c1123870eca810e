// The points that are chosen, and their images, which can be given another class, moved or dropped.

import { invalidate, same, store } from '../../app/store.js';
import { byId, setHidden, setText } from '../../ui/dom.js';
import { counted } from '../../ui/format.js';
import { createGallery } from '../evaluation/gallery.js';
import { pointsWithin } from './scatter.js';
import { look, seenPlacement } from './shown-map.js';

/** @import { Spot } from './scatter.js' */

const canvas = byId('map-canvas', HTMLCanvasElement);
const side = byId('map-side', HTMLElement);
const title = byId('map-chosen', HTMLElement);
const gallery = createGallery(byId('map-gallery', HTMLElement));

/** The images that are chosen. */
let examples = /** @type {number[]} */ ([]);
/** The key of the listed images. @type {unknown[]} */
let listed = [];

export const chosenExamples = () => examples;

/** Chooses the points inside an outline. @param {Spot[]} outline @param {boolean} add to those that are chosen */
export function chooseWithin(outline, add) {
  const { map } = look;
  if (!map) return;
  const chosen = new Uint8Array(map.examples.length);
  if (add && look.chosen) chosen.set(look.chosen);
  for (const point of pointsWithin(map.points, seenPlacement(canvas), outline)) chosen[point] = 1;
  examples = [...map.examples].filter((_, i) => chosen[i]);
  look.chosen = examples.length > 0 ? chosen : null;
  listed = [];
  invalidate();
}

export function forgetSelection() {
  if (!look.chosen) return;
  [examples, look.chosen, listed] = [[], null, []];
  gallery.clear();
  invalidate();
}

export function drawSelection() {
  setHidden(side, !look.chosen);
  if (!look.chosen) return;
  setText(title, `${counted(examples.length, 'image')} chosen in the map`);
  const wanted = [examples, store.stamps.data, store.stamps.network];
  if (same(wanted, listed) || (gallery.busy && wanted[0] === listed[0])) return;
  listed = wanted;
  gallery.show({ examples });
}

byId('map-choose-none', HTMLElement).addEventListener('click', () => {
  forgetSelection();
  canvas.focus();
});
