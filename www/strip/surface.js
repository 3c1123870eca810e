// How the engine is to draw a picture for a canvas.

import { theme } from '../ui/theme.js';

/** @import { Surface } from '../engine/types.js' */

/** @param {HTMLCanvasElement} canvas @returns {Surface} */
export function surfaceOf({ clientWidth, clientHeight }) {
  return {
    width: Math.round(clientWidth * devicePixelRatio),
    height: Math.round(clientHeight * devicePixelRatio),
    ratio: devicePixelRatio,
    dark: theme() === 'dark',
  };
}
