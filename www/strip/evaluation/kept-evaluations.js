// The evaluations that the run has kept: which of them the confusion matrix shows, and what flowed between two.

import { engine, invalidate, same, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { byId, create, setDisabled, setHidden } from '../../ui/dom.js';
import { count, percent } from '../../ui/format.js';
import { measured } from './evaluation.js';

/** @import { Call } from '../../engine/handle.js' */
/** @import { ClassTimeline, ConfusionFlow, KeptEvaluation } from '../../engine/types.js' */

const at = byId('confusion-at', HTMLSelectElement);
const since = byId('confusion-since', HTMLSelectElement);
const holder = byId('confusion-kept', HTMLElement);

/** Milliseconds between two questions while training runs. */
const EVERY = 1000;

/**
 * What the matrix shows instead of the latest measurement. `version` grows with each change.
 * @type {{ now: KeptEvaluation | null, before: KeptEvaluation | null, flow: ConfusionFlow | null, version: number }}
 */
export const kept = { now: null, before: null, flow: null, version: 0 };

/** @type {ClassTimeline | null} */
let timeline = null;
/** Lists of evaluations that have come. */
let round = 0;
/** The choices that were asked about, and their indices. @type {[string, string, number, number]} */
let asked = ['', '', -1, -1];

/** Asks for the evaluations, and for those that are chosen; once a frame while the matrix is seen. */
export function followKept() {
  const isValidation = measured.split === 'validation';
  setHidden(holder, !isValidation);
  if (!isValidation) [at.value, since.value] = ['', ''];
  look(at.value, since.value, store.stamps.history, store.status?.valLoss, round);
  offer();
}

/** The index of an evaluation by the step that is chosen; the latest where none is. @param {HTMLSelectElement} select */
function indexOf(select) {
  const steps = timeline?.steps ?? [];
  return select.value === '' ? steps.length - 1 : steps.indexOf(Number(select.value));
}

const look = createView({
  every: EVERY,
  ask() {
    /** @type {Call[]} */
    const calls = [['classTimeline', undefined]];
    const [now, before] = [indexOf(at), indexOf(since)];
    asked = [at.value, since.value, now, before];
    if (now >= 0 && (at.value !== '' || isAgainst())) calls.push(['keptEvaluation', now]);
    if (isAgainst()) calls.push(['keptEvaluation', before], ['confusionFlow', before, now]);
    return calls;
  },
  take(/** @type {ClassTimeline} */ found, now = null, before = null, flow = null) {
    const isSame = same(timeline?.steps ?? [], found.steps);
    timeline = found;
    invalidate();
    // Indices into an earlier list may be of other evaluations: the next frame asks with those of this one.
    if (!isSame) round += 1;
    if (!isSame && (at.value !== '' || since.value !== '')) return;
    if (asked[0] !== at.value || asked[1] !== since.value) return; // another choice was made meanwhile
    if (now?.step !== kept.now?.step || before?.step !== kept.before?.step) kept.version += 1;
    Object.assign(kept, { now, before, flow });
  },
});

/** Whether two evaluations are compared. */
const isAgainst = () => since.value !== '' && asked[2] >= 0 && asked[3] >= 0;

function offer() {
  const steps = timeline?.steps ?? [];
  const of = `${steps.join()}`;
  if (at.dataset.of !== of) {
    for (const select of [at, since]) {
      const before = select.value;
      select.dataset.of = of;
      select.replaceChildren(
        create('option', { value: '' }, select === at ? 'latest' : 'nothing'),
        ...steps.map((step, i) =>
          create(
            'option',
            { value: String(step) },
            `epoch ${count(Math.round(timeline?.epochs[i] ?? 0))}, ${percent(timeline?.accuracy[i] ?? 0)}`,
          ),
        ),
      );
      select.value = steps.includes(Number(before)) && before !== '' ? before : '';
    }
  }
  setDisabled(at, steps.length === 0);
  setDisabled(since, steps.length < 2);
}

/** What flowed, in words. @param {ConfusionFlow} flow */
export function wordsOf({ mended, broken, moved }) {
  return `${count(mended)} became right, ${count(broken)} wrong, ${count(moved)} wrong in another way`;
}

/** The images of a cell of the shown evaluation; of a row where `predicted` is null. @param {number} label @param {number | null} predicted */
export async function examplesOf(label, predicted) {
  return [...(await engine().keptExamples(indexOf(at), label, predicted))];
}

for (const select of [at, since])
  select.addEventListener('change', () => {
    [kept.now, kept.before, kept.flow] = [null, null, null];
    kept.version += 1;
    invalidate();
  });
