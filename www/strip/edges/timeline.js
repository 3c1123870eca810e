// Births and deaths of edges over time: bars to scrub along, to play, and to save as a video.

import { engine, invalidate, same, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { byId, setAttribute, setHidden, setIcon, setText } from '../../ui/dom.js';
import { count, counted } from '../../ui/format.js';
import { colour, theme } from '../../ui/theme.js';
import { savesVideo } from '../../ui/video.js';
import { adjacencyFilm } from './adjacency-film.js';

/** @import { StructureFrames } from '../../engine/types.js' */

const holder = byId('edges-timeline', HTMLElement);
const bars = byId('edges-bars', HTMLCanvasElement);
const slider = byId('edges-frame', HTMLInputElement);
const play = byId('edges-play', HTMLButtonElement);
const words = byId('edges-frame-words', HTMLElement);
const video = byId('edges-video', HTMLButtonElement);

/** Milliseconds between two looks at the history, and frames in a second of playing. */
const EVERY = 500;
const SPEED = 30;

/** @type {StructureFrames} */
let frames = { steps: new Uint32Array(), edges: new Uint32Array(), born: new Uint32Array(), cut: new Uint32Array() };
/** The frame that is shown; -1: the network as it is now. */
let frame = -1;
let playing = 0;
/** What was drawn last. @type {unknown[]} */
let seen = [];

/** The number of the frame that the adjacency shows; -1: the network as it is now. */
export function frameShown() {
  return frame;
}

/** @param {boolean} isShown */
export function drawTimeline(isShown) {
  setHidden(holder, !isShown);
  setHidden(video, !isShown);
  if (!isShown) return;
  look(store.stamps.history, store.status?.step);
  const [width, height] = [bars.clientWidth, bars.clientHeight].map((size) => Math.round(size * devicePixelRatio));
  const wanted = [frames, frame, playing, width, height, theme()];
  if (same(wanted, seen)) return;
  seen = wanted;
  paint(width, height);
  tell();
}

const look = createView({
  every: EVERY,
  least: EVERY,
  ask: () => [['structureFrames']],
  take(/** @type {StructureFrames} */ found) {
    if (found.steps.length < frames.steps.length && frame >= 0) frame = -1; // another run, or a thinner history
    frames = found;
    invalidate();
  },
});

function tell() {
  const last = frames.steps.length - 1;
  slider.max = String(Math.max(0, last + 1));
  slider.value = String(frame < 0 ? last + 1 : frame);
  slider.disabled = last < 0;
  play.disabled = last < 1;
  video.disabled = last < 1;
  setIcon(play, playing ? 'stop' : 'start');
  setAttribute(play, 'aria-label', playing ? 'Stop' : 'Play the history');
  const text =
    frame < 0
      ? 'now, in the colours of the strengths'
      : `step ${count(frames.steps[frame])}: ${counted(frames.edges[frame], 'edge')}, ${count(frames.born[frame])} new, ${count(frames.cut[frame])} cut`;
  setText(words, text);
  setAttribute(slider, 'aria-valuetext', text);
}

/** @param {number} width device pixels @param {number} height */
function paint(width, height) {
  [bars.width, bars.height] = [width, height];
  const ink = bars.getContext('2d');
  const total = frames.steps.length;
  if (!ink || total === 0) return;
  // The first frame is all edges at once.
  let most = 1;
  for (let i = 1; i < total; i++) most = Math.max(most, frames.born[i], frames.cut[i]);
  const middle = height / 2;
  const place = (/** @type {number} */ i) => (i / total) * width;
  const tall = (/** @type {number} */ value) => Math.sqrt(value / most) * (middle - 1);
  for (let i = 1; i < total; i++) {
    const [left, wide] = [place(i), Math.max(1, width / total - 0.5)];
    ink.fillStyle = colour('--positive');
    ink.fillRect(left, middle - tall(frames.born[i]), wide, tall(frames.born[i]));
    ink.fillStyle = colour('--negative');
    ink.fillRect(left, middle, wide, tall(frames.cut[i]));
  }
  ink.fillStyle = colour('--hairline');
  ink.fillRect(0, middle, width, 1);
  if (frame >= 0) {
    ink.fillStyle = colour('--text');
    ink.fillRect(place(frame + 0.5) - 1, 0, 2, height);
  }
}

/** @param {number} to */
function goTo(to) {
  frame = to >= frames.steps.length ? -1 : Math.max(0, to);
  invalidate();
}

function stop() {
  clearInterval(playing);
  playing = 0;
  invalidate();
}

/** The step that a pointer means. @param {PointerEvent} event */
function scrub({ offsetX }) {
  stop();
  goTo(Math.floor((offsetX / bars.clientWidth) * frames.steps.length));
}

slider.addEventListener('input', () => {
  stop();
  goTo(Number(slider.value));
});
bars.addEventListener('pointerdown', (event) => {
  bars.setPointerCapture(event.pointerId);
  scrub(event);
});
bars.addEventListener('pointermove', (event) => {
  if (event.buttons === 1) scrub(event);
});
play.addEventListener('click', () => {
  if (playing) return stop();
  if (frame < 0) frame = 0;
  playing = window.setInterval(() => {
    if (frame < 0) return stop();
    goTo(frame + 1);
  }, 1000 / SPEED);
  invalidate();
});
savesVideo(video, 'Save video', () => adjacencyFilm(engine(), frames));
