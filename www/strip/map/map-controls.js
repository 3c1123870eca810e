// Controls of the map: choices, settings, start, pause, cancel, and how far it is.

import { cancelJob, holdJob, isHeld, jobOf, onJob, percentDone, runJob } from '../../app/jobs.js';
import { can, engine, invalidate, store } from '../../app/store.js';
import { byId, setDisabled, setHidden, setOptions, setText } from '../../ui/dom.js';
import { showError } from '../../ui/messages.js';

/** @import { LayoutSettings, MapMethod, MapSource, SplitName } from '../../engine/types.js' */

const source = byId('map-source', HTMLSelectElement);
const method = byId('map-method', HTMLSelectElement);
const splits = byId('map-splits', HTMLSelectElement);
const button = byId('map-analyse', HTMLButtonElement);
const pause = byId('map-pause', HTMLButtonElement);
const stay = byId('map-stay', HTMLInputElement);
const follow = byId('map-follow', HTMLInputElement);
const progress = byId('map-progress', HTMLElement);
const fields = {
  perplexity: byId('map-perplexity', HTMLInputElement),
  exaggeration: byId('map-exaggeration', HTMLInputElement),
  learningRate: byId('map-rate', HTMLInputElement),
  neighbours: byId('map-neighbours', HTMLInputElement),
  minDist: byId('map-min-dist', HTMLInputElement),
};

/** @type {Record<string, string>} */
const STAGES = {
  reading: 'reading the images',
  searching: 'finding neighbours',
  building: 'weighing neighbours',
  moving: 'moving the points',
  measuring: 'measuring the map',
};
/** @type {{ stage: string, done: number, total: number } | null} */
let stage = null;
/** The epoch of the last map. */
let mappedEpoch = -1;

/** The map of codes is made by the embedding's own analysis: its empty places can be decoded. */
export const isCodeMap = () => source.value === 'code' && method.value === 'pca';

/** The job that makes the chosen map. */
const kind = () => (isCodeMap() ? 'encode' : 'project');

export const isMaking = () => jobOf(kind()) !== null;

/** @returns {MapSource} */
function chosenSource() {
  const [name, block] = source.value.split(' ');
  return name === 'block' ? { block: Number(block) } : /** @type {MapSource} */ (name);
}

/** @returns {LayoutSettings} */
function settings() {
  return {
    perplexity: fields.perplexity.valueAsNumber,
    exaggeration: fields.exaggeration.valueAsNumber,
    learningRate: fields.learningRate.value === '' ? null : fields.learningRate.valueAsNumber,
    neighbours: fields.neighbours.valueAsNumber,
    minDist: fields.minDist.valueAsNumber,
  };
}

export function drawControls() {
  offer();
  const job = jobOf(kind());
  setText(button, job ? `Cancel, ${percentDone(job)}` : 'Make map');
  setHidden(pause, !job || isCodeMap());
  setText(pause, isHeld('project') ? 'Go on' : 'Pause');
  for (const element of document.querySelectorAll('[data-map-method]'))
    setHidden(element, !(element.getAttribute('data-map-method') ?? '').split(' ').includes(method.value));
  setHidden(byId('map-stays', HTMLElement), isCodeMap());
  setHidden(byId('map-follows', HTMLElement), source.value === 'pixels');
  setDisabled(splits, isCodeMap());
  const words = job && stage && kind() === 'project' ? STAGES[stage.stage] : '';
  setText(
    progress,
    words && stage ? `${words}${stage.stage === 'moving' ? `, ${stage.done} of ${stage.total}` : ''}` : '',
  );
  const epoch = Math.floor(store.status?.epoch ?? 0);
  if (follow.checked && source.value !== 'pixels' && epoch !== mappedEpoch && !job) make();
}

/** Offers what this learner has. */
function offer() {
  /** @type {[string, string][]} */
  const sources = [];
  if (can('embed')) sources.push(['code', 'codes']);
  if (can('classify') && can('layers')) sources.push(['probabilities', 'class probabilities']);
  sources.push(['pixels', 'pixels']);
  if (can('layers'))
    (store.model?.blocks ?? []).forEach(({ name }, i) => {
      if (i > 0) sources.push([`block ${i}`, `values of ${name}`]);
    });
  setOptions(source, sources);
  /** @type {[string, string, number][]} */
  const all = [
    ['train', 'training', store.data?.train ?? 0],
    ['validation', 'validation', store.data?.validation ?? 0],
    ['test', 'test', store.data?.test ?? 0],
  ];
  const there = all.filter(([, , images]) => images > 0).map(([value, words]) => [value, words]);
  setOptions(splits, [['train validation test', 'all images'], .../** @type {[string, string][]} */ (there)]);
}

/** Makes the chosen map. */
function make() {
  mappedEpoch = Math.floor(store.status?.epoch ?? 0);
  if (isCodeMap()) return void runJob('encode', {});
  stage = null;
  runJob('project', {
    source: chosenSource(),
    method: /** @type {MapMethod} */ (method.value),
    splits: /** @type {SplitName[]} */ (splits.value.split(' ')),
    settings: settings(),
    stay: stay.checked,
  });
}

onJob('project', ({ found }) => {
  stage = found;
});
button.addEventListener('click', () => {
  follow.checked &&= !isMaking();
  if (isMaking()) cancelJob(kind());
  else make();
});
pause.addEventListener('click', () => holdJob('project', !isHeld('project')));
for (const choice of [source, method, splits, follow]) choice.addEventListener('change', invalidate);
for (const field of Object.values(fields))
  field.addEventListener('change', () => {
    if (!field.checkValidity() || (field.value === '' && field !== fields.learningRate)) {
      field.reportValidity();
      field.value = field.defaultValue;
    }
    if (jobOf('project')) engine().setMapSettings(settings()).catch(showError);
  });
