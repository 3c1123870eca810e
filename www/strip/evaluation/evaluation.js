// What was measured of a split: asked for by the tabs that show it, measured again on demand, with progress and cancel.

import { cancelJob, jobOf, percentDone, runJob } from '../../app/jobs.js';
import { addPart, invalidate, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { byId, create, setAttribute, setDisabled, setText } from '../../ui/dom.js';
import { count, counted, loss, percent } from '../../ui/format.js';
import { isTabSeen } from '../shown-tab.js';

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

const isSeen = () => isTabSeen('confusion') || isTabSeen('classes') || isTabSeen('worst');

function draw() {
  if (!store.engine || !store.data || !isSeen()) return;
  offer();
  tell();
  const { valLoss, evaluating } = store.status ?? {};
  look(measured.split, valLoss, evaluating === null); // validation is measured without being asked
}

const look = createView({ every: MILLISECONDS, ask: () => [['measurement', measured.split]], take });

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
  const counts = {
    validation: store.data?.validation ?? 0,
    test: store.data?.test ?? 0,
    train: store.data?.train ?? 0,
  };
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
  const job = jobOf('evaluate');
  setText(button, job ? `Cancel, ${percentDone(job)}` : 'Measure');
  const { found } = measured;
  if (!found) {
    setText(words, ''); // the panel says it, at length
    return;
  }
  const { figures, accuracyInterval, psnrInterval, ssimInterval, mseInterval, lossInterval, stale } = found;
  const parts = [];
  if (figures.accuracy !== null)
    parts.push(
      `accuracy ${percent(figures.accuracy)}${between(accuracyInterval, (value) => (100 * value).toFixed(1))}`,
    );
  if (figures.psnr !== null)
    parts.push(`PSNR ${figures.psnr.toFixed(2)}${between(psnrInterval, (value) => value.toFixed(2))} dB`);
  if (figures.identity !== null) parts.push(`the input itself ${figures.identity.toFixed(2)} dB`);
  if (figures.mse !== null) parts.push(`MSE ${loss(figures.mse)}${between(mseInterval, loss)}`);
  if (stale > 0) parts.push(`${count(stale)} ${stale === 1 ? 'step' : 'steps'} old`);
  parts.push(counted(figures.examples, 'image'));
  if (figures.f1 !== null) parts.push(`F1 ${percent(figures.f1)}`);
  if (figures.ssim !== null)
    parts.push(`SSIM ${figures.ssim.toFixed(4)}${between(ssimInterval, (value) => value.toFixed(4))}`);
  if (figures.r2 !== null) parts.push(`R² ${figures.r2.toFixed(4)}`);
  parts.push(`loss ${loss(figures.loss)}${between(lossInterval, loss)}`);
  setText(words, parts.join(' · '));
  setAttribute(
    words,
    'data-tip',
    `${parts.join(' · ')}. In brackets the 95 % interval: Wilson's for the accuracy, normal for the others.`,
  );
}

addPart(draw);
button.addEventListener('click', () => {
  if (jobOf('evaluate')) cancelJob('evaluate');
  else runJob('evaluate', { split: measured.split });
});
choice.addEventListener('change', () => {
  cancelJob('evaluate');
  [measured.split, measured.found] = [/** @type {SplitName} */ (choice.value), null];
  measured.version += 1;
  invalidate();
});
