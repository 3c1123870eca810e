// Pictures as a video file, made by the browser's own recorder; below each is a line of words.

import { invalidate } from '../app/store.js';
import { setText } from './dom.js';
import { download } from './download.js';
import { showError } from './messages.js';
import { colour } from './theme.js';

/**
 * @typedef {object} Film
 * @property {string} name of the file, without its ending
 * @property {number} width of the pictures, in pixels
 * @property {number} height
 * @property {string[]} words one line for each picture
 * @property {(ink: CanvasRenderingContext2D, number: number) => Promise<void>} paint paints a picture at the top left
 */

/** Kinds of files, the first that the browser can write is taken. */
const KINDS = ['video/mp4;codecs=avc1.42E01F', 'video/webm;codecs=vp9', 'video/webm;codecs=vp8', 'video/webm'];
const FRAMES_PER_SECOND = 30;
const BITS_PER_SECOND = 8_000_000;
/** Height of the line of words, in pixels. */
const LINE = 32;

/** A size that video encoders take. @param {number} size */
export const even = (size) => Math.max(2, 2 * Math.round(size / 2));

/**
 * Lets a button save a film, and end the saving while it lasts. Returns whether it does so now.
 * @param {HTMLButtonElement} button
 * @param {string} words what it says at rest
 * @param {() => Promise<Film | null>} make nothing is saved where it finds none
 */
export function savesVideo(button, words, make) {
  /** @type {AbortController | null} */
  let saving = null;
  button.addEventListener('click', async () => {
    if (saving) return saving.abort();
    saving = new AbortController();
    invalidate();
    await saveVideo(make, saving.signal, (share) =>
      setText(button, share === null ? words : `Cancel, ${Math.round(share * 100)} %`),
    );
    saving = null;
    invalidate();
  });
  return () => saving !== null;
}

/**
 * @param {() => Promise<Film | null>} make nothing is saved where it finds none
 * @param {AbortSignal} signal ends it without a file
 * @param {(share: number | null) => void} show how much is done; null at the end
 */
async function saveVideo(make, signal, show) {
  const kind =
    typeof MediaRecorder === 'undefined' ? undefined : KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
  try {
    if (!kind) throw new Error('This browser cannot write videos; Chrome, Edge and Firefox can.');
    show(0);
    const film = await make();
    const file = film && (await record(film, signal, show, kind));
    if (film && file) download(`${film.name}.${kind.startsWith('video/mp4') ? 'mp4' : 'webm'}`, file);
  } catch (error) {
    showError(error);
  }
  show(null);
}

/**
 * @param {Film} film
 * @param {AbortSignal} signal
 * @param {(share: number) => void} show
 * @param {string} kind
 */
async function record({ width, height, words, paint }, signal, show, kind) {
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
  for (let number = 0; number < words.length && !signal.aborted; number++) {
    const due = performance.now() + 1000 / FRAMES_PER_SECOND;
    ink.fillStyle = colour('--surface');
    ink.fillRect(0, 0, canvas.width, canvas.height);
    await paint(ink, number);
    ink.fillStyle = colour('--text');
    ink.font = '15px system-ui, sans-serif';
    ink.fillText(words[number], 10, height + 21);
    if (!begun) recorder.start();
    begun = true;
    show(number / words.length);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  }
  if (begun) {
    recorder.stop();
    await ended;
  }
  stream.getTracks().forEach((track) => track.stop());
  return signal.aborted ? null : new Blob(parts, { type: kind });
}
