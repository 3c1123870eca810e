// What an operation would do: sizes and speed before and after it, and the largest change of an output.

import { byId, setAttribute, setHidden, setText } from '../../ui/dom.js';
import { brief, count, counted, significant } from '../../ui/format.js';

/** @import { OperationEffect } from '../../engine/types.js' */

const table = byId('surgery-effect', HTMLElement);
const change = byId('surgery-change', HTMLElement);

/** @param {string} id @param {number[]} values @param {(value: number) => string} write */
function row(id, [before, after], write) {
  const cells = byId(id, HTMLTableRowElement).querySelectorAll('td');
  setText(cells[0], write(before));
  setText(cells[1], write(after));
  const percent = before > 0 ? (100 * (after - before)) / before : 0;
  const size = significant(Math.abs(percent), Math.abs(percent) < 10 ? 2 : 3);
  setText(cells[2], before === after ? '' : `${percent < 0 ? '−' : '+'}${size} %`);
}

/** @param {OperationEffect | null} effect */
export function showEffect(effect) {
  setHidden(table, effect === null);
  setHidden(change, effect === null);
  if (!effect) return;
  const { parameters, pinned, work, milliseconds, inputs, difference, largest, isEqual } = effect;
  row('surgery-parameters', parameters, count);
  row('surgery-work', work, brief);
  row('surgery-time', milliseconds, (value) => `${significant(value, 3)} ms`);
  const held = pinned[1] > pinned[0] ? ` ${counted(pinned[1] - pinned[0], 'weight')} will stay at zero.` : '';
  const words = isEqual
    ? `No output changes, to the last bit, over ${count(inputs)} inputs.`
    : difference === null
      ? `Over ${count(inputs)} inputs some outputs are not finite.`
      : difference < 1e-5 * largest
        ? `Over ${count(inputs)} inputs outputs change by ${difference.toExponential(0)} at most, as numbers are rounded.`
        : `Over ${count(inputs)} inputs outputs change by up to ${significant(difference, 3)}; the largest is ${significant(largest, 3)}.`;
  setText(change, words + held);
  setAttribute(change, 'data-changes', String(!isEqual && !(difference !== null && difference < 1e-5 * largest)));
}
