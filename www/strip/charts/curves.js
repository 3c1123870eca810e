// The runs that the charts draw: the one that goes on, and others laid over it.

import { app, engine, invalidate, oneAtATime } from '../../app/store.js';
import { showError } from '../../ui/messages.js';
import { createRun } from './series.js';

/** @import { Run, TrainFigure, ValidationFigure } from './series.js' */
/** @import { Series, TrainingEvent, ValidationSeries } from '../../engine/types.js' */

/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {string} title
 * @property {TrainFigure} [train]
 * @property {ValidationFigure} [validation]
 * @property {boolean} logarithmic at first
 * @property {boolean} plain never smoothed
 */

/** @type {Figure[]} */
export const FIGURES = [
  { name: 'loss', title: 'loss', train: 'loss', validation: 'loss', logarithmic: true, plain: false },
  { name: 'accuracy', title: 'accuracy', train: 'accuracy', validation: 'accuracy', logarithmic: false, plain: false },
  { name: 'psnr', title: 'PSNR', validation: 'psnr', logarithmic: false, plain: false },
  { name: 'ssim', title: 'SSIM', validation: 'ssim', logarithmic: false, plain: false },
  { name: 'rate', title: 'learning rate', train: 'rate', logarithmic: true, plain: true },
];

/** Told apart by colour-blind eyes too (after Okabe and Ito), and from the blue of the run that goes on. */
const COLOURS = ['#d55e00', '#009e73', '#cc79a7', '#a89a14', '#7d6bb0', '#56b4e9'];

/** The run that goes on. */
export const run = createRun('this run');
/** Others, laid over it. @type {{ run: Run, colour: string }[]} */
export let others = [];
/** @type {TrainingEvent[]} */
let events = [];
/** `version` goes up with every change of what is to be drawn, `run` with every new run. */
export const drawn = { version: 0, run: 0 };
let seenModel = -1;
let seenValues = -1;

/** Asks for what is new; the parts that draw look at `drawn.version`. */
export function follow() {
  if (!app.engine) return;
  if (seenModel !== app.modelVersion) {
    seenModel = app.modelVersion;
    clear();
  }
  if (seenValues !== app.valuesVersion && ask()) seenValues = app.valuesVersion;
}

const ask = oneAtATime(
  async () => {
    const model = app.modelVersion;
    const [more, validation, news] = await Promise.all([
      engine().series(run.length),
      engine().valSeries(),
      engine().events(events[events.length - 1]?.id ?? 0),
    ]);
    return { model, more, validation, news };
  },
  ({ model, more, validation, news }) => {
    if (model !== app.modelVersion) return;
    // A reset that nobody told of: steps that start again below the last one.
    if (run.length > 0 && more.step.length > 0 && more.step[0] < run.column('step')[run.length - 1]) clear();
    run.append(more);
    run.validation = validation;
    // The last one is told again: it may have grown, as while a slider is dragged.
    events = [...events.filter(({ id }) => id < (news[0]?.id ?? Infinity)), ...news];
    drawn.version += 1;
  },
  (error) => showError(error),
);

function clear() {
  run.clear();
  events = [];
  seenValues = -1;
  drawn.version += 1;
  drawn.run += 1;
}

/**
 * Lays other runs over the one that goes on; none takes them away.
 * @param {{ name: string, series: Series, validation: ValidationSeries }[]} runs
 */
export function overlay(runs) {
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
  const made = events.findLastIndex(({ kind }) => kind === 'model');
  return events.slice(made + 1).filter(({ step, kind }) => step <= (app.status?.step ?? 0) && kind !== 'finished');
}

/** Those that this network has. */
export function figures() {
  const classifies = app.model?.task === 'classifier';
  return FIGURES.filter(({ name }) => name === 'loss' || name === 'rate' || (name === 'accuracy') === classifies);
}
