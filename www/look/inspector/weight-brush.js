// The incoming weights of a neuron as an image that can be painted on: left adds, right or Shift takes away.
//
// The picture shows one tile of width x height for each channel, `columns` tiles in a row; weights are
// [height, width, channels] in the engine's answer.

import { create, setAttribute, setHidden, setText } from '../../ui/dom.js';
import { channelName } from '../../network/selection.js';
import { createDrag, edit } from '../../app/commands.js';
import { signed, significant } from '../../ui/format.js';
import { scaleFor, showPixels } from '../../ui/pixels.js';
import { written } from '../../ui/slider.js';

/** @import { Picked, WeightImage } from '../../engine/types.js' */

/** CSS pixels that the picture may take. */
const ROOM = { width: 300, height: 200 };

/** @param {() => Picked[]} neurons */
export function createWeightBrush(neurons) {
  const canvas = create('canvas', {
    class: 'pixels weights',
    tabindex: '0',
    role: 'application',
    'aria-label': 'Incoming weights',
  });
  const kernel = create('canvas', {
    class: 'pixels',
    role: 'img',
    'aria-label': 'The weights as one picture in colour',
  });
  const inColour = create('figure', { hidden: '' }, kernel, create('figcaption', {}, 'in colour'));
  const pointer = create('i', { class: 'brush-at', hidden: '' });
  const readout = create('span', { class: 'muted small' });
  const amount = create('input', {
    type: 'number',
    step: 'any',
    value: '0.1',
    'aria-label': 'Brush amount',
    'data-tip': 'Added at each stroke; below zero it takes away',
  });
  const size = create('input', {
    type: 'number',
    min: '1',
    max: '64',
    step: '1',
    value: '1',
    'aria-label': 'Brush size',
    'data-tip': 'Width of the brush in weights',
  });
  const exact = create('input', { type: 'number', step: 'any', 'aria-label': 'Weight under the cursor' });
  const all = create(
    'button',
    { type: 'button', class: 'button toggle', 'data-tip': 'Adds the amount to every incoming weight' },
    'Add to all',
  );
  const tools = create(
    'div',
    { class: 'brush-tools' },
    create('label', {}, 'amount', amount),
    create('label', {}, 'size', size),
    create('label', {}, 'weight', exact),
    all,
  );
  const element = create(
    'div',
    { class: 'brush' },
    create('div', { class: 'brush-papers' }, create('div', { class: 'brush-paper' }, canvas, pointer), inColour),
    readout,
    tools,
  );
  const stroke = createDrag();

  /** @type {WeightImage | null} */
  let image = null;
  let scale = 1;
  let tuned = false;
  let cursor = { x: 0, y: 0 };
  /** Weights passed by the pointer that the engine has not had yet. @type {Set<number>} */
  let passed = new Set();
  let sign = 1;

  /** Where in `values` a pixel's weight is; -1 outside. @param {number} x @param {number} y */
  function at(x, y) {
    if (!image || x < 0 || y < 0 || x >= image.pixelWidth || y >= image.pixelHeight) return -1;
    const channel = Math.floor(y / image.height) * image.columns + Math.floor(x / image.width);
    if (channel >= image.channels) return -1;
    return ((y % image.height) * image.width + (x % image.width)) * image.channels + channel;
  }

  /** Every weight that the brush covers, within one tile. @param {{ x: number, y: number }} place */
  function covered({ x, y }) {
    const of = image;
    if (!of) return [];
    const wide = Math.max(1, Math.round(Number(size.value) || 1));
    const first = -Math.floor((wide - 1) / 2);
    const tile = /** @param {number} column @param {number} row */ (column, row) =>
      Math.floor(row / of.height) * of.columns + Math.floor(column / of.width);
    /** @type {number[]} */
    const found = [];
    for (let dy = first; dy < first + wide; dy++) {
      for (let dx = first; dx < first + wide; dx++) {
        const index = at(x + dx, y + dy);
        if (index >= 0 && tile(x + dx, y + dy) === tile(x, y) && of.parameters[index] >= 0)
          found.push(of.parameters[index]);
      }
    }
    return found;
  }

  /** @param {{ x: number, y: number }} place @param {{ x: number, y: number }} [from] where the pointer was before */
  function paint(place, from = place) {
    const far = Math.max(Math.abs(place.x - from.x), Math.abs(place.y - from.y));
    for (let at = far; at >= 0; at--) {
      const share = far === 0 ? 0 : at / far; // of the way back: a fast pointer leaves no gaps
      const x = Math.round(place.x + share * (from.x - place.x));
      const y = Math.round(place.y + share * (from.y - place.y));
      for (const parameter of covered({ x, y })) passed.add(parameter);
    }
    const step = sign * (Number(amount.value) || 0);
    stroke(() => {
      const parameters = [...passed];
      passed = new Set();
      return parameters.length === 0 || step === 0 ? null : { do: 'add', parameters, amount: step };
    });
  }

  /** @param {PointerEvent} event */
  function placeOf({ offsetX, offsetY }) {
    const pixel = scale / devicePixelRatio;
    return { x: Math.floor(offsetX / pixel), y: Math.floor(offsetY / pixel) };
  }

  /** Weights on red, green and blue are one tile in colour, grey where they are 0. @param {WeightImage} of */
  function showColour({ block, width, height, channel, channels, values, limit }) {
    const isColour = block === 0 && channel === 0 && channels === 3;
    setHidden(inColour, !isColour);
    if (!isColour) return;
    const level = (/** @type {number} */ value) => 127.5 * (1 + value / (limit || 1));
    const pixels = new Uint8Array(4 * width * height).fill(255);
    for (let at = 0; at < width * height; at++)
      for (let c = 0; c < channels; c++) pixels[4 * at + c] = Math.round(level(values[channels * at + c]));
    showPixels(kernel, pixels, width, height, scale);
  }

  function tell() {
    const index = at(cursor.x, cursor.y);
    if (!image || index < 0 || image.parameters[index] < 0) {
      setText(readout, image ? `scale ±${significant(image.limit, 2)}` : '');
      return;
    }
    const channel = index % image.channels;
    const pixel = Math.floor(index / image.channels);
    const many = image.channels > 1 ? `, ${channelName(image.block, image.channel + channel)}` : '';
    const place = `x ${image.left + (pixel % image.width)}, y ${image.top + Math.floor(pixel / image.width)}${many}`;
    setText(readout, `${place}: ${signed(image.values[index])} · scale ±${significant(image.limit, 2)}`);
    setAttribute(
      canvas,
      'aria-label',
      `Incoming weights, ${image.pixelWidth} by ${image.pixelHeight}. Arrows move, Enter adds, Shift+Enter takes away. ${place}: ${signed(image.values[index])}`,
    );
    if (document.activeElement !== exact) exact.value = written(image.values[index]);
    const side = scale / devicePixelRatio;
    pointer.style.left = `${cursor.x * side}px`;
    pointer.style.top = `${cursor.y * side}px`;
    pointer.style.width = pointer.style.height = `${side}px`;
  }

  canvas.addEventListener('contextmenu', (event) => event.preventDefault());
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    sign = event.button === 2 || event.shiftKey ? -1 : 1;
    cursor = placeOf(event);
    paint(cursor);
    tell();
  });
  canvas.addEventListener('pointermove', (event) => {
    const place = placeOf(event);
    const before = cursor;
    cursor = place;
    if (event.buttons > 0 && (place.x !== before.x || place.y !== before.y)) paint(place, before);
    tell();
  });
  canvas.addEventListener('keydown', (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way && image && !event.ctrlKey && !event.metaKey && !event.altKey) {
      cursor = {
        x: Math.min(image.pixelWidth - 1, Math.max(0, cursor.x + way[0])),
        y: Math.min(image.pixelHeight - 1, Math.max(0, cursor.y + way[1])),
      };
      setHidden(pointer, false);
      tell();
    } else if (event.key === 'Enter' || event.key === ' ') {
      sign = event.shiftKey ? -1 : 1;
      paint(cursor);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  canvas.addEventListener('focus', () => setHidden(pointer, !canvas.matches(':focus-visible')));
  canvas.addEventListener('blur', () => setHidden(pointer, true));
  exact.addEventListener('change', () => {
    const index = at(cursor.x, cursor.y);
    const parameter = image && index >= 0 ? image.parameters[index] : -1;
    if (parameter >= 0 && Number.isFinite(exact.valueAsNumber))
      edit({ do: 'set', parameters: [parameter], values: [exact.valueAsNumber] });
  });
  all.addEventListener('click', () =>
    edit({ do: 'add-incoming', neurons: neurons(), amount: Number(amount.value) || 0 }),
  );

  return {
    element,
    /** @param {WeightImage | null} now */
    show(now) {
      image = now;
      setHidden(element, !now);
      if (!now) return;
      if (!tuned) {
        tuned = true;
        amount.value = written(Number((now.limit / 4 || 0.1).toPrecision(1)));
      }
      const fit = Math.min(scaleFor(now.pixelWidth, 1, ROOM.width), scaleFor(1, now.pixelHeight, ROOM.height));
      scale = Math.min(fit, 24 * devicePixelRatio);
      showPixels(canvas, now.pixels, now.pixelWidth, now.pixelHeight, scale);
      showColour(now);
      tell();
    },
  };
}
