// The latent editor: the code of what is shown on sliders, between examples, mixed, sampled, searched.

import { cancelJob, jobOf, runJob } from '../../app/jobs.js';
import { addPart, embedding, invalidate, store } from '../../app/store.js';
import { shownExample } from '../example/example-card.js';
import { scaleFor, showPixels } from '../../ui/pixels.js';
import { byId, radioGroup, setAttribute, setDisabled, setHidden, setText } from '../../ui/dom.js';
import { count } from '../../ui/format.js';
import { changeCode, latent, watchCode } from './latent.js';

const card = byId('embedding-card', HTMLDetailsElement);
const note = byId('code-state', HTMLElement);
const picture = byId('code-picture', HTMLCanvasElement);
const resetButton = byId('code-reset', HTMLButtonElement);
const analysis = byId('analysis', HTMLElement);
const analysisWords = byId('analysis-words', HTMLElement);
const analyseButton = byId('analyse', HTMLButtonElement);
const analysisProgress = byId('analysis-progress', HTMLProgressElement);
const tabs = byId('latent-tabs', HTMLElement);

/** Tabs that need the analysis to have anything to show. */
const NEEDS_ANALYSIS = ['samples'];

/** CSS pixels of the picture at most. */
const PICTURE = 64;

const shown = { tab: 'sliders' };

/** Whether a person can see the editor. */
export function isEditorSeen() {
  return card.open && card.clientWidth > 0;
}

/** Whether this tab of it. @param {string} tab */
export function isTabSeen(tab) {
  return shown.tab === tab && isEditorSeen();
}

function draw() {
  if (!store.engine || !embedding()) return;
  const { known, directions } = latent;
  setText(note, !known ? '' : known.own ? 'code of this image' : 'edited by you');
  setDisabled(resetButton, !known || known.own);
  showPicture();
  showAnalysis(directions ? directions.stale : null);
  setHidden(analysis, shown.tab === 'invert' || shown.tab === 'between');
}

/** What the decoder paints stays beside what is done with the code, also where the example is out of sight. */
function showPicture() {
  const { output = null, outputWidth = 0, outputHeight = 0 } = shownExample() ?? {};
  setHidden(picture, !output);
  if (output && isEditorSeen())
    showPixels(picture, output, outputWidth, outputHeight, scaleFor(outputWidth, outputHeight, PICTURE));
}

/** @param {number | null} stale steps since the last; null before the first */
function showAnalysis(stale) {
  const job = jobOf('encode');
  setHidden(analysisProgress, !job);
  setText(analyseButton, job ? 'Cancel' : stale === null ? 'Analyse' : 'Refresh');
  if (job) {
    analysisProgress.max = job.total || 1;
    analysisProgress.value = job.done;
    setText(analysisWords, 'Encoding all examples');
  } else if (stale === null) {
    setText(
      analysisWords,
      NEEDS_ANALYSIS.includes(shown.tab)
        ? 'Samples are drawn from how the codes of all examples are spread: analyse them first.'
        : 'Analysing the codes of all examples finds their main directions, a map and neighbours.',
    );
  } else {
    setText(
      analysisWords,
      stale > 0 ? `Analysed ${count(stale)} steps ago; the network has changed since` : 'Analysed just now',
    );
  }
}

/** @param {string} tab */
function show(tab) {
  shown.tab = tab;
  for (const panel of card.querySelectorAll('[data-latent]'))
    setHidden(panel, panel.getAttribute('data-latent') !== tab);
  for (const button of tabs.children)
    setAttribute(button, 'aria-controls', `latent-${button.getAttribute('data-value')}`);
  invalidate();
}

const showTab = radioGroup(tabs, show);
showTab(shown.tab);
show(shown.tab);
addPart(draw);
watchCode(isEditorSeen);
card.addEventListener('toggle', invalidate);
resetButton.addEventListener('click', () => changeCode((engine) => engine.resetCode()));
analyseButton.addEventListener('click', () => {
  if (jobOf('encode')) cancelJob('encode');
  else runJob('encode', {});
});
