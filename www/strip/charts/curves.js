// The runs that the charts draw: the one that goes on, and others laid over it.

import { can, engine, invalidate, store } from '../../app/store.js';
import { createView, oneAtATime } from '../../app/views.js';
import { byId } from '../../ui/dom.js';
import { showError } from '../../ui/messages.js';
import { createRun } from './series.js';

/** @import { Run } from './series.js' */
/** @import { Ability, Series, Status, TrainingEvent } from '../../engine/types.js' */

/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {string} title
 * @property {string} [train] the series over the steps
 * @property {string} [validation] the series over the evaluations
 * @property {string} [baseline] the series over the evaluations of what the network has to beat
 * @property {string} [other] the series over the steps that belongs beside it
 * @property {[string, string]} [names] what the values of these two are called; without: training, and the other network
 * @property {Ability} [needs] what the network must be able to do to have it
 * @property {boolean} logarithmic at first
 * @property {boolean} plain never smoothed
 * @property {number} [weight] of the past in the smoothed curve, where it differs from that of the others
 */

/** @type {Figure[]} */
export const FIGURES = [
  {
    name: 'loss',
    title: 'loss',
    train: 'loss',
    validation: 'val_loss',
    other: 'partner_loss',
    logarithmic: true,
    plain: false,
  },
  {
    name: 'inversions',
    title: 'inversions',
    train: 'inversion_loss',
    other: 'partner_inversion_loss',
    needs: 'exchange',
    logarithmic: true,
    plain: false,
  },
  { name: 'letter', title: 'right letter', train: 'accuracy', needs: 'exchange', logarithmic: false, plain: false },
  {
    name: 'accuracy',
    title: 'accuracy',
    train: 'accuracy',
    validation: 'val_accuracy',
    needs: 'classify',
    logarithmic: false,
    plain: false,
    weight: 0.97, // of a mini-batch it takes few values
  },
  {
    name: 'psnr',
    title: 'PSNR',
    validation: 'val_psnr',
    baseline: 'val_identity',
    needs: 'reconstruct',
    logarithmic: false,
    plain: false,
  },
  { name: 'ssim', title: 'SSIM', validation: 'val_ssim', needs: 'reconstruct', logarithmic: false, plain: false },
  { name: 'mse', title: 'MSE', validation: 'val_mse', needs: 'estimate', logarithmic: true, plain: false },
  { name: 'r2', title: 'R²', validation: 'val_r2', needs: 'estimate', logarithmic: false, plain: false },
  { name: 'edges', title: 'edges', train: 'edges', needs: 'structure', logarithmic: false, plain: true },
  { name: 'levels', title: 'levels', train: 'levels', needs: 'structure', logarithmic: false, plain: true },
  { name: 'cutoff', title: 'cutoff', train: 'cutoff', needs: 'structure', logarithmic: false, plain: true },
  { name: 'flow', title: 'flow', train: 'flow', needs: 'structure', logarithmic: true, plain: false },
  {
    name: 'taught',
    title: 'teaching',
    train: 'positives',
    other: 'negatives',
    names: ['taught to the true column', 'to false columns'],
    needs: 'columns',
    logarithmic: false,
    plain: false,
  },
  {
    name: 'quantiles',
    title: 'quantiles',
    train: 'true_quantile',
    other: 'false_quantile',
    names: ['taught where the true column is behind by', 'where a false one is ahead by'],
    needs: 'columns',
    logarithmic: false,
    plain: true,
  },
  {
    name: 'grown',
    title: 'connections',
    train: 'grown',
    other: 'pruned',
    names: ['grown', 'pruned'],
    needs: 'columns',
    logarithmic: false,
    plain: false,
  },
  { name: 'occupied', title: 'slots in use', train: 'occupied', needs: 'columns', logarithmic: false, plain: true },
  { name: 'rate', title: 'learning rate', train: 'learning_rate', needs: 'gradients', logarithmic: true, plain: true },
];

/** The first is grey; the others are distinguishable by colour-blind eyes too (after Okabe and Ito). None has a sign, as blue and orange have. */
export const COLOURS = ['#8b919b', '#009e73', '#cc79a7', '#a89a14', '#7d6bb0', '#6b7f5c'];

/** Earlier runs that the engine keeps the curves of, at most. */
const MOST_EARLIER = 5;

const runFold = byId('run-fold', HTMLDetailsElement);

/** The run that goes on. */
export const run = createRun('this run');
/** Earlier ones, laid over it. @type {{ run: Run, colour: string }[]} */
export let others = [];
/** @type {TrainingEvent[]} */
let events = [];
/** `version` goes up with every change of what is to be drawn, `run` with every new run. */
export const drawn = { version: 0, run: 0 };
let seenHistory = 0;
let showsEarlier = false;
let askedRun = 0;
/** What the events were last taken from. @type {Status | null} */
let seenStatus = null;

/** Asks for what is new; the parts that draw look at `drawn.version`. */
export function follow() {
  const { status, stamps, snapshots, data } = store;
  if (!store.engine || !status) return;
  if (seenHistory !== stamps.history) {
    seenHistory = stamps.history;
    clear();
  }
  if (seenStatus !== status) takeEvents(status);
  lookAtCurves(drawn.run, status.step, status.evaluating === null, status.valLoss);
  // Earlier runs are laid over from the time on when a user looks at the run.
  showsEarlier ||= runFold.open || snapshots.shown !== null;
  if (showsEarlier) lookAtEarlier(snapshots.shown === null, drawn.run, data?.name, data?.images);
}

const lookAtCurves = createView({
  every: Infinity,
  ask() {
    askedRun = drawn.run;
    return [['series', run.length], ['valSeries']];
  },
  take(/** @type {Series} */ more, /** @type {Series} */ validation) {
    if (askedRun !== drawn.run) return;
    run.append(more);
    run.validation = validation;
    drawn.version += 1;
  },
});

/** The status has the last few events; those before them are asked for where some are missing. @param {Status} status */
function takeEvents(status) {
  seenStatus = status;
  const [first] = status.events;
  const isMissing = first && first.id > (events[events.length - 1]?.id ?? -1) + 1;
  if (isMissing) askForEvents();
  // The last one is taken again: it may have grown, as while a slider is dragged.
  const latest = status.events[status.events.length - 1];
  const known = events[events.length - 1];
  if (latest?.id === known?.id && latest?.text === known?.text) return;
  addEvents(status.events);
}

const askForEvents = oneAtATime(
  () => engine().events(0),
  (all) => addEvents(all),
  (error) => showError(error),
);

/** @param {TrainingEvent[]} some */
function addEvents(some) {
  const [first, last] = [some[0]?.id ?? Infinity, some[some.length - 1]?.id ?? -1];
  const all = [...events.filter(({ id }) => id < first), ...some, ...events.filter(({ id }) => id > last)];
  // Events before this network was made are not drawn.
  const made = all.findLastIndex(({ kind }) => kind === 'model');
  events = made > 0 ? all.slice(made) : all;
  drawn.version += 1;
}

function clear() {
  run.clear();
  events = [];
  seenStatus = null;
  drawn.version += 1;
  drawn.run += 1;
}

/** The data that the earlier runs were trained on: the losses of others say nothing beside these. */
let learntFrom = '';
/** How many were trained on other data. */
let foreign = 0;

/** Runs that were set aside and are compared. @type {{ name: string, series: Series, validation: Series }[]} */
let compared = [];
/** Earlier parts of this run. @type {{ name: string, series: Series, validation: Series }[]} */
let earlier = [];

/** Lays runs that were set aside over the one that goes on. @param {{ name: string, series: Series, validation: Series }[]} runs */
export function compare(runs) {
  compared = runs;
  overlay([...earlier, ...compared]);
}

const lookAtEarlier = createView({
  every: Infinity,
  ask: () => Array.from({ length: MOST_EARLIER }, (_, index) => ['pastRun', index]),
  take(/** @type {({ series: Series, validation: Series } | null)[]} */ ...found) {
    const runs = found.filter((run) => run !== null);
    const data = `${store.data?.name} ${store.data?.images}`;
    if (learntFrom !== '' && learntFrom !== data) foreign = runs.length;
    learntFrom = data;
    earlier = runs.map((run, index) => ({ name: `run ${index + 1}`, ...run })).slice(foreign);
    overlay([...earlier, ...compared]);
  },
});

/**
 * Lays other runs over the one that goes on; none takes them away.
 * @param {{ name: string, series: Series, validation: Series }[]} runs
 */
export function overlay(runs) {
  if (runs.length === 0 && others.length === 0) return;
  others = runs.map(({ name, series, validation }, i) => {
    const other = createRun(name);
    other.append(series);
    other.validation = validation;
    return { run: other, colour: COLOURS[i % COLOURS.length] };
  });
  drawn.version += 1;
  invalidate();
}

/** What happened since this network was made. */
export function marks() {
  const step = store.status?.step ?? 0;
  return events.filter((event) => event.step <= step && !['model', 'finished'].includes(event.kind));
}

/** The figures that this network has. */
export function figures() {
  return FIGURES.filter(({ needs }) => !needs || can(needs));
}

/** The figure that says most: how often a classifier is right, else the loss. */
export function mainFigure() {
  return FIGURES.find(({ name }) => name === (can('classify') ? 'accuracy' : 'loss')) ?? FIGURES[0];
}
