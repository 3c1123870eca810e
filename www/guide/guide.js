// The sentence above the chart: follows the run, and offers what to do next.

import { reset, start, stop } from '../app/actions.js';
import { set } from '../app/commands.js';
import { addPart, can, keyOf, same, store } from '../app/store.js';
import { createView } from '../app/views.js';
import { findingOf, openAudit } from '../rail/data/audit.js';
import { isHeadOffered, trainHead } from '../rail/model/head-offer.js';
import { travelTo } from '../rail/train/snapshots.js';
import { tryIt } from '../look/try/try-view.js';
import { showTab } from '../strip/shown-tab.js';
import { byId, create, setAttribute, setHidden, setText } from '../ui/dom.js';
import { showSection } from '../ui/layout.js';
import { adviceFor, bestOf } from './advice.js';
import { forgetTour, goOn, isTourOffered, leave, tourAdvice } from './tour.js';

/** @import { Series } from '../engine/types.js' */
/** @import { Action, Advice, Situation } from './advice.js' */

const box = byId('guide', HTMLElement);
const sentence = byId('guide-text', HTMLElement);
const spoken = byId('guide-spoken', HTMLElement);
const buttons = byId('guide-actions', HTMLElement);

/** A sentence stays so long before another takes its place, to be read. */
const LEAST_MILLISECONDS = 2500;
/** Said while images are read; the line stays, so that the network above it keeps its height. @type {Advice} */
const READING = {
  kind: 'reading',
  text: 'Reading images. Until all are there, everything stays as it is.',
  actions: [],
};

/** @type {{ epochs: number[], losses: number[] }} */
let measured = { epochs: [], losses: [] };
let shown = { kind: '', text: '', actions: '', at: -Infinity, step: 0 };

const look = createView({
  every: Infinity,
  ask: () => [['valSeries']],
  take(/** @type {Series} */ series) {
    measured = { epochs: [...(series.epoch ?? [])], losses: [...(series.val_loss ?? [])] };
  },
  fail: () => {}, // another kind of network has come
});

/** @returns {Situation['task']} */
function taskNow() {
  if (can('columns')) return 'columns';
  if (can('classify')) return 'classify';
  if (can('exchange')) return 'letters';
  if (can('estimate')) return 'estimate';
  return can('translate') ? 'translate' : 'redraw';
}

/** The classes of a network that was opened, where the images have others and no offer above the network says so. @returns {Situation['strangers']} */
function strangers() {
  if (isHeadOffered()) return null;
  const known = store.model?.attribution?.classes ?? [];
  const there = store.data?.classes.map(({ name }) => name) ?? [];
  return known.length === 0 || there.length === 0 || same(known, there) ? null : { known, there };
}

/** A network for these images, of the same kind where that is built here. */
async function newNetwork() {
  const isPreset = keyOf('model')?.choices.includes(store.model?.preset ?? '');
  if (isPreset) await reset();
  else await set('model', 'classifier-cnn');
}

/** @returns {Situation} */
function situation() {
  const { status, snapshots, data } = store;
  const last = status?.events[status.events.length - 1];
  const isClassifier = can('classify');
  return {
    task: taskNow(),
    running: store.running,
    step: status?.step ?? 0,
    epoch: status?.epoch ?? 0,
    finished: status?.finished ?? null,
    lookingAt: snapshots.shown === null || store.running ? null : Math.round(snapshots.epochs[snapshots.shown]),
    diverged: last?.kind === 'rollback' && status?.step !== undefined && status.step - last.step < 200,
    ...measured,
    score: (isClassifier ? status?.accuracy : status?.psnr) ?? null,
    trainLoss: status?.loss ?? null,
    finding: findingOf(),
    classes: data?.classes.length ?? 0,
    newcomer: isTourOffered(),
    strangers: strangers(),
  };
}

function draw() {
  const { status, engine, model } = store;
  const ready = engine !== null && model !== null && status !== null;
  setHidden(box, !ready);
  if (!ready) return;
  if (status.step === 0) measured = { epochs: [], losses: [] };
  else forgetTour();
  if (status.step > 0) look(store.stamps.history, status.valLoss, status.evaluating === null);
  const { kind, text, tone = '', actions } = store.loading ? READING : (tourAdvice() ?? adviceFor(situation()));
  const wanted = JSON.stringify(actions);
  const isOther = text !== shown.text || wanted !== shown.actions;
  const isNews =
    kind.startsWith('tour') || store.loading || status.step < shown.step || !store.running || shown.step === 0;
  if (!isOther || (!isNews && performance.now() - shown.at < LEAST_MILLISECONDS)) return;
  setText(sentence, text);
  if (kind !== shown.kind) setText(spoken, text); // the same with other figures need not be heard again and again
  setAttribute(box, 'data-tone', tone);
  if (wanted !== shown.actions) showActions(actions);
  shown = { kind, text, actions: wanted, at: performance.now(), step: status.step };
}

/** @param {[Action, string][]} actions */
function showActions(actions) {
  const had = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.action : undefined;
  const made = actions.map(([action, words]) => button(action, words));
  const isHere = buttons.contains(document.activeElement);
  buttons.replaceChildren(...made);
  if (isHere) (made.find(({ dataset }) => dataset.action === had) ?? made[0])?.focus(); // the keys go on with the tour
}

/** @param {Action} action @param {string} words */
function button(action, words) {
  const made = create('button', { type: 'button', class: 'button toggle', 'data-action': action }, words);
  made.addEventListener('click', DO[action]);
  return made;
}

/** @type {Record<Action, () => void>} */
const DO = {
  tour: goOn,
  next: goOn,
  leave,
  start,
  stop,
  try: () => tryIt(),
  back: () => goBack(),
  latest: () => travelTo(store.snapshots.steps.length),
  mistakes: () => open('charts', can('classify') ? 'confusion' : 'worst'),
  check: openAudit,
  head: trainHead,
  fresh: newNetwork,
  embedding: () => {
    const card = byId('embedding-card', HTMLDetailsElement);
    card.open = true;
    showSection('look');
    card.scrollIntoView({ block: 'nearest' });
  },
};

/** @param {string} section on a narrow screen @param {string} tab */
function open(section, tab) {
  showSection(section);
  showTab(tab);
}

/** Shows the kept network that is nearest to the best epoch. */
function goBack() {
  const best = measured.epochs[bestOf(measured.losses)];
  const { epochs } = store.snapshots;
  const distance = (/** @type {number} */ at) => Math.abs(epochs[at] - best);
  const nearest = epochs.reduce((near, _, at) => (near < 0 || distance(at) < distance(near) ? at : near), -1);
  if (nearest >= 0) travelTo(nearest);
}

addPart(draw);
