// Epochs and events on the chart, as fine upright lines.

import { colour } from '../../ui/theme.js';
import { bestOf } from '../../guide/advice.js';
import { marks, run } from './curves.js';
import { WHOLE } from './scales.js';
import { placeOf } from './series.js';

/** @import uPlot from '../../vendor/uPlot.esm.js' */
/** @import { Axis } from './series.js' */

/** More lines than this between epochs would be a grey wall; then every second, fifth, tenth ... is drawn. */
const MOST_EPOCHS = 40;

/** @param {uPlot} chart @param {string} style @param {number} x @param {number[]} [dash] @returns whether it is seen */
function upright(chart, style, x, dash = []) {
  const ink = chart.ctx;
  const { left, top, width, height } = chart.bbox;
  if (!(x >= left && x <= left + width)) return false;
  ink.lineWidth = devicePixelRatio;
  ink.setLineDash(dash);
  ink.strokeStyle = style;
  ink.beginPath();
  ink.moveTo(x, top);
  ink.lineTo(x, top + height);
  ink.stroke();
  return true;
}

/** @param {uPlot} chart @param {Axis} axis */
export function drawEpochs(chart, axis) {
  if (axis === 'epoch') return; // the grid shows them
  const { min = 0, max = 0 } = chart.scales.x;
  const inside = run.epochStarts.filter((step) => {
    const x = placeOf(run, axis, step);
    return x >= min && x <= max;
  });
  const every = WHOLE.find((every) => inside.length / every <= MOST_EPOCHS) ?? 1;
  chart.ctx.save();
  chart.ctx.globalAlpha = 0.7;
  run.epochStarts.forEach((step, epoch) => {
    if ((epoch + 1) % every === 0)
      upright(chart, colour('--edge'), chart.valToPos(placeOf(run, axis, step), 'x', true), [
        devicePixelRatio,
        3 * devicePixelRatio,
      ]);
  });
  chart.ctx.restore();
}

/** @param {uPlot} chart @param {Axis} axis */
export function drawMarks(chart, axis) {
  const ink = chart.ctx;
  ink.save();
  for (const { kind, step } of marks()) {
    const x = chart.valToPos(placeOf(run, axis, step), 'x', true);
    ink.globalAlpha = 0.5;
    const style = colour(kind === 'rollback' ? '--negative' : kind === 'edit' ? '--accent' : '--muted');
    if (!upright(chart, style, x)) continue;
    // A head, so that it differs from the lines between epochs and can be pointed at.
    const size = 4 * devicePixelRatio;
    const { top } = chart.bbox;
    ink.globalAlpha = 1;
    ink.fillStyle = style;
    ink.beginPath();
    ink.moveTo(x - size, top);
    ink.lineTo(x + size, top);
    ink.lineTo(x, top + 1.5 * size);
    ink.fill();
  }
  ink.restore();
}

/** The epoch that was best on images kept out of training, once there are others to compare it with. @param {uPlot} chart @param {Axis} axis */
export function drawBest(chart, axis) {
  const losses = [...run.measured('val_loss')];
  const best = bestOf(losses);
  if (best < 0 || losses.length < 3) return;
  const x = chart.valToPos(placeOf(run, axis, run.measured('step')[best]), 'x', true);
  const ink = chart.ctx;
  ink.save();
  if (upright(chart, colour('--accent'), x, [4 * devicePixelRatio, 3 * devicePixelRatio])) {
    const { left, top, width } = chart.bbox;
    ink.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ink.fillStyle = colour('--accent');
    const isLeft = x > left + width - 40 * devicePixelRatio;
    ink.textAlign = isLeft ? 'right' : 'left';
    ink.textBaseline = 'top';
    ink.fillText('best', x + (isLeft ? -4 : 4) * devicePixelRatio, top + 2 * devicePixelRatio);
  }
  ink.restore();
}
