// The run: one epoch, the range test, looking back at earlier networks, and its history as files.

import { refreshStatus, set, withEngine } from '../../app/actions.js';
import { addPart, app, byHand, oneAtATime, engine, invalidate } from '../../app/store.js';
import { overlay } from '../../strip/charts/curves.js';
import { cancel, run } from '../../look/latent/jobs.js';
import { byId, setDisabled, setHidden, setText } from '../../ui/dom.js';
import { download } from '../data/files.js';
import { count, setting } from '../../ui/format.js';
import { showError, showNotice } from '../../ui/messages.js';
import { colour } from '../../ui/theme.js';

/** @import { Moments, RangeTest } from '../../engine/types.js' */

const epochButton = byId('one-epoch', HTMLButtonElement);
const rangeButton = byId('range', HTMLButtonElement);
const slider = byId('moment', HTMLInputElement);
const sliderText = byId('moment-text', HTMLElement);
const branchButton = byId('branch', HTMLButtonElement);
const fold = byId('run-fold', HTMLDetailsElement);
const dialog = byId('range-dialog', HTMLDialogElement);
const chart = byId('range-chart', HTMLCanvasElement);
const words = byId('range-words', HTMLElement);
const takeButton = byId('range-take', HTMLButtonElement);
const stopButton = byId('range-stop', HTMLButtonElement);

/** CSS pixels of a word below the chart of the range test, about. */
const LABEL = 52;

/** @type {Moments} */
let moments = { steps: [], epochs: [], shown: null };
let seenValues = -1;
let past = -1;
/** The data that the runs of now learn from, and how many earlier runs learnt from others. */
let ofData = '';
let foreign = 0;
/** @type {RangeTest | null} */
let range = null;
let trying = false;

function draw() {
  const ready = app.engine !== null && app.model !== null;
  setDisabled(epochButton, !ready || app.running);
  setDisabled(rangeButton, !ready || trying);
  const isOther = ofData !== '' && ofData !== dataNow();
  if (ready && (fold.open || isOther || app.moment) && (isOther || seenValues !== app.valuesVersion) && ask())
    seenValues = app.valuesVersion;
  if (trying) askRange();
}

const ask = oneAtATime(
  async () => {
    const found = /** @type {Moments} */ (await engine().moments());
    const runs = /** @type {number} */ (/** @type {unknown} */ (await engine().pastRuns()));
    return { found, runs };
  },
  ({ found, runs }) => {
    moments = found;
    showMoments();
    if (ofData !== '' && ofData !== dataNow()) [foreign, past] = [runs, -1]; // their losses say nothing beside these
    ofData = dataNow();
    if (runs !== past) showPast(runs);
  },
  (error) => {
    ofData = dataNow();
    showError(error);
  },
);

function dataNow() {
  return app.data ? `${app.data.name} ${app.data.images}` : '';
}

function showMoments() {
  const { steps, epochs, shown } = moments;
  slider.max = String(steps.length);
  setDisabled(slider, steps.length === 0);
  slider.value = String(shown ?? steps.length);
  setText(sliderText, shown === null ? 'latest' : `epoch ${count(epochs[shown])}`);
  slider.setAttribute('aria-valuetext', shown === null ? 'latest' : `after step ${count(steps[shown])}`);
  setHidden(branchButton, shown === null);
  app.moment = shown === null ? null : { step: steps[shown], epoch: epochs[shown] };
}

/** Lays the earlier runs over the chart. @param {number} runs */
async function showPast(runs) {
  past = runs;
  const numbers = Array.from({ length: runs }, (_, index) => index);
  const found = await Promise.all(numbers.map((index) => engine().pastRun(index)));
  overlay(
    found.flatMap((run, index) => (run === null || index < foreign ? [] : [{ name: `run ${index + 1}`, ...run }])),
  );
}

async function travel() {
  const moment = Number(slider.value);
  await withEngine(async (engine) => {
    if (app.running) {
      await engine.stop();
      app.running = false;
    }
    await engine.travel(moment >= moments.steps.length ? -1 : moment);
    moments = /** @type {Moments} */ (await engine.moments());
    showMoments();
    byHand();
  });
}

async function branch() {
  await withEngine(async (engine) => {
    const notice = await engine.branch();
    await refreshStatus();
    app.modelVersion += 1; // the curves begin anew
    seenValues = -1;
    if (notice) showNotice(notice.text);
  });
}

/** Trains to the end of the epoch. */
export async function epoch() {
  if (app.running) return;
  await withEngine(async (engine) => {
    await engine.epoch();
    app.everStarted = true;
  });
}

async function findRange() {
  range = null;
  trying = true;
  setDisabled(takeButton, true);
  setText(stopButton, 'Stop');
  setText(words, 'Trying rates on a copy of the network');
  dialog.showModal();
  drawRange();
  const done = await run((engine) => engine.findRange());
  trying = false;
  range = /** @type {RangeTest | null} */ (
    await engine()
      .rangeTest()
      .catch(() => null)
  );
  drawRange();
  setText(stopButton, 'Close');
  const proposal = done ? range?.proposal : null;
  setDisabled(takeButton, !proposal);
  if (!done || !range) setText(words, 'Stopped; nothing was changed');
  else if (!proposal)
    setText(words, 'The loss falls at no rate; the network may have learnt all it can, or the loss is noise.');
  else
    setText(words, `The loss falls fastest at ${setting(proposal)}. Now the rate is ${app.config['learning-rate']}.`);
  if (proposal) setText(takeButton, `Take ${setting(Number(proposal.toPrecision(2)))}`);
  invalidate();
}

const askRange = oneAtATime(
  async () => /** @type {RangeTest | null} */ (await engine().rangeTest()),
  (found) => {
    if (trying) {
      range = found;
      drawRange();
      setText(words, `${count(found?.rates.length ?? 0)} rates tried`);
    }
  },
  () => {},
);

function take() {
  const proposal = range?.proposal;
  if (proposal) set('learning-rate', String(Number(proposal.toPrecision(2))));
  dialog.close();
}

/** Loss against rate, both logarithmic: every loss faint, the smoothed ones solid, the proposal as a line. */
function drawRange() {
  const { clientWidth, clientHeight } = chart;
  if (clientWidth === 0) return;
  chart.width = clientWidth * devicePixelRatio;
  chart.height = clientHeight * devicePixelRatio;
  const ink = /** @type {CanvasRenderingContext2D} */ (chart.getContext('2d'));
  ink.scale(devicePixelRatio, devicePixelRatio);
  const { rates = [], losses = [], smoothed = [], proposal = null } = range ?? {};
  if (rates.length < 2) return;
  const [left, bottom] = [52, clientHeight - 22];
  const low = Math.log10(Math.min(...smoothed)) - 0.05;
  const high = Math.log10(Math.max(...smoothed)) + 0.05;
  const first = Math.log10(rates[0]);
  const last = Math.max(first + 1, Math.log10(rates[rates.length - 1]));
  const x = (/** @type {number} */ rate) =>
    left + ((Math.log10(rate) - first) / (last - first)) * (clientWidth - left - 8);
  const y = (/** @type {number} */ loss) =>
    bottom - ((Math.log10(loss) - low) / Math.max(high - low, 1e-9)) * (bottom - 8);
  ink.font = '12px system-ui';
  ink.fillStyle = colour('--muted');
  ink.strokeStyle = colour('--edge');
  ink.textAlign = 'center';
  const every = x(10 * rates[0]) - x(rates[0]) < LABEL ? 2 : 1; // narrow screens have no room for all words
  for (let power = Math.ceil(first); power <= last; power++) {
    const at = x(10 ** power);
    ink.beginPath();
    ink.moveTo(at, 8);
    ink.lineTo(at, bottom);
    ink.stroke();
    if (power % every === 0) ink.fillText(setting(10 ** power), Math.min(at, clientWidth - 14), clientHeight - 6);
  }
  ink.textAlign = 'right';
  for (const loss of [Math.min(...smoothed), Math.max(...smoothed)])
    ink.fillText(loss.toPrecision(2), left - 6, y(loss) + 4);
  /** @param {number[]} values @param {number} alpha @param {number} width */
  const line = (values, alpha, width) => {
    ink.globalAlpha = alpha;
    ink.lineWidth = width;
    ink.strokeStyle = colour('--accent');
    ink.beginPath();
    values.forEach((value, index) => ink.lineTo(x(rates[index]), Math.min(bottom, Math.max(8, y(value)))));
    ink.stroke();
    ink.globalAlpha = 1;
  };
  line(losses, 0.3, 1);
  line(smoothed, 1, 2);
  if (proposal) {
    ink.strokeStyle = colour('--positive');
    ink.setLineDash([4, 3]);
    ink.beginPath();
    ink.moveTo(x(proposal), 8);
    ink.lineTo(x(proposal), bottom);
    ink.stroke();
    ink.setLineDash([]);
  }
}

/** @param {string} kind */
async function save(kind) {
  await withEngine(async (engine) => {
    const start = Date.now() / 1000 - (app.status?.seconds ?? 0);
    const bytes = /** @type {Uint8Array} */ (await engine.historyFile(kind, start));
    const name = kind === 'tensorboard' ? `events.out.tfevents.${Math.round(start)}.neurarium` : `history.${kind}`;
    download(name, new Blob([new Uint8Array(bytes)]));
  });
}

addPart(draw);
epochButton.addEventListener('click', epoch);
rangeButton.addEventListener('click', findRange);
slider.addEventListener('change', travel);
branchButton.addEventListener('click', branch);
takeButton.addEventListener('click', take);
stopButton.addEventListener('click', () => dialog.close());
dialog.addEventListener('close', () => {
  if (trying) cancel();
});
fold.addEventListener('toggle', () => {
  seenValues = -1;
  invalidate();
});
byId('history-files', HTMLElement).addEventListener('click', ({ target }) => {
  const kind = target instanceof Element ? target.closest('button')?.dataset.kind : undefined;
  if (kind) save(kind);
});
