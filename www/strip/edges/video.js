// The adjacency over time as a video file, made by the browser's own recorder.

import { download } from '../../ui/download.js';
import { count, counted } from '../../ui/format.js';
import { showError } from '../../ui/messages.js';
import { putPixels } from '../../ui/pixels.js';
import { colour, theme } from '../../ui/theme.js';

/** @import { Engine, StructureFrames } from '../../engine/types.js' */

/** Kinds of files, the first that the browser can write is taken. */
const KINDS = ['video/mp4;codecs=avc1.42E01F', 'video/webm;codecs=vp9', 'video/webm;codecs=vp8', 'video/webm'];
const FRAMES_PER_SECOND = 30;
const BITS_PER_SECOND = 8_000_000;
/** Pixels: the picture has the shape of the adjacency within these; below it is a line of words. */
const MOST = { width: 1280, height: 640 };
const LINE = 32;

/**
 * @param {Engine} engine
 * @param {StructureFrames} frames
 * @param {AbortSignal} signal ends it without a file
 * @param {(share: number | null) => void} tell how much is done; null at the end
 */
export async function saveVideo(engine, frames, signal, tell) {
  const kind =
    typeof MediaRecorder === 'undefined' ? undefined : KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
  try {
    if (!kind) throw new Error('This browser cannot write videos; Chrome, Edge and Firefox can.');
    tell(0);
    const file = await record(engine, frames, signal, tell, kind);
    if (file) download(`edges.${kind.startsWith('video/mp4') ? 'mp4' : 'webm'}`, file);
  } catch (error) {
    showError(error);
  }
  tell(null);
}

/**
 * @param {Engine} engine
 * @param {StructureFrames} frames
 * @param {AbortSignal} signal
 * @param {(share: number) => void} tell
 * @param {string} kind
 */
async function record(engine, frames, signal, tell, kind) {
  const summary = await engine.structureSummary();
  if (!summary) return null;
  const [columns, rows] = [summary.inputs + summary.hidden, summary.hidden + summary.outputs];
  const fits = Math.min(MOST.width / columns, MOST.height / rows);
  const scale = fits >= 1 ? Math.floor(fits) : fits;
  const even = (/** @type {number} */ size) => Math.max(2, 2 * Math.round(size / 2)); // what video encoders ask for
  const width = Math.max(320, even(scale * columns));
  const height = Math.max(64, even(scale * rows));
  const surface = { width, height, ratio: 1, dark: theme() === 'dark' };
  const picture = new OffscreenCanvas(width, height);
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, height + LINE];
  const ink = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const stream = canvas.captureStream(FRAMES_PER_SECOND);
  const recorder = new MediaRecorder(stream, { mimeType: kind, videoBitsPerSecond: BITS_PER_SECOND });
  /** @type {Blob[]} */
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const ended = new Promise((resolve, reject) => {
    recorder.onstop = resolve;
    recorder.onerror = () => reject(new Error('The browser could not write the video.'));
  });
  let begun = false;
  for (let frame = 0; frame < frames.steps.length && !signal.aborted; frame++) {
    const due = performance.now() + 1000 / FRAMES_PER_SECOND;
    const { pixels } = await engine.adjacency(frame, surface);
    putPixels(picture, pixels, width, height);
    ink.fillStyle = colour('--surface');
    ink.fillRect(0, 0, canvas.width, canvas.height);
    ink.drawImage(picture, 0, 0);
    ink.fillStyle = colour('--text');
    ink.font = '15px system-ui, sans-serif';
    ink.fillText(`step ${count(frames.steps[frame])}   ${counted(frames.edges[frame], 'edge')}`, 10, height + 21);
    if (!begun) recorder.start();
    begun = true;
    tell(frame / frames.steps.length);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  }
  recorder.stop();
  stream.getTracks().forEach((track) => track.stop());
  await ended;
  return signal.aborted ? null : new Blob(parts, { type: kind });
}
