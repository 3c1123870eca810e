// The picture of the layers in the list: a box for each, as high as its maps and as wide as they are many, with lines to
// what it reads. Resting on a box names it; a click leads to its row.

import { setAttribute } from '../../ui/dom.js';

/** @import { Draft } from '../../engine/types.js' */
/** @typedef {{ title: string, shape: string, sizes: [number, number, number], isWrong: boolean, isCode: boolean, reads: number[] }} Box */

const SPACE = 'http://www.w3.org/2000/svg';
/** CSS pixels. Names have room from a pitch of some letters on. */
const MOST_HEIGHT = 64;
const MOST_WIDTH = 22;
const LEAST = 4;
const PITCH = { least: 26, most: 84, named: 60 };
const RIM = 12;
const NAME_HEIGHT = 14;
const LETTER_WIDTH = 6;
/** How far a line that skips layers is above them: at least, for each layer, and at most. */
const ARCH = { least: 8, each: 4, most: 36 };

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 */
function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** @param {string} shape width x height x channels @returns {[number, number, number] | null} */
function sizesIn(shape) {
  const [width, height, channels] = (shape.match(/\d+/g) ?? []).map(Number);
  return channels === undefined ? null : [width, height, channels];
}

/**
 * The boxes of a draft, the input first. A layer that cannot be built has the sizes of the one before it.
 * @param {Draft['lines']} lines
 * @param {{ width: number, height: number, channels: number }} input
 */
function boxesOf(lines, { width, height, channels }) {
  /** @type {Box[]} */
  const boxes = [
    {
      title: 'input',
      shape: `${width} x ${height} x ${channels}`,
      sizes: [width, height, channels],
      isWrong: false,
      isCode: false,
      reads: [],
    },
  ];
  lines.forEach(({ title, kind, shape, code, from }, at) => {
    const sizes = sizesIn(shape);
    const named = (from ?? []).map((name) => boxes.findIndex((box) => box.title === name)).filter((read) => read >= 0);
    boxes.push({
      title: title || kind || 'not known',
      shape,
      sizes: sizes ?? boxes[at].sizes,
      isWrong: sizes === null,
      isCode: code || title === 'embedding', // which is the code by its name
      reads: named.length > 0 ? named : [at],
    });
  });
  return boxes;
}

/** The share of a size of the largest one, both on a logarithmic scale. @param {number} size @param {number} most */
const share = (size, most) => Math.log2(size + 1) / Math.log2(most + 1);

/**
 * Draws what the layers make.
 * @param {HTMLElement} holder
 * @param {Draft['lines']} lines
 * @param {{ width: number, height: number, channels: number }} input
 * @param {(row: number) => void} pick a box was clicked
 */
export function drawLayers(holder, lines, input, pick) {
  const boxes = boxesOf(lines, input);
  const highest = Math.max(...boxes.map(({ sizes: [width, height] }) => Math.max(width, height)));
  const most = Math.max(...boxes.map(({ sizes: [, , channels] }) => channels));
  const pitch = Math.min(PITCH.most, Math.max(PITCH.least, (holder.clientWidth - 2 * RIM) / boxes.length));
  const archOf = (/** @type {number} */ skipped) => Math.min(ARCH.most, ARCH.least + ARCH.each * skipped);
  const skips = boxes.flatMap(({ reads }, at) => reads.map((read) => at - read - 1)).filter((skipped) => skipped > 0);
  const middle = RIM + Math.max(0, ...skips.map(archOf)) + MOST_HEIGHT / 2;
  const places = boxes.map(({ sizes: [width, height, channels] }, at) => {
    const [maps, values] = [share(channels, most), share(Math.max(width, height), highest)];
    // A layer without maps is a column of values.
    const [across, down] = width * height === 1 ? [0, maps] : [maps, values];
    return {
      x: RIM + (at + 0.5) * pitch,
      across: LEAST + (MOST_WIDTH - LEAST) * across,
      down: LEAST + (MOST_HEIGHT - LEAST) * down,
    };
  });
  const lanes = boxes.flatMap(({ reads }, at) =>
    reads.map((read) => {
      const [from, to] = [places[read], places[at]];
      if (read === at - 1) return svg('path', { class: 'lane', d: `M${from.x} ${middle}H${to.x}` });
      const top = middle - MOST_HEIGHT / 2 - archOf(at - read - 1);
      const [start, end] = [middle - from.down / 2, middle - to.down / 2];
      return svg('path', { class: 'lane', d: `M${from.x} ${start}C${from.x} ${top} ${to.x} ${top} ${to.x} ${end}` });
    }),
  );
  const foot = middle + MOST_HEIGHT / 2 + (pitch >= PITCH.named ? NAME_HEIGHT : 0);
  const drawn = boxes.flatMap(({ title, shape, isWrong, isCode }, at) => {
    const { x, across, down } = places[at];
    const box = svg(
      'rect',
      {
        class: `box${isWrong ? ' wrong' : ''}${isCode ? ' code' : ''}`,
        x: x - across / 2,
        y: middle - down / 2,
        width: across,
        height: down,
        rx: 2,
      },
      svg('title', {}, isWrong ? `${title}: cannot be built` : `${title} · ${shape}`),
    );
    if (at > 0) box.addEventListener('click', () => pick(at - 1));
    if (pitch < PITCH.named) return [box];
    const letters = Math.floor(pitch / LETTER_WIDTH);
    const name = title.length > letters ? `${title.slice(0, letters - 1)}…` : title;
    return [box, svg('text', { x, y: foot, 'text-anchor': 'middle' }, name)];
  });
  const [width, height] = [2 * RIM + pitch * boxes.length, foot + RIM];
  holder.replaceChildren(svg('svg', { viewBox: `0 0 ${width} ${height}`, width, height }, ...lanes, ...drawn));
  const words = boxes.map(({ title, shape, isWrong }) => (isWrong ? `${title}, not built` : `${title} ${shape}`));
  setAttribute(holder, 'aria-label', `The layers from the input to the output: ${words.join(', ')}`);
}
