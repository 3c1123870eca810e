// What training would cost, said in the train card before it begins.

import { runJob } from '../../app/jobs.js';
import { addPart, same, store } from '../../app/store.js';
import { byId, setText } from '../../ui/dom.js';
import { count, mebibytes, significant } from '../../ui/format.js';

/** @import { Forecast } from '../../engine/types.js' */

const line = byId('forecast', HTMLElement);

/** Changes often come in rows; the last of a row counts. */
const CALM_MILLISECONDS = 400;

/** What the forecast was made for. @type {unknown[]} */
let seen = [];
let timer = 0;

function draw() {
  if (!store.engine || !store.model || store.loading || store.running) return;
  const now = [store.stamps.data, store.stamps.network, store.config['batch-size']];
  if (same(seen, now)) return;
  seen = now;
  clearTimeout(timer);
  timer = window.setTimeout(async () => show(await runJob('forecast', {}, () => {})), CALM_MILLISECONDS);
}

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
