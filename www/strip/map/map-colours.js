// The colours of the points of a map, and what they mean.

import { store } from '../../app/store.js';
import { create } from '../../ui/dom.js';
import { count, loss } from '../../ui/format.js';
import { colour } from '../../ui/theme.js';
import { mixed } from './scatter.js';

/** @import { MapColouring } from '../../engine/types.js' */

/** Distinguishable by colour-blind eyes too (after Okabe and Ito); more classes begin again. */
const CLASSES = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#a89a14',
  '#7d6bb0',
  '#e4556f',
  '#7fb800',
];
const SPLITS = ['training', 'validation', 'test'];
/** Steps of the scale of losses. */
const SHADES = 64;

/** @param {string} text as the document writes it @returns {number} its bytes as RGBA in memory */
export function packed(text) {
  const [r, g, b] = text.startsWith('#')
    ? [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16))
    : (text.match(/[\d.]+/g) ?? ['0', '0', '0']).map(Number);
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/**
 * The colour of each point, and the entries of the legend.
 * @param {MapColouring} by @param {Float32Array} values of the engine; NaN: not known
 * @returns {{ colours: Uint32Array, legend: [colour: string, words: string][] }}
 */
export function coloursOf(by, values) {
  const unknown = colour('--edge');
  /** @type {string[]} */
  let palette = [];
  /** @type {[string, string][]} */
  let legend = [];
  let number = (/** @type {number} */ value) => value % palette.length;
  if (by === 'class' || by === 'predicted') {
    palette = CLASSES;
    const names = (store.data?.classes ?? []).map(({ name }) => name);
    legend = names.slice(0, CLASSES.length).map((name, i) => [CLASSES[i], name]);
    if (names.length > CLASSES.length)
      legend.push(['transparent', `and ${count(names.length - CLASSES.length)} more in the same colours`]);
  } else if (by === 'right') {
    palette = [colour('--negative'), colour('--positive')];
    legend = [
      [palette[1], 'right'],
      [palette[0], 'wrong'],
    ];
  } else if (by === 'split') {
    palette = CLASSES;
    legend = SPLITS.map((name, i) => [CLASSES[i], name]);
  } else if (by === 'cluster') {
    palette = CLASSES;
    const clusters = values.reduce((most, value) => (value >= most ? value + 1 : most), 0);
    legend = CLASSES.slice(0, clusters).map((shade, i) => [shade, `cluster ${i + 1}`]);
    if (clusters > CLASSES.length)
      legend.push(['transparent', `and ${count(clusters - CLASSES.length)} more in the same colours`]);
  } else {
    const known = values.filter((value) => !Number.isNaN(value)).sort();
    const [low, high] = [known[0] ?? 0, known[Math.floor(known.length * 0.99)] ?? 1];
    number = (value) => Math.round((SHADES - 1) * Math.min(1, Math.sqrt((value - low) / Math.max(1e-9, high - low))));
    legend = [
      [colour('--positive'), loss(low)],
      [colour('--negative'), `${loss(high)} and more`],
    ];
  }
  const table =
    by === 'loss'
      ? Array.from({ length: SHADES }, (_, i) =>
          mixed(packed(colour('--negative')), packed(colour('--positive')), i / (SHADES - 1)),
        )
      : palette.map(packed);
  const none = packed(unknown);
  const colours = Uint32Array.from(values, (value) => (Number.isNaN(value) ? none : table[number(value)]));
  if (values.some(Number.isNaN))
    legend.push([unknown, by === 'class' ? 'no class' : by === 'cluster' ? 'between' : 'not measured']);
  return { colours, legend };
}

/** @param {HTMLElement} holder @param {[string, string][]} legend */
export function showLegend(holder, legend) {
  const wanted = legend.flat().join('\n');
  if (holder.dataset.of === wanted) return;
  holder.dataset.of = wanted;
  holder.replaceChildren(
    ...legend.map(([shade, words]) => {
      const dot = create('i', { class: 'class-dot' });
      dot.style.background = shade;
      return create('span', {}, dot, words);
    }),
  );
}
