// What training costs, said in the train card: forecast before it begins, measured as soon as it runs.

import { runJob } from '../../app/jobs.js';
import { addPart, same, store } from '../../app/store.js';
import { byId, setText } from '../../ui/dom.js';
import { count, mebibytes, significant } from '../../ui/format.js';

/** @import { Forecast } from '../../engine/types.js' */

const line = byId('forecast', HTMLElement);

/** Changes often come in rows; the last of a row counts. */
const CALM_MILLISECONDS = 400;
/** Steps after a change until what was measured is of what is there now. */
const MEASURED_STEPS = 20;

/** What is to be trained. @type {unknown[]} */
let seen = [];
/** The step at which it changed. */
let seenStep = 0;
/** What was forecast for it. @type {Forecast | null} */
let forecast = null;
let isWanted = false;
let timer = 0;

function draw() {
  if (!store.engine || !store.model || store.loading) return;
  const now = [store.stamps.data, store.stamps.network, store.config['batch-size']];
  const step = store.status?.step ?? 0;
  if (!same(seen, now) || step < seenStep) {
    [seen, seenStep, forecast, isWanted] = [now, step, null, true];
    clearTimeout(timer);
  }
  if (isWanted && !store.running) {
    isWanted = false;
    timer = window.setTimeout(ask, CALM_MILLISECONDS);
  }
  show(step);
}

async function ask() {
  const asked = seen;
  const found = await runJob('forecast', {}, () => {});
  if (asked === seen) forecast = found;
}

/** @param {number} step */
function show(step) {
  const { msPerStep, stepsPerEpoch, memoryBytes } = store.status ?? {};
  const isMeasured = step >= seenStep + MEASURED_STEPS && msPerStep;
  if (!isMeasured && !forecast) return setText(line, '');
  const seconds = isMeasured ? (msPerStep * (stepsPerEpoch ?? 0)) / 1000 : (forecast?.secondsPerEpoch ?? 0);
  const parts = [`${isMeasured ? '' : 'About '}${significant(seconds, 2)} s per epoch`];
  const bytes = forecast?.memory ?? memoryBytes;
  line.title = '';
  if (bytes) parts.push(`${mebibytes(bytes)} MiB`);
  if (forecast) {
    const { parameters, millisecondsPerStep, free, disk, largestBatch } = forecast;
    if (disk > 0) parts.push(`${mebibytes(disk)} MiB on disk`);
    if (largestBatch === 0) parts.push('no batch fits into memory');
    line.title =
      `${count(parameters)} parameters, ${significant(millisecondsPerStep)} ms per step; ` +
      `${mebibytes(free)} MiB are free, enough for batches of ${count(largestBatch)}`;
  }
  setText(line, parts.join(', '));
}

addPart(draw);
