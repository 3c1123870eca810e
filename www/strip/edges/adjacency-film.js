// The adjacency over time as a film.

import { count, counted } from '../../ui/format.js';
import { putPixels } from '../../ui/pixels.js';
import { theme } from '../../ui/theme.js';
import { even } from '../../ui/video.js';

/** @import { Engine, StructureFrames } from '../../engine/types.js' */
/** @import { Film } from '../../ui/video.js' */

/** Pixels: the picture has the shape of the adjacency within these. */
const MOST = { width: 1280, height: 640 };

/** @param {Engine} engine @param {StructureFrames} frames @returns {Promise<Film | null>} */
export async function adjacencyFilm(engine, frames) {
  const summary = await engine.structureSummary();
  if (!summary) return null;
  const [columns, rows] = [summary.inputs + summary.hidden, summary.hidden + summary.outputs];
  const fits = Math.min(MOST.width / columns, MOST.height / rows);
  const scale = fits >= 1 ? Math.floor(fits) : fits;
  const width = Math.max(320, even(scale * columns));
  const height = Math.max(64, even(scale * rows));
  const surface = { width, height, ratio: 1, dark: theme() === 'dark' };
  const picture = new OffscreenCanvas(width, height);
  return {
    name: 'edges',
    width,
    height,
    words: Array.from(frames.steps, (step, at) => `step ${count(step)}   ${counted(frames.edges[at], 'edge')}`),
    async paint(ink, number) {
      const { pixels } = await engine.adjacency(number, surface);
      putPixels(picture, pixels, width, height);
      ink.drawImage(picture, 0, 0);
    },
  };
}
