// The range test: rates from tiny to huge are tried on a copy of the network, and one is proposed.

import { set } from '../../app/commands.js';
import { cancelJob, jobOf, onJob, runJob } from '../../app/jobs.js';
import { addPart, store } from '../../app/store.js';
import { byId, setDisabled, setHidden, setText } from '../../ui/dom.js';
import { count, setting } from '../../ui/format.js';
import { logTicks } from '../../strip/charts/scales.js';
import { inkFor } from '../../ui/pixels.js';
import { colour } from '../../ui/theme.js';

/** @import { RangeTest } from '../../engine/types.js' */

const button = byId('range', HTMLButtonElement);
const dialog = byId('range-dialog', HTMLDialogElement);
const chart = byId('range-chart', HTMLCanvasElement);
const words = byId('range-words', HTMLElement);
const takeButton = byId('range-take', HTMLButtonElement);
const stopButton = byId('range-stop', HTMLButtonElement);
const safeWords = byId('rate-safe', HTMLElement);

/** @type {RangeTest | null} */
let range = null;

/** The network and the optimiser that the bound of the rate is of. */
let measured = '';
const now = () => JSON.stringify([store.stamps?.network, store.config.optimizer, store.config.loss]);

function draw() {
  setHidden(safeWords, !range?.safe || measured !== now());
  setDisabled(button, store.engine === null || store.model === null || jobOf('range') !== null);
}

async function findRange() {
  range = null;
  setDisabled(takeButton, true);
  setText(stopButton, 'Stop');
  setText(words, 'Trying rates on a copy of the network');
  dialog.showModal();
  drawRange();
  const done = await runJob('range', {});
  range = done ?? range;
  measured = now();
  if (range?.safe) setText(safeWords, `stable below ${setting(range.safe)} at step ${count(store.status?.step ?? 0)}`);
  drawRange();
  setText(stopButton, 'Close');
  const proposal = done?.proposal ?? null;
  setDisabled(takeButton, !proposal);
  if (!done) setText(words, 'Stopped; nothing was changed');
  else if (!proposal)
    setText(words, 'The loss falls at no rate; the network may have learnt all it can, or the loss is noise.');
  else
    setText(
      words,
      `Suggested rate: ${setting(Number(proposal.toPrecision(2)))} (now ${store.config['learning-rate']}); there the loss falls fastest.`,
    );
  if (done?.safe)
    setText(words, `${words.textContent} Where the network is now, steps are stable below ${setting(done.safe)}.`);
  if (proposal) setText(takeButton, `Use ${setting(Number(proposal.toPrecision(2)))}`);
}

function take() {
  const proposal = range?.proposal;
  if (proposal) set('learning-rate', String(Number(proposal.toPrecision(2))));
  dialog.close();
}

/** Loss against rate, both logarithmic: every loss faint, the smoothed ones solid; as lines the proposal, and the rate below
 * which steps are stable. */
function drawRange() {
  const { clientWidth, clientHeight } = chart;
  if (clientWidth === 0) return;
  const ink = inkFor(chart, clientWidth, clientHeight);
  const { rates = [], losses = [], smoothed = [], proposal = null, safe = null } = range ?? {};
  if (rates.length < 2) return;
  const [left, top, bottom] = [52, 22, clientHeight - 40];
  const [least, most] = [Math.min(...smoothed) * 0.9, Math.max(...smoothed) * 1.1];
  const [low, high] = [Math.log10(least), Math.log10(most)];
  const first = Math.log10(rates[0]);
  const last = Math.max(first + 1, Math.log10(rates[rates.length - 1]));
  const x = (/** @type {number} */ rate) =>
    left + ((Math.log10(rate) - first) / (last - first)) * (clientWidth - left - 8);
  const y = (/** @type {number} */ loss) =>
    bottom - ((Math.log10(loss) - low) / Math.max(high - low, 1e-9)) * (bottom - top);
  ink.font = '12px system-ui';
  ink.fillStyle = colour('--muted');
  ink.strokeStyle = colour('--hairline');
  /** @param {number[]} from @param {number[]} to */
  const grid = (from, to) => {
    ink.beginPath();
    ink.moveTo(from[0], from[1]);
    ink.lineTo(to[0], to[1]);
    ink.stroke();
  };
  ink.textAlign = 'center';
  for (const rate of logTicks(rates[0], 10 ** last, clientWidth - left, 'across')) {
    grid([x(rate), top], [x(rate), bottom]);
    ink.fillText(setting(rate), Math.min(x(rate), clientWidth - 14), bottom + 16);
  }
  ink.textAlign = 'right';
  for (const loss of logTicks(least, most, bottom - top, 'up')) {
    grid([left, y(loss)], [clientWidth - 8, y(loss)]);
    ink.fillText(setting(loss), left - 6, y(loss) + 4);
  }
  ink.fillText('loss', left - 6, 12);
  ink.fillText('learning rate', clientWidth - 8, clientHeight - 6);
  /** @param {number[]} values @param {number} alpha @param {number} width */
  const line = (values, alpha, width) => {
    ink.globalAlpha = alpha;
    ink.lineWidth = width;
    ink.strokeStyle = colour('--accent');
    ink.beginPath();
    values.forEach((value, index) => ink.lineTo(x(rates[index]), Math.min(bottom, Math.max(top, y(value)))));
    ink.stroke();
    ink.globalAlpha = 1;
  };
  line(losses, 0.3, 1);
  line(smoothed, 1, 2);
  /** @param {number} rate @param {string} name @param {number[]} dashes */
  const mark = (rate, name, dashes) => {
    ink.strokeStyle = colour(name);
    ink.setLineDash(dashes);
    ink.beginPath();
    ink.moveTo(x(rate), top);
    ink.lineTo(x(rate), bottom);
    ink.stroke();
    ink.setLineDash([]);
  };
  if (proposal) mark(proposal, '--positive', [4, 3]);
  if (safe && rates[0] <= safe && safe <= 10 ** last) mark(safe, '--negative', [1, 3]);
}

addPart(draw);
onJob('range', ({ found }) => {
  range = found;
  drawRange();
  setText(words, `${count(found.rates.length)} rates tried`);
});
button.addEventListener('click', findRange);
takeButton.addEventListener('click', take);
stopButton.addEventListener('click', () => dialog.close());
dialog.addEventListener('close', () => {
  if (jobOf('range')) cancelJob('range');
});
