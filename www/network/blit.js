// Lays the pixels of a frame on a canvas. They may be in memory that threads share, which no canvas takes: they pass
// through a strip of their own, some rows at a time, few enough to stay in the processor's cache on the way.

/** @import { Frame } from '../engine/types.js' */

const STRIP_PIXELS = 1 << 18;

let strip = new ImageData(1, 1);

/** @param {CanvasRenderingContext2D} paper @param {Pick<Frame, 'parts' | 'pixels'>} frame */
export function lay(paper, { parts, pixels }) {
  let from = 0;
  for (const { left, top, width, height } of parts) {
    const most = Math.min(height, Math.ceil(STRIP_PIXELS / width));
    if (strip.width !== width || strip.height < most) strip = new ImageData(width, most);
    for (let row = 0; row < height; row += most) {
      const rows = Math.min(most, height - row);
      strip.data.set(pixels.subarray(from, (from += 4 * width * rows)));
      paper.putImageData(strip, left, top + row, 0, 0, width, rows);
    }
  }
}
