// Paper to draw on: a canvas with a brush of some width and colour.

import { create, setAttribute, setHidden } from './dom.js';

const SIDE = 256;
/** A press of an arrow key goes so far. */
const KEY_STEP = 8;
const WAYS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
});

/**
 * @param {HTMLElement} holder
 * @param {string} label
 * @param {() => void} onStroke
 */
export function createPad(holder, label, onStroke) {
  const paper = create('canvas', {
    width: String(SIDE),
    height: String(SIDE),
    tabindex: '0',
    role: 'application',
    'aria-label': `${label}. Arrow keys move the pen, Shift and arrows draw, Enter makes a dot.`,
  });
  const pen = create('i', { class: 'pad-pen', hidden: '' });
  const width = create('input', {
    type: 'range',
    min: '2',
    max: '64',
    step: '1',
    value: '18',
    'aria-label': 'Width of the stroke',
  });
  const colour = create('input', { type: 'color', value: '#1a73c8', 'aria-label': 'Colour of the stroke' });
  const clear = create('button', { type: 'button', class: 'button toggle' }, 'Clear');
  const erase = create(
    'button',
    { type: 'button', class: 'button toggle', 'aria-pressed': 'false', 'data-tip': 'The pen takes away what is there' },
    'Erase',
  );
  const buttons = create('div', { class: 'item-actions' }, erase, clear);
  const ink = /** @type {CanvasRenderingContext2D} */ (paper.getContext('2d', { willReadFrequently: true }));
  const tools = create(
    'div',
    { class: 'pad-tools' },
    create('label', {}, 'width', width),
    create('label', {}, 'colour', colour),
    buttons,
  );
  let last = { x: SIDE / 2, y: SIDE / 2 };
  let ground = '#ffffff';
  /** That of the next empty paper. */
  let nextGround = ground;
  let empty = true;

  function wipe() {
    if (ground !== nextGround) colour.value = nextGround === '#000000' ? '#ffffff' : '#1a73c8';
    ground = nextGround;
    ink.fillStyle = ground;
    ink.fillRect(0, 0, SIDE, SIDE);
    empty = true;
  }

  /** @param {PointerEvent} event */
  function placeOf({ offsetX, offsetY }) {
    return { x: (offsetX / paper.clientWidth) * SIDE, y: (offsetY / paper.clientHeight) * SIDE };
  }

  /** @param {{ x: number, y: number }} now */
  function strokeTo(now, begins = false) {
    if (begins) last = now;
    ink.strokeStyle = erase.getAttribute('aria-pressed') === 'true' ? ground : colour.value;
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

  /** Where the keys would draw. */
  function showPen() {
    setHidden(pen, !paper.matches(':focus-visible'));
    const share = paper.clientWidth / SIDE;
    pen.style.width = pen.style.height = `${Number(width.value) * share}px`;
    pen.style.left = `${last.x * share}px`;
    pen.style.top = `${last.y * share}px`;
  }

  holder.classList.add('pad');
  holder.append(create('div', { class: 'pad-paper' }, paper, pen), tools);
  wipe();
  paper.addEventListener('pointerdown', (event) => {
    paper.setPointerCapture(event.pointerId);
    strokeTo(placeOf(event), true);
  });
  paper.addEventListener('pointermove', (event) => {
    if (event.buttons > 0) strokeTo(placeOf(event));
  });
  paper.addEventListener('keydown', (event) => {
    const way = WAYS[event.key];
    if ((!way && event.key !== 'Enter') || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const [x, y] = way ? [last.x + way[0] * KEY_STEP, last.y + way[1] * KEY_STEP] : [last.x, last.y];
    const now = { x: Math.min(SIDE, Math.max(0, x)), y: Math.min(SIDE, Math.max(0, y)) };
    if (event.shiftKey || !way) strokeTo(now);
    last = now;
    showPen();
  });
  for (const name of ['focus', 'blur', 'pointerup']) paper.addEventListener(name, showPen);
  width.addEventListener('input', showPen);
  erase.addEventListener('click', () => {
    setAttribute(erase, 'aria-pressed', String(erase.getAttribute('aria-pressed') !== 'true'));
  });
  colour.addEventListener('input', () => setAttribute(erase, 'aria-pressed', 'false'));
  clear.addEventListener('click', () => {
    wipe();
    setAttribute(erase, 'aria-pressed', 'false');
    onStroke();
  });
  return {
    side: SIDE,
    /** What else is done with the paper is here. */
    buttons,
    isEmpty: () => empty,
    pixels: () => new Uint8Array(ink.getImageData(0, 0, SIDE, SIDE).data.buffer),
    /** @returns {Promise<Blob | null>} */
    png: () =>
      new Promise((resolve) => {
        paper.toBlob(resolve, 'image/png');
      }),
    /** Black paper with a white pen, or white paper; one that is drawn on stays, with its pen, until it is cleared. @param {boolean} dark */
    setDark(dark) {
      nextGround = dark ? '#000000' : '#ffffff';
      if (empty && nextGround !== ground) wipe();
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
