// Pixels on the screen as they are: whole numbers of device pixels for each, no smoothing.

/**
 * Device pixels for each pixel of a picture that must fit into a square of CSS pixels; below 1 for one that is larger.
 * @param {number} width
 * @param {number} height
 * @param {number} room CSS pixels
 */
export function scaleFor(width, height, room) {
  const fits = (room * devicePixelRatio) / Math.max(width, height);
  return fits >= 1 ? Math.floor(fits) : 1 / Math.ceil(1 / fits);
}

/**
 * Gives a canvas as many device pixels as a place of this size has, and a pen that draws in CSS pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width CSS pixels
 * @param {number} height
 */
export function inkFor(canvas, width, height) {
  [canvas.width, canvas.height] = [width, height].map((size) => Math.round(size * devicePixelRatio));
  const ink = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  ink.scale(devicePixelRatio, devicePixelRatio);
  return ink;
}

/**
 * Writes RGBA into a canvas, which becomes as large as the picture.
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas
 * @param {Uint8Array} pixels
 * @param {number} width
 * @param {number} height
 */
export function putPixels(canvas, pixels, width, height) {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const image = new ImageData(width, height);
  image.data.set(pixels.subarray(0, image.data.length));
  const ink = /** @type {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null} */ (
    canvas.getContext('2d')
  );
  ink?.putImageData(image, 0, 0);
}

/**
 * Shows RGBA in a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} pixels
 * @param {number} width
 * @param {number} height
 * @param {number} scale of scaleFor
 */
export function showPixels(canvas, pixels, width, height, scale) {
  putPixels(canvas, pixels, width, height);
  // The canvas keeps one pixel for each of the picture's; style.css says image-rendering: pixelated.
  canvas.style.width = `${(width * scale) / devicePixelRatio}px`;
  canvas.style.height = `${(height * scale) / devicePixelRatio}px`;
  canvas.style.imageRendering = scale < 1 ? 'auto' : '';
}
