// Noise on a picture, to see how much of it an answer bears.
//
// value + amount * 255 * n for each cell of the network's pixels, n normal with deviation 1, the same for each amount: the
// picture grows noisier where the amount grows, and does not flicker.

/** A whole number that looks random, 0 to 1. @param {number} seed */
function chance(seed) {
  let mixed = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}

/** About normal: the sum of three even ones, in standard deviations. @param {number} cell */
const normal = (cell) => 2 * (chance(3 * cell + 1) + chance(3 * cell + 2) + chance(3 * cell + 3) - 1.5);

/**
 * @param {Uint8Array} pixels RGBA, which is changed
 * @param {number} width
 * @param {{ width: number, height: number }} cells of the network's input
 * @param {number} amount 0 to 1
 */
export function addNoise(pixels, width, cells, amount) {
  const height = pixels.length / 4 / width;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const cell = Math.floor((y * cells.height) / height) * cells.width + Math.floor((x * cells.width) / width);
      const by = amount * 255 * normal(cell);
      const at = 4 * (y * width + x);
      for (let channel = at; channel < at + 3; channel++)
        pixels[channel] = Math.min(255, Math.max(0, pixels[channel] + by));
    }
  return pixels;
}

/** The pixels of a picture file, at most `side` of them wide and high. @param {File} file @param {number} side */
export async function pixelsOfFile(file, side) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const [width, height] = [picture.width, picture.height].map((size) => Math.max(1, Math.round(size * scale)));
  const ink = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(width, height).getContext('2d'));
  ink.drawImage(picture, 0, 0, width, height);
  return { width, height, pixels: new Uint8Array(ink.getImageData(0, 0, width, height).data.buffer) };
}
