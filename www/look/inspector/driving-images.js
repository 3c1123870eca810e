// Images of the data set that drive a neuron most or least, each with the place where it is driven.

import { engine } from '../../app/store.js';
import { create, setHidden } from '../../ui/dom.js';
import { signed } from '../../ui/format.js';
import { scaleFor, showPixels } from '../../ui/pixels.js';
import { goTo } from '../example/example-card.js';

/** @import { DrivingImage, ReceptiveField } from '../../engine/types.js' */

/** CSS pixels of one at most. */
const LARGEST = 40;

/**
 * A canvas in which a part can be marked.
 * @param {Uint8Array} pixels RGBA
 * @param {number} width
 * @param {number} height
 * @param {number} room CSS pixels
 * @param {ReceptiveField | null} field what is marked, unless it is everything
 */
export function markedPicture(pixels, width, height, room, field) {
  const canvas = create('canvas', { class: 'pixels', 'aria-hidden': 'true' });
  showPixels(canvas, pixels, width, height, scaleFor(width, height, room));
  const paper = create('span', { class: 'marked-picture' }, canvas);
  if (field && field.width * field.height < width * height) {
    const mark = create('span', { class: 'field-mark' });
    const share = (/** @type {number} */ part, /** @type {number} */ whole) => `${(100 * part) / whole}%`;
    mark.style.left = share(field.left, width);
    mark.style.top = share(field.top, height);
    mark.style.width = share(field.width, width);
    mark.style.height = share(field.height, height);
    paper.append(mark);
  }
  return paper;
}

/** A titled row. @param {string} title */
export function drivingRow(title) {
  const list = create('div', { class: 'driving-row', role: 'group', 'aria-label': title });
  const element = create('div', { class: 'driving' }, create('span', { class: 'muted small' }, title), list);
  /** Counts what was asked; only the last answer is shown. */
  let asked = 0;
  return {
    element,
    /** @param {DrivingImage[]} images those of the extreme responses first */
    async show(images) {
      const question = ++asked;
      setHidden(element, images.length === 0);
      if (images.length === 0) return;
      const { pixels, width, height } = await engine().picturesOf(Uint32Array.from(images, ({ example }) => example));
      if (question !== asked) return;
      const area = 4 * width * height;
      list.replaceChildren(
        ...images.map(({ example, response, field }, i) => {
          const words = `image ${example + 1}: ${signed(response)}`;
          const button = create(
            'button',
            { type: 'button', class: 'driving-image', 'aria-label': words, 'data-tip': words },
            markedPicture(pixels.subarray(i * area, (i + 1) * area), width, height, LARGEST, field),
          );
          button.addEventListener('click', () => goTo(example));
          return button;
        }),
      );
    },
  };
}
