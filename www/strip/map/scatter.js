// Points painted into the pixels of a canvas from typed arrays: tens of thousands in a few milliseconds.

/** Points drawn smaller from this number on, and their radii in CSS pixels. */
const SIZES = /** @type {const} */ ([
  [3000, 2.5],
  [20000, 1.7],
  [Infinity, 1.1],
]);
/** Share of a point's colour where others are chosen. */
const FAINT = 0.3;

/** @typedef {{ left: number, right: number, bottom: number, top: number }} Frame what is shown, in units of the map */
/** @typedef {[x: number, y: number]} Spot in CSS pixels of the canvas */

/**
 * From units of the map to CSS pixels, and back.
 * @param {Frame} frame @param {number} width @param {number} height
 */
export function placement({ left, right, bottom, top }, width, height) {
  const across = width / Math.max(1e-12, right - left);
  const up = height / Math.max(1e-12, top - bottom);
  return {
    left,
    top,
    across,
    up,
    /** @param {number} x @param {number} y @returns {Spot} */
    pixel: (x, y) => [(x - left) * across, (top - y) * up],
    /** @param {number} x @param {number} y @returns {Spot} */
    plane: (x, y) => [left + x / across, top - y / up],
  };
}

/**
 * The frame widened so that a unit is as long across as upwards.
 * @param {Frame} frame @param {number} width @param {number} height @returns {Frame}
 */
export function square({ left, right, bottom, top }, width, height) {
  const unit = Math.max((right - left) / Math.max(1, width), (top - bottom) / Math.max(1, height));
  const [x, y] = [(left + right) / 2, (bottom + top) / 2];
  const [across, up] = [(unit * width) / 2, (unit * height) / 2];
  return { left: x - across, right: x + across, bottom: y - up, top: y + up };
}

/**
 * Paints all points.
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} points x and y in turn
 * @param {Uint32Array} colours as bytes of RGBA in memory
 * @param {Frame} frame
 * @param {Uint8Array | null} chosen 1 for points that stand out
 * @param {number} background a colour as above
 */
export function paintPoints(canvas, points, colours, frame, chosen, background) {
  const ink = canvas.getContext('2d');
  const { width, height } = canvas;
  if (!ink || width === 0 || height === 0) return;
  const image = ink.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const count = points.length / 2;
  const radius = radiusFor(count) * devicePixelRatio;
  const rows = discOf(radius);
  const { left, top, across, up } = placement(frame, width, height);
  const paint = (/** @type {number} */ i, /** @type {number} */ colour) => {
    const [x, y] = [(points[2 * i] - left) * across, (top - points[2 * i + 1]) * up];
    if (!(x > -radius && y > -radius && x < width + radius && y < height + radius)) return;
    const [column, row] = [Math.round(x), Math.round(y)];
    for (const [down, half] of rows) {
      const at = row + down;
      if (at < 0 || at >= height) continue;
      const from = Math.max(0, column - half);
      const to = Math.min(width, column + half + 1);
      if (from < to) pixels.fill(colour, at * width + from, at * width + to);
    }
  };
  if (!chosen) for (let i = 0; i < count; i++) paint(i, colours[i]);
  else {
    const faint = new Map();
    for (let i = 0; i < count; i++) {
      if (chosen[i]) continue;
      let colour = faint.get(colours[i]);
      if (colour === undefined) faint.set(colours[i], (colour = mixed(colours[i], background, FAINT)));
      paint(i, colour);
    }
    for (let i = 0; i < count; i++) if (chosen[i]) paint(i, colours[i]);
  }
  ink.putImageData(image, 0, 0);
}

/** @param {number} count */
function radiusFor(count) {
  return (SIZES.find(([most]) => count < most) ?? SIZES[2])[1];
}

/** The rows of a disc: how far down, and half its width there. @param {number} radius @returns {[number, number][]} */
function discOf(radius) {
  const reach = Math.floor(radius);
  return Array.from({ length: 2 * reach + 1 }, (_, i) => {
    const down = i - reach;
    return [down, Math.floor(Math.sqrt(radius * radius - down * down))];
  });
}

/** A colour between two. @param {number} colour @param {number} other @param {number} share of the first */
export function mixed(colour, other, share) {
  let sum = 0;
  for (let shift = 0; shift < 32; shift += 8) {
    const value = share * ((colour >>> shift) & 255) + (1 - share) * ((other >>> shift) & 255);
    sum += Math.round(value) * 2 ** shift;
  }
  return sum;
}

/**
 * The point nearest to a place, at most `reach` CSS pixels away; -1: there is none.
 * @param {Float32Array} points @param {ReturnType<typeof placement>} place @param {Spot} spot @param {number} reach
 */
export function pointNear(points, { left, top, across, up }, [x, y], reach) {
  let best = -1;
  let least = reach * reach;
  for (let i = 0; i < points.length / 2; i++) {
    const far = ((points[2 * i] - left) * across - x) ** 2 + ((top - points[2 * i + 1]) * up - y) ** 2;
    if (far < least) [best, least] = [i, far];
  }
  return best;
}

/**
 * The points inside an outline.
 * @param {Float32Array} points @param {ReturnType<typeof placement>} place @param {Spot[]} outline
 * @returns {number[]}
 */
export function pointsWithin(points, { left, top, across, up }, outline) {
  const found = [];
  for (let i = 0; i < points.length / 2; i++) {
    const [x, y] = [(points[2 * i] - left) * across, (top - points[2 * i + 1]) * up];
    let inside = false;
    for (let a = 0, b = outline.length - 1; a < outline.length; b = a++) {
      const [[ax, ay], [bx, by]] = [outline[a], outline[b]];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
    if (inside) found.push(i);
  }
  return found;
}
