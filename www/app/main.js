// The page's entry: brings in every part, starts the engine, and hands on what it tells.

import { refreshAll } from './actions.js';
import { app, invalidate, unsaved } from './store.js';
import { byId, setHidden, setText } from '../ui/dom.js';
import { readHash, writeHash } from './hash.js';
import { onDesk } from '../look/latent/jobs.js';
import { onProgress } from '../rail/data/load.js';
import { onDoctor } from '../rail/data/audit.js';
import { onMeasuring } from '../strip/evaluation/evaluation.js';
import { showError, showNotice } from '../ui/messages.js';
import { offerPrevious } from './restore.js';
import { onBusy } from '../ui/status-bar.js';
import { setUpTheme } from '../ui/theme.js';
import { setUpSettings } from '../rail/train/train-card.js';
import '../strip/charts/chart.js';
import '../strip/charts/small-charts.js';
import '../strip/evaluation/classes.js';
import '../rail/data/data-card.js';
import '../look/latent/mix.js';
import '../look/latent/nearest.js';
import '../look/latent/inversion.js';
import '../look/latent/sliders.js';
import '../look/latent/rows.js';
import '../rail/data/drop.js';
import '../rail/train/run.js';
import './wake-lock.js';
import '../look/latent/embedding-card.js';
import '../look/example/example-card.js';
import '../ui/focus.js';
import '../rail/train/forecast.js';
import '../ui/header.js';
import '../look/inspector/undo.js';
import '../look/inspector/inspector.js';
import '../ui/keyboard.js';
import '../rail/model/layers.js';
import '../ui/layout.js';
import '../strip/map/map.js';
import '../rail/model/model-card.js';
import '../network/network.js';
import '../network/touch.js';
import '../look/example/own-input.js';
import '../strip/evaluation/worst-examples.js';

import { engine as starting, listen } from './start.js';

/** @import { Engine, EngineEvent, Status, TrainingEvent } from '../engine/types.js' */

/** Leaving asks for confirmation once this much training is in no file. */
const WORTH_KEEPING_MILLISECONDS = 60_000;

/** Highest id of the events told so far. */
let lastEvent = -1;

/** @param {EngineEvent} event */
function onEvent(event) {
  if (event.event === 'status') onStatus(event.status, event.running);
  else if (event.event === 'loading') onProgress(event.progress);
  else if (event.event === 'desk') onDesk(event.progress);
  else if (event.event === 'doctor') onDoctor(event.progress);
  else if (event.event === 'measuring') onMeasuring(event.progress);
  else if (event.event === 'busy') onBusy(event.busy);
  else if (event.event === 'kept')
    showNotice(`The run is not kept for the next visit: ${event.error}. It is tried again every minute.`);
  else if (event.event === 'error') {
    app.running = false;
    showError(
      event.error,
      'Training stopped. Reset builds a network that fits; Edit layers puts a new head on this one.',
    );
  } else {
    app.running = false;
    app.engine = null;
    showError(event.error, 'Reload the page to start the engine again.');
  }
  invalidate();
}

/** @param {Status} status @param {boolean} running */
function onStatus(status, running) {
  app.status = status;
  app.running = running;
  app.valuesVersion += 1;
  for (const told of status.events) tell(told);
}

/** Events that answer something the person just did are told where it was done. */
const TOLD_ELSEWHERE = ['setting', 'model', 'data', 'edit'];

/** @param {TrainingEvent} told */
function tell({ id, kind, text }) {
  if (id <= lastEvent) return;
  lastEvent = id;
  if (!TOLD_ELSEWHERE.includes(kind)) showNotice(text);
}

async function begin() {
  setUpTheme();
  try {
    listen(/** @type {any} */ (onEvent));
    const engine = /** @type {Engine} */ (/** @type {unknown} */ (await starting));
    [app.keys, app.config] = await Promise.all([engine.keys(), engine.config()]);
    app.engine = engine;
    await refreshAll();
    lastEvent = app.status?.events.reduce((most, { id }) => Math.max(most, id), -1) ?? -1;
    setUpSettings();
    await readHash();
    writeHash();
    document.addEventListener('settings', writeHash);
    await offerPrevious();
  } catch (error) {
    setText(byId('threads', HTMLElement), 'not running');
    setText(byId('state', HTMLElement), 'not running');
    const placeholder = byId('network-placeholder', HTMLElement);
    setText(placeholder, 'The engine did not start');
    setHidden(placeholder, false);
    showError(error, 'Try a current version of Firefox, Chrome, Edge or Safari, and reload the page.');
  }
  invalidate();
}

document.addEventListener('resumed', () => {
  lastEvent = Math.max(-1, ...(app.status?.events ?? []).map(({ id }) => id));
});
document.addEventListener('visibilitychange', () => {
  if (document.hidden) app.engine?.keep().catch(() => {});
});
addEventListener('error', ({ message }) =>
  showError(`The page made a mistake: ${message}`, 'Save the model if it matters, and reload the page.'),
);
addEventListener('unhandledrejection', ({ reason }) =>
  showError(reason, 'Save the model if it matters, and reload the page.'),
);
addEventListener('online', invalidate);
addEventListener('offline', invalidate);
addEventListener('beforeunload', (event) => {
  const steps = (app.status?.step ?? 0) - unsaved.step;
  const since = unsaved.since > 0 ? performance.now() - unsaved.since : 0;
  if (steps > 0 && since > WORTH_KEEPING_MILLISECONDS) event.preventDefault();
});
begin();
