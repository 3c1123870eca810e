// Paper to draw on: a canvas with a brush of some width and colour.

import { create } from './dom.js';

const SIDE = 256;

/**
 * @param {HTMLElement} holder
 * @param {string} label
 * @param {() => void} onStroke
 */
export function createPad(holder, label, onStroke) {
  const paper = create('canvas', { width: String(SIDE), height: String(SIDE), role: 'img', 'aria-label': `${label}; from the keyboard, open an image instead` });
  const width = create('input', { type: 'range', min: '2', max: '64', step: '1', value: '18', 'aria-label': 'Width of the stroke' });
  const colour = create('input', { type: 'color', value: '#1a73c8', 'aria-label': 'Colour of the stroke' });
  const clear = create('button', { type: 'button', class: 'button toggle' }, 'Clear');
  const ink = /** @type {CanvasRenderingContext2D} */ (paper.getContext('2d', { willReadFrequently: true }));
  const tools = create('div', { class: 'pad-tools' }, create('label', {}, 'width', width), create('label', {}, 'colour', colour), clear);
  let last = { x: 0, y: 0 };
  let ground = '#ffffff';
  let empty = true;

  function wipe() {
    ink.fillStyle = ground;
    ink.fillRect(0, 0, SIDE, SIDE);
    empty = true;
  }

  /** @param {PointerEvent} event */
  function strokeTo({ offsetX, offsetY }, begins = false) {
    const now = { x: (offsetX / paper.clientWidth) * SIDE, y: (offsetY / paper.clientHeight) * SIDE };
    if (begins) last = now;
    ink.strokeStyle = colour.value;
    ink.lineWidth = Number(width.value);
    ink.lineCap = 'round';
    ink.beginPath();
    ink.moveTo(last.x, last.y);
    ink.lineTo(now.x, now.y + 0.01);
    ink.stroke();
    last = now;
    empty = false;
    onStroke();
  }

  holder.classList.add('pad');
  holder.append(paper, tools);
  wipe();
  paper.addEventListener('pointerdown', (event) => { paper.setPointerCapture(event.pointerId); strokeTo(event, true); });
  paper.addEventListener('pointermove', (event) => { if (event.buttons > 0) strokeTo(event); });
  clear.addEventListener('click', () => { wipe(); onStroke(); });
  return {
    side: SIDE,
    pixels: () => new Uint8Array(ink.getImageData(0, 0, SIDE, SIDE).data.buffer),
    /** @returns {Promise<Blob | null>} */
    png: () => new Promise((resolve) => { paper.toBlob(resolve, 'image/png'); }),
    /** Black paper with a white pen, or white paper; what is drawn on it stays until it is cleared. @param {boolean} dark */
    setDark(dark) {
      if (dark === (ground === '#000000')) return;
      ground = dark ? '#000000' : '#ffffff';
      colour.value = dark ? '#ffffff' : '#1a73c8';
      if (empty) wipe();
    },
    /** Draws on top of this picture. @param {CanvasImageSource} picture */
    begin(picture) {
      wipe();
      ink.imageSmoothingEnabled = false;
      ink.drawImage(picture, 0, 0, SIDE, SIDE);
      empty = false;
    },
  };
}
