// A row of decoded pictures; each is a button that makes its code the one that is shown.

import { changeCode } from './latent.js';
import { create } from '../../ui/dom.js';
import { scaleFor, showPixels } from '../../ui/pixels.js';

/** @import { Pictures } from '../../engine/types.js' */

/** CSS pixels that one takes at most. */
export const LARGEST = 64;

/**
 * @param {HTMLElement} holder
 * @param {Pictures} pictures
 * @param {(number: number) => string} label
 */
export function showRow(holder, { width, height, count, pixels, codes }, label) {
  const scale = scaleFor(width, height, LARGEST);
  const area = 4 * width * height;
  const length = codes.length / Math.max(1, count);
  if (holder.children.length !== count) {
    holder.replaceChildren(
      ...Array.from({ length: count }, () =>
        create('button', { type: 'button', class: 'decoded' }, create('canvas', { class: 'pixels' })),
      ),
    );
  }
  for (let i = 0; i < count; i++) {
    const button = /** @type {HTMLButtonElement} */ (holder.children[i]);
    const canvas = /** @type {HTMLCanvasElement} */ (button.firstElementChild);
    showPixels(canvas, pixels.subarray(i * area, (i + 1) * area), width, height, scale);
    button.setAttribute('aria-label', label(i));
    const values = codes.slice(i * length, (i + 1) * length);
    button.onclick = () => changeCode((engine) => engine.setCode(values));
  }
}
