// A short tour of the page: five sentences in the guide's place, each with a ring around what it speaks of. It is offered
// once, covers nothing, and ends at any time.

import { invalidate } from '../app/store.js';
import { narrow, showSection } from '../ui/layout.js';
import { viewMode } from '../ui/view-mode.js';

/** @import { Advice } from './advice.js' */

/** @typedef {{ text: string, of: string, section?: string }} Stop `of`: what it speaks of; `section`: where a narrow screen has it */

const NAME = 'neurarium-tour';

/** @type {Stop[]} */
const STOPS = [
  {
    text: 'These are the pictures that it learns from. Take a ready experiment, or drop a folder of your own anywhere.',
    of: '[data-view="simple"] #experiments-card, [data-view="full"] #data-card',
    section: 'data',
  },
  {
    text: 'This is the network itself: every square is a neuron, with the value that it has right now. Point at one, or click it to change it.',
    of: '#network-frame',
  },
  {
    text: 'Start lets it learn from the pictures, again and again. Space does it too, and stops it.',
    of: '#start, #start-thumb',
  },
  {
    text: 'One picture, and what the network makes of it. At first that is a guess; watch it while it learns.',
    of: '#example-card',
  },
  {
    text: 'When it has learnt something, give it a drawing, the webcam or a picture of yours. That is all.',
    of: '#try, #try-tab',
  },
];

/** The stop that is shown; -1: none. */
let at = -1;
let isOffered = location.hash.length < 2 && !isRemembered();

function isRemembered() {
  try {
    return localStorage.getItem(NAME) !== null;
  } catch {
    return true; // what cannot be remembered would be offered at each visit
  }
}

/** Whether the tour is to be offered: until the first training, and not where a link has chosen what is to be seen. */
export const isTourOffered = () => isOffered;

/** The sentence of the tour; null where none is under way. @returns {Advice | null} */
export function tourAdvice() {
  if (at < 0) return null;
  const isLast = at === STOPS.length - 1;
  return {
    kind: `tour ${at}`,
    text: STOPS[at].text,
    actions: isLast
      ? [['leave', 'Done']]
      : [
          ['next', `Next, ${at + 1} of ${STOPS.length}`],
          ['leave', 'Leave'],
        ],
  };
}

/** Begins the tour, or goes on with it. */
export function goOn() {
  forgetTour();
  show(at + 1);
}

export function leave() {
  show(-1);
}

/** It is not offered again. */
export function forgetTour() {
  if (!isOffered) return;
  isOffered = false;
  try {
    localStorage.setItem(NAME, 'seen');
  } catch {
    // Then it is not offered either.
  }
}

/** @param {number} stop */
function show(stop) {
  for (const ringed of document.querySelectorAll('.ringed')) ringed.classList.remove('ringed');
  at = stop < STOPS.length ? stop : -1;
  const { of = '', section = '' } = STOPS[at] ?? {};
  if (narrow.matches && section) showSection(viewMode() === 'simple' ? 'begin' : section);
  if (of === '#example-card' || of === '#network-frame') showOnTop(of === '#example-card' ? 'example' : 'network');
  if (of) for (const ringed of document.querySelectorAll(of)) ringed.classList.add('ringed');
  document.querySelector('.ringed')?.scrollIntoView({ block: 'nearest' });
  invalidate();
}

/** A narrow screen has one of both. @param {string} part */
function showOnTop(part) {
  const button = document.querySelector(`#top-switch [data-value="${part}"]`);
  if (narrow.matches && button instanceof HTMLElement) button.click();
}

addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || at < 0 || event.defaultPrevented || document.querySelector('dialog[open]')) return;
  leave();
});
