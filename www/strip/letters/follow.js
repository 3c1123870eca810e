// The end of reading what was made: a letter that stays as it is, or a cycle of letters, which plays.

import { jobOf, percentDone, runJob } from '../../app/jobs.js';
import { addPart, store } from '../../app/store.js';
import { byId, setText } from '../../ui/dom.js';
import { count } from '../../ui/format.js';
import { putPixels } from '../../ui/pixels.js';
import { isTabSeen } from '../shown-tab.js';

/** @import { FollowedRounds, Thumbnails } from '../../engine/types.js' */

const button = byId('letter-follow', HTMLButtonElement);
const row = byId('letter-end', HTMLElement);
const canvas = byId('letter-cycle', HTMLCanvasElement);
const words = byId('letter-end-words', HTMLElement);

const SCALE = 3;
/** Milliseconds of a letter of a cycle. */
const FRAME = 120;
/** A cycle plays by itself, unless little motion is wanted; then a click shows its next letter. */
const moves = !matchMedia('(prefers-reduced-motion: reduce)').matches;

/** The letters of the cycle, and the one that is shown. @type {Thumbnails | null} */
let letters = null;
let shown = 0;
let last = 0;
let plays = false;
/** The letter and the network that were followed. */
let of = '';

const now = () => JSON.stringify([store.example, store.model?.task, store.stamps?.data, store.stamps?.network]);

async function follow() {
  const begun = now();
  const found = await runJob('follow', {});
  letters = (found && (await store.engine?.followedLetters(SCALE))) || null;
  of = begun;
  if (found && letters) {
    shown = 0;
    setText(words, sentence(found));
    show();
  }
  draw();
}

/** @param {FollowedRounds} found */
function sentence({ rounds, cycle }) {
  if (!cycle) return `no end within ${count(rounds)} rounds; this is the last letter`;
  if (cycle.period === 1) return `from round ${count(cycle.from)} on the letter stays as it is`;
  return `from round ${count(cycle.from)} on a cycle of ${count(cycle.period)} letters`;
}

function show() {
  if (!letters) return;
  const { width, height, pixels } = letters;
  const area = 4 * width * height;
  putPixels(canvas, pixels.subarray(shown * area, (shown + 1) * area), width, height);
}

function next() {
  if (letters) shown = (shown + 1) % letters.count;
  show();
}

/** Shows one letter of the cycle after the other while it is seen. @param {number} time */
function play(time) {
  plays = !row.hidden && isTabSeen('letters');
  if (!plays) return;
  if (time - last >= FRAME) {
    last = time;
    next();
  }
  requestAnimationFrame(play);
}

function draw() {
  if (!isTabSeen('letters')) return;
  const job = jobOf('follow');
  setText(button, job ? percentDone(job) : 'Follow to the end');
  button.disabled = Boolean(job);
  row.hidden = !letters || of !== now();
  if (!row.hidden && (letters?.count ?? 0) > 1 && moves && !plays) requestAnimationFrame(play);
}

button.addEventListener('click', follow);
canvas.addEventListener('click', next);
addPart(draw);
