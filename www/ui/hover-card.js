// A card beside the pointer, within the picture that it is about.

/** Pixels between the pointer and the card. */
const APART = 16;

/** @param {HTMLElement} card visible already @param {HTMLElement} picture @param {{ x: number, y: number }} pointer */
export function placeBeside(card, picture, { x, y }) {
  const isAtTheEnd = x + APART + card.offsetWidth > picture.clientWidth;
  const left = isAtTheEnd ? x - APART - card.offsetWidth : x + APART;
  card.style.left = `${Math.max(0, left)}px`;
  card.style.top = `${Math.max(0, Math.min(y, picture.clientHeight - card.offsetHeight))}px`;
}
