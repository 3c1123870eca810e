// What training would cost, told in the train card before it begins.

import { addPart, app, engine, oneAtATime } from '../../app/store.js';
import { byId, setText } from '../../ui/dom.js';
import { count, mebibytes, significant } from '../../ui/format.js';

/** @import { Forecast } from '../../engine/types.js' */

const line = byId('forecast', HTMLElement);

/** What the forecast shown was made for. */
let seen = '';
/** Changes often come in rows; the last of a row counts. */
const CALM_MILLISECONDS = 400;
let timer = 0;

function draw() {
  if (!app.engine || !app.model || app.loading || app.running) return;
  const now = [app.dataVersion, app.modelVersion, app.config['batch-size']].join(' ');
  if (seen === now) return;
  seen = now;
  clearTimeout(timer);
  timer = window.setTimeout(() => {
    if (!ask()) seen = '';
  }, CALM_MILLISECONDS);
}

const ask = oneAtATime(
  () => engine().forecastRun(),
  show,
  () => setText(line, ''),
);

/** @param {Forecast | null} forecast */
function show(forecast) {
  if (!forecast) return setText(line, '');
  const { secondsPerEpoch, memory, free, disk, largestBatch, parameters, millisecondsPerStep } = forecast;
  const parts = [
    `${significant(secondsPerEpoch, 2)} s per epoch`,
    `${mebibytes(memory)} of ${mebibytes(free)} MiB memory`,
  ];
  if (disk > 0) parts.push(`${mebibytes(disk)} MiB disk`);
  parts.push(largestBatch > 0 ? `largest batch ${count(largestBatch)}` : 'no batch fits into memory');
  setText(line, `Forecast: ${parts.join(' · ')}`);
  line.title = `${count(parameters)} parameters; ${significant(millisecondsPerStep)} ms per step`;
}

addPart(draw);
