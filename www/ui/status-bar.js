// Training in numbers, along the bottom: written as often as the engine reports, which is at most five times a second.

import { addPart, can, store } from '../app/store.js';
import { byId, setAttribute, setHidden, setText } from './dom.js';
import { count, isNumber, loss, mebibytes, percent, setting, significant } from './format.js';

/** @import { Activity } from '../engine/types.js' */

const step = byId('step-count', HTMLElement);
const epoch = byId('epoch', HTMLElement);
const lossNow = byId('loss', HTMLElement);
const valLoss = byId('val-loss', HTMLElement);
const scoreName = byId('score-name', HTMLElement);
const score = byId('score', HTMLElement);
const speed = byId('images-per-second', HTMLElement);
const perStep = byId('ms-per-step', HTMLElement);
const perEpoch = byId('seconds-per-epoch', HTMLElement);
const rate = byId('current-rate', HTMLElement);
const memory = byId('memory', HTMLElement);
const dot = byId('dot', HTMLElement);
const box = byId('activity', HTMLElement);
const words = byId('activity-words', HTMLElement);
const bar = byId('activity-progress', HTMLProgressElement);
const cancelButton = byId('activity-cancel', HTMLButtonElement);
const reloadButton = byId('activity-reload', HTMLButtonElement);

/** Words that appear stay at least so long, to be read. */
const LEAST_MILLISECONDS = 600;
let shownSince = 0;
let hideTimer = 0;
/** @type {(() => void) | null} */
let cancel = null;

function draw() {
  const { status } = store;
  setAttribute(dot, 'data-state', store.running ? 'running' : 'still');
  if (!status) return;
  setText(step, count(status.step));
  // Before the first epoch on a base its frozen layers read every image once.
  if (isNumber(status.preparing)) setText(epoch, `reading ${percent(status.preparing)}`);
  else setText(epoch, status.epoch.toFixed(status.epoch < 100 ? 2 : 1));
  setText(lossNow, loss(status.loss));
  setText(valLoss, loss(status.valLoss));
  const classifies = can('classify');
  const estimates = can('estimate');
  setText(scoreName, classifies ? 'accuracy' : estimates ? 'MSE' : 'PSNR');
  if (classifies) setText(score, isNumber(status.accuracy) ? percent(status.accuracy) : '–');
  else if (estimates) setText(score, loss(status.mse));
  else setText(score, isNumber(status.psnr) ? `${status.psnr.toFixed(1)} dB` : '–');
  setText(speed, count(status.imagesPerSecond));
  setText(perStep, significant(status.msPerStep, 3));
  setText(perEpoch, significant(status.secondsPerEpoch, 3));
  setText(rate, status.step === 0 ? '–' : setting(status.learningRate)); // none is in use yet
  setText(memory, isNumber(status.memoryBytes) ? mebibytes(status.memoryBytes) : '–');
}

/** What the engine is doing, where that takes long. @param {Activity | null} activity */
export function showActivity(activity) {
  clearTimeout(hideTimer);
  cancel = activity?.cancel ?? null;
  setHidden(cancelButton, cancel === null);
  setHidden(reloadButton, !activity?.isStuck);
  if (activity === null) {
    hideTimer = window.setTimeout(
      () => setHidden(box, true),
      Math.max(0, shownSince + LEAST_MILLISECONDS - performance.now()),
    );
    return;
  }
  if (box.hidden) shownSince = performance.now();
  setText(words, `${activity.words}...`);
  setHidden(bar, activity.share === null);
  bar.value = activity.share ?? 0;
  setHidden(box, false);
}

addPart(draw);
cancelButton.addEventListener('click', () => cancel?.());
reloadButton.addEventListener('click', () => location.reload());
