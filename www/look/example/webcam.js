// The webcam: one stream at a time, let go when it is closed. None of its frames is kept unless it is taken.

import { showError } from '../../ui/messages.js';

/** A frame is a square from the middle, made this large before the engine fits it to the network. */
const FRAME_SIDE = 224;

/** Why there is no webcam, by the name of the browser's error. @type {Record<string, string>} */
const NO_CAMERA = {
  NotFoundError: 'No webcam was found',
  NotAllowedError: 'The webcam is not allowed; the address bar may have a way to allow it',
  NotReadableError: 'The webcam does not answer; another program may be using it',
};

/**
 * @typedef {object} Webcam
 * @property {HTMLVideoElement} video which plays what is seen
 * @property {() => HTMLCanvasElement} frame the middle of what is seen now; the same canvas each time
 * @property {() => void} close
 */

/** The browser asks the person whether the webcam may be used. */
let asking = false;

/** Opens the webcam; null where there is none, which is reported, or where the person is being asked already. @returns {Promise<Webcam | null>} */
export async function openWebcam() {
  if (asking) return null;
  asking = true;
  /** @type {MediaStream | null} */
  let stream = null;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 }, audio: false });
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    video.srcObject = stream;
    await video.play();
    return webcam(video, stream);
  } catch (error) {
    letGo(stream);
    const words = error instanceof DOMException ? NO_CAMERA[error.name] : undefined;
    showError(words ?? 'This browser gives the page no webcam', 'Open or draw an image instead.');
    return null;
  } finally {
    asking = false;
  }
}

/** @param {HTMLVideoElement} video @param {MediaStream} stream @returns {Webcam} */
function webcam(video, stream) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [FRAME_SIDE, FRAME_SIDE];
  const ink = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
  return {
    video,
    frame() {
      const side = Math.min(video.videoWidth, video.videoHeight);
      const [left, top] = [(video.videoWidth - side) / 2, (video.videoHeight - side) / 2];
      ink.drawImage(video, left, top, side, side, 0, 0, FRAME_SIDE, FRAME_SIDE);
      return canvas;
    },
    close: () => letGo(stream),
  };
}

/** @param {MediaStream | null} stream */
function letGo(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** The pixels of a canvas as RGBA. @param {HTMLCanvasElement} canvas */
export function pixelsOf(canvas) {
  const ink = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  return new Uint8Array(ink.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
}
