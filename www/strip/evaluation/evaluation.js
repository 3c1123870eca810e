// What was measured of a split: asked for by the tabs that show it, measured anew on demand, with progress and cancel.

import { addPart, app, engine, invalidate, oneAtATime } from '../../app/store.js';
import { byId, create, setAttribute, setDisabled, setText } from '../../ui/dom.js';
import { count, counted, loss, percent } from '../../ui/format.js';
import { showError } from '../../ui/messages.js';
import { isTabSeen } from '../tabs.js';

/** @import { Measurement, SplitName } from '../../engine/types.js' */

const choice = byId('measure-split', HTMLSelectElement);
const words = byId('measure-words', HTMLElement);
const button = byId('measure', HTMLButtonElement);

/** While training, what was measured is asked for this often. */
const MILLISECONDS = 1000;
/** @type {Record<SplitName, string>} */
const NAMES = { validation: 'validation', test: 'test', train: 'training' };

/** @type {{ split: SplitName, found: Measurement | null, version: number }} */
export const measured = { split: 'validation', found: null, version: 0 };
/** @type {{ done: number, total: number } | null} */
let running = null;
let askedFor = '';
let askedAt = 0;

export const isSeen = () => isTabSeen('confusion') || isTabSeen('classes') || isTabSeen('worst');

function draw() {
  if (!app.engine || !app.data || !isSeen()) return;
  offer();
  tell();
  const place = `${measured.split} ${app.dataVersion} ${app.modelVersion} ${app.handVersion}`;
  const wanted = `${place} ${app.valuesVersion}`;
  if (wanted === askedFor) return;
  const early = askedAt + MILLISECONDS - performance.now();
  if (askedFor.startsWith(`${place} `) && early > 0) {
    setTimeout(invalidate, early);
    return;
  }
  if (!ask()) return;
  askedFor = wanted;
  askedAt = performance.now();
}

const ask = oneAtATime(
  () => engine().measurement(measured.split),
  take,
  (error) => showError(error),
);

/** @param {Measurement | null} found */
function take(found) {
  if (found && found.split !== measured.split) return;
  const [old, now] = [measured.found, found].map((one) =>
    JSON.stringify([one?.split, one?.step, one?.figures, one?.mixedUp]),
  );
  measured.found = found;
  if (old !== now) measured.version += 1;
  invalidate();
}

/** The splits that have images. */
function offer() {
  const counts = { validation: app.data?.validation ?? 0, test: app.data?.test ?? 0, train: app.data?.train ?? 0 };
  const there = /** @type {SplitName[]} */ (Object.keys(counts)).filter((split) => counts[split] > 0);
  if (!there.includes(measured.split) && there.length > 0) [measured.split, measured.found] = [there[0], null];
  if (choice.dataset.of !== there.join()) {
    choice.dataset.of = there.join();
    choice.replaceChildren(...there.map((split) => create('option', { value: split }, NAMES[split])));
  }
  if (choice.value !== measured.split) choice.value = measured.split;
  setDisabled(button, there.length === 0);
}

/** @param {{ low: number, high: number } | null} interval @param {(value: number) => string} write */
const between = (interval, write) => (interval ? ` (${write(interval.low)} to ${write(interval.high)})` : '');

function tell() {
  setText(button, running ? `Cancel, ${Math.floor((100 * running.done) / (running.total || 1))} %` : 'Measure');
  const { found } = measured;
  if (!found) {
    setText(words, 'not measured yet');
    return;
  }
  const { figures, accuracyInterval, psnrInterval, ssimInterval, lossInterval, stale } = found;
  const parts = [];
  if (figures.accuracy !== null)
    parts.push(
      `accuracy ${percent(figures.accuracy)}${between(accuracyInterval, (value) => (100 * value).toFixed(1))}`,
    );
  if (figures.psnr !== null)
    parts.push(`PSNR ${figures.psnr.toFixed(2)}${between(psnrInterval, (value) => value.toFixed(2))} dB`);
  if (stale > 0) parts.push(`${count(stale)} ${stale === 1 ? 'step' : 'steps'} old`);
  parts.push(counted(figures.examples, 'image'));
  if (figures.f1 !== null) parts.push(`F1 ${percent(figures.f1)}`);
  if (figures.ssim !== null)
    parts.push(`SSIM ${figures.ssim.toFixed(4)}${between(ssimInterval, (value) => value.toFixed(4))}`);
  parts.push(`loss ${loss(figures.loss)}${between(lossInterval, loss)}`);
  setText(words, parts.join(' · '));
  setAttribute(
    words,
    'data-tip',
    `${parts.join(' · ')}. In brackets the 95 % interval: Wilson's for the accuracy, normal for the others.`,
  );
}

/** The worker tells how far it is. @param {{ done: number, total: number }} progress */
export function onMeasuring(progress) {
  if (running) running = progress;
  invalidate();
}

/** Measures the whole split with the network as it is now. */
export async function measure() {
  if (!app.engine) return;
  running = { done: 0, total: 0 };
  invalidate();
  try {
    const found = await engine().measureRun(measured.split);
    if (found) take(found);
  } catch (error) {
    showError(error);
  } finally {
    running = null;
    invalidate();
  }
}

addPart(draw);
button.addEventListener('click', () => {
  if (running) app.engine?.measureCancel();
  else measure();
});
choice.addEventListener('change', () => {
  if (running) app.engine?.measureCancel();
  [measured.split, measured.found] = [/** @type {SplitName} */ (choice.value), null];
  measured.version += 1;
  invalidate();
});
