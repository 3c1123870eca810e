// Figures of a map's quality, each explained in a tip.

import { create, setText } from '../../ui/dom.js';
import { count, counted, percent } from '../../ui/format.js';

/** @import { MapQuality } from '../../engine/types.js' */
/** @import { ShownMap } from './shown-map.js' */

/** @param {MapQuality} quality @returns {[name: string, value: string, tip: string][]} */
function figuresOf({ trustworthiness, continuity, neighboursKept, labelAccuracy, lookedAt }) {
  const of = ` With the 10 nearest of ${count(lookedAt)} images, each against all.`;
  /** @type {[string, string, string][]} */
  const figures = [
    [
      'trustworthiness',
      trustworthiness.toFixed(3),
      `Whether neighbours in the map really are alike: 1 if each of them is one of the nearest, lower the further away they are by rank.${of}`,
    ],
    [
      'continuity',
      continuity.toFixed(3),
      `Whether images that are alike are neighbours in the map: 1 if all of them are, lower the further the map has torn them apart.${of}`,
    ],
    [
      'neighbours kept',
      percent(neighboursKept),
      `The share of the nearest that are among the nearest in the map.${of}`,
    ],
  ];
  if (labelAccuracy !== null)
    figures.push([
      'class by neighbours',
      percent(labelAccuracy),
      `The share of images whose class is the most frequent one among their neighbours in the map.${of}`,
    ]);
  return figures;
}

/** @param {HTMLElement} holder @param {ShownMap | null} map */
export function showFigures(holder, map) {
  const quality = map?.view?.quality ?? null;
  const wanted = JSON.stringify(quality);
  if (holder.dataset.of === wanted) return;
  holder.dataset.of = wanted;
  holder.replaceChildren(
    ...(quality ? figuresOf(quality) : []).map(([name, value, tip]) =>
      create('span', { 'data-tip': tip, tabindex: '0' }, `${name} `, create('b', {}, value)),
    ),
  );
}

/** @param {HTMLElement} holder @param {ShownMap | null} map */
export function showAge(holder, map) {
  if (!map) return setText(holder, '');
  const age = map.stale > 0 ? `, ${counted(map.stale, 'step')} old` : '';
  setText(holder, `${counted(map.examples.length, map.view ? 'image' : 'code')}${age}`);
}
