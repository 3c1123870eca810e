// How well each class is known: precision, recall and F1, sorted as one likes. A row opens its mistakes.

import { addPart, same, store } from '../../app/store.js';
import { isTableShown } from './class-views.js';
import { open } from './confusion.js';
import { byId, create, setAttribute, setHidden } from '../../ui/dom.js';
import { count, percent } from '../../ui/format.js';
import { measured } from './evaluation.js';
import { isTabSeen, showTab } from '../shown-tab.js';

/** @import { ClassReport } from '../../engine/types.js' */

const panel = byId('classes', HTMLElement);
const hint = byId('classes-hint', HTMLElement);
const body = byId('classes-body', HTMLElement);
const head = byId('classes-head', HTMLElement);

/** @type {{ key: keyof ClassReport | null, up: boolean }} null: in the order of the classes */
let order = { key: null, up: true };
/** What was drawn last. @type {unknown[]} */
let seen = [];

function draw() {
  if (!isTabSeen('classes') || !store.engine) return;
  const classes = measured.found?.classes;
  setHidden(hint, Boolean(classes) || !isTableShown());
  setHidden(panel, !classes || !isTableShown());
  const wanted = [measured.version, measured.split, order];
  if (!classes || same(wanted, seen)) return;
  seen = wanted;
  for (const button of head.querySelectorAll('button')) {
    const chosen = button.dataset.key === (order.key ?? '');
    setAttribute(
      /** @type {HTMLElement} */ (button.parentElement),
      'aria-sort',
      chosen ? (order.up ? 'ascending' : 'descending') : 'none',
    );
  }
  const rows = classes.map((one, index) => ({ one, index }));
  const { key } = order;
  if (key) {
    const value = (/** @type {ClassReport} */ one) => one[key] ?? -1;
    rows.sort((a, b) => (value(a.one) < value(b.one) ? -1 : value(a.one) > value(b.one) ? 1 : a.index - b.index));
    if (!order.up) rows.reverse();
  }
  body.replaceChildren(...rows.map(({ one, index }) => row(one, index)));
}

/** @param {ClassReport} one @param {number} index */
function row({ name, examples, predicted, correct, precision, recall, f1 }, index) {
  const button = create(
    'button',
    {
      type: 'button',
      class: 'link',
      'data-tip': `Shows the ${count(examples - correct)} of this class that were predicted as another`,
    },
    name,
  );
  button.addEventListener('click', () => {
    showTab('confusion');
    open({ label: index, wrong: true });
  });
  const share = (/** @type {number | null} */ value) => {
    const bar = create('i', { class: 'share-bar' });
    bar.style.setProperty('--share', String(value ?? 0));
    return create('td', { class: 'share-cell' }, bar, create('span', {}, value === null ? '–' : percent(value)));
  };
  return create(
    'tr',
    {},
    create('th', { scope: 'row' }, button),
    create('td', {}, count(examples)),
    create('td', {}, count(predicted)),
    share(precision),
    share(recall),
    share(f1),
  );
}

addPart(draw);
head.addEventListener('click', ({ target }) => {
  const key = target instanceof Element ? target.closest('button')?.dataset.key : undefined;
  if (key === undefined) return;
  const next = /** @type {keyof ClassReport | null} */ (key || null);
  // Names and the order of the classes begin with the first, figures with the worst.
  order = { key: next, up: next === order.key ? !order.up : next !== 'examples' && next !== 'predicted' };
  draw();
});
