// The page's entry: brings in every part, starts the engine, and hands on what it reports.

import { byId, setHidden, setText } from '../ui/dom.js';
import { clearError, showError, showNotice } from '../ui/messages.js';
import { showActivity } from '../ui/status-bar.js';
import { setUpTheme } from '../ui/theme.js';
import { setUpViewMode } from '../ui/view-mode.js';
import { openNamed } from '../rail/model/hosted-model.js';
import { setUpSettings } from '../rail/train/train-card.js';
import { adviceToFit } from './actions.js';
import { readHash } from './hash.js';
import { takeJob } from './jobs.js';
import { offerSession } from './restore.js';
import { engine as starting, listen } from './start.js';
import { invalidate, store, takeState } from './store.js';
import './leaving.js';
import './wake-lock.js';
import '../guide/experiments-card.js';
import '../guide/guide.js';
import '../look/example/example-card.js';
import '../look/example/heat.js';
import '../look/example/own-actions.js';
import '../look/try/try-view.js';
import '../look/inspector/inspector.js';
import '../look/inspector/undo.js';
import '../look/latent/embedding-card.js';
import '../look/latent/inversion.js';
import '../look/latent/mix.js';
import '../look/latent/nearest.js';
import '../look/latent/rows.js';
import '../look/latent/sliders.js';
import '../network/class-labels.js';
import '../network/film.js';
import '../network/network.js';
import '../network/touch.js';
import '../rail/data/data-card.js';
import '../rail/data/drop.js';
import '../rail/model/export.js';
import '../rail/model/hosted-base.js';
import '../rail/model/layers.js';
import '../rail/model/model-card.js';
import '../rail/model/runs.js';
import '../rail/train/forecast.js';
import '../rail/train/history-files.js';
import '../rail/train/range-test.js';
import '../rail/train/report-file.js';
import '../rail/train/snapshots.js';
import '../strip/tabs.js';
import '../ui/focus.js';
import '../ui/header.js';
import '../ui/keyboard.js';
import '../ui/layout.js';
import '../ui/needs.js';

/** @import { EngineEvent, State, TrainingEvent } from '../engine/types.js' */

/** Events that answer something the person just did are reported where it was done. */
const REPORTED_ELSEWHERE = ['setting', 'model', 'data', 'edit'];

/** Highest id of the training events so far. */
let lastEvent = -1;
/** What the engine began with: parts draw nothing before they can ask it. @type {State | null} */
let firstState = null;

/** @param {EngineEvent} event */
function onEvent(event) {
  if (event.event === 'state') onState(event.state);
  else if (event.event === 'job') takeJob(event.job);
  else if (event.event === 'activity') showActivity(event.activity);
  else if (event.event === 'kept') store.kept = event.kept;
  else if (event.event === 'unsaved')
    showNotice(
      `The run is not kept for the next visit: ${event.error}. ${event.forGood ? 'Save the model instead' : 'It is tried again every minute'}.`,
    );
  else if (event.event === 'error') showError(event.error, `Training stopped. ${adviceToFit()}`);
  else {
    store.running = false;
    store.engine = null;
    showError(event.error, 'Reload the page to start the engine again.');
  }
  invalidate();
}

/** @param {State} state */
function onState(state) {
  if (!store.engine) {
    firstState = { ...firstState, ...state };
    return;
  }
  // What came with another network was reported by what brought it.
  const isNew = store.stamps.network !== state.stamps.network;
  takeState(state);
  for (const event of state.status.events) if (!isNew) report(event);
  lastEvent = state.status.events.reduce((most, { id }) => Math.max(most, id), isNew ? -1 : lastEvent);
}

/** @param {TrainingEvent} event */
function report({ id, kind, text }) {
  if (id > lastEvent && !REPORTED_ELSEWHERE.includes(kind)) showNotice(text);
}

async function begin() {
  setUpTheme();
  setUpViewMode();
  try {
    listen(onEvent);
    const engine = await starting;
    clearError(); // that nothing came for a while is over
    store.keys = engine.keyTable;
    await readHash(engine); // before anybody can touch what that replaces
    store.engine = engine;
    if (firstState) onState(firstState);
    setUpSettings();
    engine.findKeptRuns();
    await openNamed();
    await offerSession();
  } catch (error) {
    for (const id of ['threads', 'state']) setText(byId(id, HTMLElement), 'not running');
    const placeholder = byId('network-placeholder', HTMLElement);
    setText(placeholder, 'The engine did not start');
    setHidden(placeholder, false);
    showError(
      error,
      'Reload the page; if that does not help, try a current version of Firefox, Chrome, Edge or Safari.',
    );
  }
  document.dispatchEvent(new CustomEvent('started'));
  invalidate();
}

document.addEventListener('failure', (event) => {
  event.preventDefault();
  const { message, advice } = /** @type {CustomEvent<{ message: string, advice: string }>} */ (event).detail;
  showError(message, advice);
});
document.addEventListener('view', invalidate);
addEventListener('online', invalidate);
addEventListener('offline', invalidate);
begin();
