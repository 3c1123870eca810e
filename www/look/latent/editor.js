// The embedding desk: the code of what is shown on sliders, between examples, mixed, sampled, searched.

import { addPart, app, embedding, invalidate } from '../../app/store.js';
import { changeCode, code, watchCode } from './latent.js';
import { byId, radioGroup, setAttribute, setDisabled, setHidden, setText } from '../../ui/dom.js';
import { analyse, cancel, job } from './jobs.js';
import { count } from '../../ui/format.js';

const card = byId('embedding-card', HTMLDetailsElement);
const note = byId('code-state', HTMLElement);
const resetButton = byId('code-reset', HTMLButtonElement);
const analysis = byId('analysis', HTMLElement);
const analysisWords = byId('analysis-words', HTMLElement);
const analyseButton = byId('analyse', HTMLButtonElement);
const analysisProgress = byId('analysis-progress', HTMLProgressElement);
const tabs = byId('desk-tabs', HTMLElement);

/** Tabs that need the analysis to have anything to show. */
const NEEDS_ANALYSIS = ['samples'];

export const desk = { tab: 'sliders' };

/** Whether a person can see the desk. */
export function isDeskSeen() {
  return card.open && card.clientWidth > 0;
}

/** Whether this tab of it. @param {string} tab */
export function isTabSeen(tab) {
  return desk.tab === tab && isDeskSeen();
}

function draw() {
  if (!app.engine || !embedding()) return;
  const { known, directions } = code;
  setText(note, !known ? '' : known.own ? "the example's own code" : 'changed by hand');
  setDisabled(resetButton, !known || known.own);
  showAnalysis(directions ? directions.stale : null);
  setHidden(analysis, desk.tab === 'reverse' || desk.tab === 'between');
}

/** @param {number | null} stale steps since the last; null before the first */
function showAnalysis(stale) {
  const running = job.now?.job === 'analysis' ? job.now : null;
  setHidden(analysisProgress, !running);
  setText(analyseButton, running ? 'Cancel' : stale === null ? 'Analyse' : 'Again');
  if (running) {
    analysisProgress.max = running.total || 1;
    analysisProgress.value = running.done;
    setText(analysisWords, 'Encoding all examples');
  } else if (stale === null) {
    setText(
      analysisWords,
      NEEDS_ANALYSIS.includes(desk.tab)
        ? 'Samples are drawn from how the codes of all examples lie: analyse them first.'
        : 'Analysing the codes of all examples finds their main directions, a map and neighbours.',
    );
  } else {
    setText(analysisWords, stale > 0 ? `Analysed ${count(stale)} steps ago` : 'Analysed just now');
  }
}

/** @param {string} tab */
function show(tab) {
  desk.tab = tab;
  for (const panel of card.querySelectorAll('[data-desk]')) setHidden(panel, panel.getAttribute('data-desk') !== tab);
  for (const button of tabs.children)
    setAttribute(button, 'aria-controls', `desk-${button.getAttribute('data-value')}`);
  invalidate();
}

const showTab = radioGroup(tabs, show);
showTab(desk.tab);
show(desk.tab);
addPart(draw);
watchCode(isDeskSeen);
card.addEventListener('toggle', invalidate);
resetButton.addEventListener('click', () => changeCode((engine) => engine.resetCode()));
analyseButton.addEventListener('click', () => {
  if (job.now?.job === 'analysis') cancel();
  else analyse();
});
