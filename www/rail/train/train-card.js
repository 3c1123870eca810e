// The train card: start and stop, step, reset, and the settings that act while training runs.

import { reset, step, toggle } from '../../app/actions.js';
import { addPart, store } from '../../app/store.js';
import { byId, setAttribute, setDisabled, setIcon, setText } from '../../ui/dom.js';
import { count } from '../../ui/format.js';
import { bindChoice, bindSlider, showAllSettings } from './settings.js';

const startButtons = ['start', 'start-thumb'].map((id) => byId(id, HTMLButtonElement));
const stepButton = byId('step', HTMLButtonElement);
const resetButton = byId('reset', HTMLButtonElement);
const state = byId('state', HTMLElement);

const controls = [...byId('train-card', HTMLElement).querySelectorAll('input, select')];
const rate = bindSlider(
  'learning-rate',
  byId('rate', HTMLInputElement),
  byId('rate-number', HTMLInputElement),
  (position) => Number((10 ** position).toPrecision(2)),
  (value) => Math.log10(value),
);
const batch = bindSlider(
  'batch-size',
  byId('batch', HTMLInputElement),
  byId('batch-number', HTMLInputElement),
  (position) => 2 ** Math.round(position),
  (value) => Math.log2(value),
);
const optimizer = bindChoice('optimizer', byId('optimizer', HTMLSelectElement));
const loss = bindChoice('loss', byId('loss-choice', HTMLSelectElement));

function draw() {
  const { running, status } = store;
  const ready = store.engine !== null && store.model !== null;
  for (const button of startButtons) {
    setDisabled(button, !ready);
    setAttribute(button, 'aria-pressed', String(running));
    setIcon(button, running ? 'stop' : 'start');
    setText(button.children[1], running ? 'Stop' : 'Start');
  }
  for (const control of controls)
    if (control instanceof HTMLInputElement || control instanceof HTMLSelectElement) setDisabled(control, !ready);
  setDisabled(stepButton, !ready || running);
  setDisabled(resetButton, !ready);
  if (ready)
    showState(running ? 'running' : status?.finished ? 'finished' : (status?.step ?? 0) > 0 ? 'paused' : 'ready');
}

/** @param {'ready' | 'running' | 'paused' | 'finished'} name */
function showState(name) {
  setAttribute(state, 'data-state', name);
  const why = name === 'finished' ? store.status?.finished : null;
  const { epochs, shown } = store.snapshots;
  const back = shown !== null && name !== 'running' ? `looking back at epoch ${count(epochs[shown])}` : '';
  setText(state, back || (why ? `finished: ${why}` : name));
  state.title = why ?? '';
}

/** Fills the controls from the engine's table, once it is there. */
export function setUpSettings() {
  for (const control of [rate, batch, optimizer, loss]) control.setUp();
  showAllSettings();
}

addPart(draw);
for (const button of startButtons) button.addEventListener('click', toggle);
stepButton.addEventListener('click', step);
resetButton.addEventListener('click', reset);
