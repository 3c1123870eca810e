// The map that is shown: its points, their colours, the part of it that is seen, the points that are chosen.

import { placement, square } from './scatter.js';

/** @import { MapColouring, MapView } from '../../engine/types.js' */
/** @import { Frame } from './scatter.js' */

/**
 * @typedef {object} ShownMap
 * @property {Float32Array} points x and y in turn
 * @property {Uint32Array} examples
 * @property {Frame} frame that holds nearly all points
 * @property {{ x: number, y: number } | null} current where the code is that is shown; of the map of codes
 * @property {MapView | null} view null: the map of codes
 * @property {number} stale steps since
 */

/** @type {{ map: ShownMap | null, by: MapColouring, zoom: number, middle: [number, number] | null, chosen: Uint8Array | null }} */
export const look = { map: null, by: 'class', zoom: 1, middle: null, chosen: null };

/** The part of the map that a canvas shows. @param {HTMLCanvasElement} canvas @returns {Frame} */
export function seenFrame({ clientWidth, clientHeight }) {
  const whole = look.map?.frame ?? { left: -1, right: 1, bottom: -1, top: 1 };
  const { left, right, bottom, top } = look.map?.view ? square(whole, clientWidth, clientHeight) : whole;
  const [x, y] = look.middle ?? [(left + right) / 2, (bottom + top) / 2];
  const [across, up] = [(right - left) / 2 / look.zoom, (top - bottom) / 2 / look.zoom];
  return { left: x - across, right: x + across, bottom: y - up, top: y + up };
}

/** @param {HTMLCanvasElement} canvas */
export function seenPlacement(canvas) {
  return placement(seenFrame(canvas), canvas.clientWidth, canvas.clientHeight);
}

/** Zooms so that what is at this place of the canvas stays there. @param {HTMLCanvasElement} canvas @param {number} factor @param {[number, number]} at */
export function zoomAt(canvas, factor, at) {
  const [x, y] = seenPlacement(canvas).plane(...at);
  look.zoom = Math.min(200, Math.max(0.02, look.zoom * factor));
  const [nx, ny] = seenPlacement(canvas).plane(...at);
  moveBy(canvas, x - nx, y - ny);
}

/** Moves what is seen, in units of the map. @param {HTMLCanvasElement} canvas @param {number} x @param {number} y */
export function moveBy(canvas, x, y) {
  const { left, right, bottom, top } = seenFrame(canvas);
  look.middle = [(left + right) / 2 + x, (bottom + top) / 2 + y];
}

/** Shows all again. */
export function showAll() {
  [look.zoom, look.middle] = [1, null];
}
