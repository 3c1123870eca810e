// The frame of the screen: which part shows on a narrow screen, how high the chart is, dialogs, tooltips.

import { invalidate } from '../app/store.js';
import { viewMode } from './view-mode.js';
import { byId, radioGroup, setAttribute, setHidden, setText } from './dom.js';

/** Where one part of the page shows at a time (style/narrow.css). */
export const narrow = matchMedia('(max-width: 860px), (max-height: 500px)');

const tabs = [...document.querySelectorAll('.tabs [data-section]')];
const splitter = byId('splitter', HTMLElement);
const tooltip = byId('tooltip', HTMLElement);

const STRIP = { low: 96, start: 224, step: 16 };
const TOOLTIP_MILLISECONDS = 450;
let stripHeight = STRIP.start;
let tooltipTimer = 0;
/** Pressed or already read: no second tooltip before the pointer has left it. @type {Element | null} */
let done = null;

/** Shows a part of the page on a narrow screen. @param {string} section */
export function showSection(section) {
  document.body.dataset.section = section;
  for (const tab of tabs) {
    if (tab instanceof HTMLElement && tab.dataset.section === section) setAttribute(tab, 'aria-current', 'true');
    else tab.removeAttribute('aria-current');
  }
  invalidate();
}

/** A part that the other view alone has gives way. */
function followView() {
  const { section = '' } = document.body.dataset;
  const isSimple = viewMode() === 'simple';
  if (isSimple && ['model', 'train', 'inspect'].includes(section)) showSection('begin');
  if (!isSimple && section === 'begin') showSection('train');
}

/** At most half of the column goes to the chart. @param {number} height CSS pixels */
function setStrip(height) {
  const most = (splitter.parentElement?.clientHeight ?? 800) / 2;
  stripHeight = Math.round(Math.min(most, Math.max(STRIP.low, height)));
  document.documentElement.style.setProperty('--strip', `${stripHeight}px`);
  setAttribute(splitter, 'aria-valuenow', String(stripHeight));
}

/** @param {Element} element */
function showTooltip(element) {
  const words = element.getAttribute('data-tip');
  if (!words) return;
  setText(tooltip, words);
  setHidden(tooltip, false);
  const box = element.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = tooltip;
  const left = Math.min(innerWidth - width - 8, Math.max(8, box.left + box.width / 2 - width / 2));
  const below = !element.hasAttribute('data-tip-above') && box.bottom + 8 + height < innerHeight;
  tooltip.style.left = `${left}px`;
  tooltip.style.top = `${below ? box.bottom + 8 : box.top - 8 - height}px`;
}

function hideTooltip() {
  clearTimeout(tooltipTimer);
  setHidden(tooltip, true);
}

/** @param {EventTarget | null} target */
function tipped(target) {
  return target instanceof Element ? target.closest('[data-tip]') : null;
}

for (const tab of tabs)
  tab.addEventListener('click', () => showSection(/** @type {HTMLElement} */ (tab).dataset.section ?? 'train'));
const showTop = radioGroup(byId('top-switch', HTMLElement), (value) => {
  document.body.dataset.top = value;
  invalidate();
});
showTop('network');
followView();
document.addEventListener('view', followView);
setAttribute(splitter, 'aria-valuenow', String(stripHeight));
setAttribute(splitter, 'aria-valuemin', String(STRIP.low));
splitter.addEventListener('pointerdown', (event) => {
  splitter.setPointerCapture(event.pointerId);
  splitter.classList.add('dragging');
});
splitter.addEventListener('pointermove', (event) => {
  if (splitter.classList.contains('dragging'))
    setStrip((splitter.parentElement?.getBoundingClientRect().bottom ?? 0) - event.clientY);
});
splitter.addEventListener('pointerup', () => splitter.classList.remove('dragging'));
splitter.addEventListener('dblclick', () => setStrip(STRIP.start));
splitter.addEventListener('keydown', (event) => {
  const by = { ArrowUp: STRIP.step, ArrowDown: -STRIP.step }[event.key];
  if (by) {
    event.preventDefault();
    event.stopPropagation();
    setStrip(stripHeight + by);
  }
});

for (const dialog of document.querySelectorAll('dialog')) {
  let isPressedBeside = false;
  dialog.addEventListener('pointerdown', ({ target }) => {
    isPressedBeside = target === dialog;
  });
  dialog.addEventListener('click', ({ target }) => {
    // A drag that ends beside the dialog was meant for something in it.
    if ((target === dialog && isPressedBeside) || (target instanceof Element && target.closest('[data-close]')))
      dialog.close();
  });
}

document.addEventListener('pointerover', ({ target, pointerType }) => {
  const element = tipped(target);
  if (element !== done) done = null;
  hideTooltip();
  if (element && !done && pointerType === 'mouse')
    tooltipTimer = window.setTimeout(() => showTooltip(element), TOOLTIP_MILLISECONDS);
});
document.addEventListener('focusin', ({ target }) => {
  const element = tipped(target);
  hideTooltip();
  if (element && target instanceof Element && target.matches(':focus-visible')) showTooltip(element);
});
document.addEventListener('pointerdown', ({ target }) => {
  done = tipped(target);
});
for (const name of ['pointerdown', 'keydown', 'focusout', 'wheel'])
  document.addEventListener(name, hideTooltip, { passive: true });
