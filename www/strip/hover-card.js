// A card beside the pointer, within the picture that it is about.

import { oneAtATime } from '../app/views.js';
import { store } from '../app/store.js';
import { setHidden, setText } from '../ui/dom.js';

/** Pixels between the pointer and the card. */
const APART = 16;

/** @param {HTMLElement} card visible already @param {HTMLElement} picture @param {{ x: number, y: number }} pointer */
export function placeBeside(card, picture, { x, y }) {
  const isAtTheEnd = x + APART + card.offsetWidth > picture.clientWidth;
  const left = isAtTheEnd ? x - APART - card.offsetWidth : x + APART;
  card.style.left = `${Math.max(0, left)}px`;
  card.style.top = `${Math.max(0, Math.min(y, picture.clientHeight - card.offsetHeight))}px`;
}

/**
 * Shows in words what is under the pointer.
 * @param {HTMLElement} picture
 * @param {HTMLElement} card
 * @param {(x: number, y: number) => Promise<string>} wordsAt of a place in CSS pixels; '' where nothing is
 * @returns {(x: number, y: number) => void} shows what is at a place to which the keys went
 */
export function createHoverCard(picture, card, wordsAt) {
  let pointer = { x: 0, y: 0, isThere: false };
  const lookUp = oneAtATime(
    async () => {
      const { x, y } = pointer;
      return { x, y, text: await wordsAt(x, y) };
    },
    ({ x, y, text }) => {
      setHidden(card, !pointer.isThere || text === '');
      setText(card, text);
      placeBeside(card, picture, { x, y });
      if (pointer.isThere && (pointer.x !== x || pointer.y !== y)) lookUp();
    },
    () => setHidden(card, true),
  );
  const moveTo = (/** @type {number} */ x, /** @type {number} */ y) => {
    pointer = { x, y, isThere: true };
    if (store.engine) lookUp();
  };
  const leave = () => {
    pointer.isThere = false;
    setHidden(card, true);
  };
  picture.addEventListener('pointermove', ({ offsetX, offsetY }) => moveTo(offsetX, offsetY));
  picture.addEventListener('pointerleave', leave);
  picture.addEventListener('blur', leave);
  return moveTo;
}
