// What can be done with one edge: cut it, draw it, pin it, or bend the curve that makes it.

import { edit } from '../../app/commands.js';
import { engine } from '../../app/store.js';
import { button } from '../../look/inspector/item-parts.js';
import { byId, create, setHidden } from '../../ui/dom.js';
import { significant } from '../../ui/format.js';
import { showError } from '../../ui/messages.js';
import { openCurve } from './look.js';

/** @import { Cell, Command } from '../../engine/types.js' */

const holder = byId('edge-actions', HTMLElement);
/** The weight of an edge that is drawn by hand. */
const DRAWN = 0.5;

/** Shows what can be done with a cell; null: nothing. @param {Cell | null} cell */
export function showCell(cell) {
  setHidden(holder, !cell);
  if (!cell) return;
  const { text, strength, parameter, pinned, target } = cell;
  const buttons = [button('Its curve', 'The curve that decides which edges the neuron has', () => openCurve(target))];
  if (parameter !== null) {
    const set = (/** @type {number} */ value) =>
      carryOut(cell, { do: 'set', parameters: [parameter], values: [value] });
    buttons.push(
      strength === 0
        ? button('Draw', `Gives the edge a weight of ${DRAWN}`, () => set(DRAWN))
        : button('Cut', 'Sets its weight to 0; pin it to keep it cut', () => set(0)),
      button(pinned ? 'Pinned' : 'Pin', 'Pinned: training leaves it as it is', () =>
        carryOut(cell, { do: 'pin', parameters: [parameter], pinned: !pinned }),
      ),
    );
  }
  const close = button('×', 'Closes this', () => setHidden(holder, true));
  close.setAttribute('aria-label', 'Close');
  const why = parameter === null ? ' Its strength follows from the curve alone (manifold-weights=curve).' : '';
  const what = `${text}: ${strength === 0 ? 'no edge' : significant(strength, 3)}.${why}`;
  holder.replaceChildren(create('span', {}, what), ...buttons, close);
}

/** @param {Cell} cell @param {Command} command */
async function carryOut(cell, command) {
  if (!(await edit(command))) return;
  try {
    showCell(await engine().adjacencyCellOf(cell.source, cell.target));
  } catch (error) {
    showError(error);
  }
}
