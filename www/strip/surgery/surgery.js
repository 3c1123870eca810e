// Surgery on a layer: what can be done, how much of it, and what it would do to sizes, speed and outputs, before it is done.

import { edit } from '../../app/commands.js';
import { jobOf, runJob } from '../../app/jobs.js';
import { addPart, invalidate, same, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { byId, create, radioGroup, setAttribute, setDisabled, setHidden, setOptions, setText } from '../../ui/dom.js';
import { count, counted, significant } from '../../ui/format.js';
import { isTabSeen } from '../shown-tab.js';
import { amount } from './amount.js';
import { showContributions } from './contributions.js';
import { showEffect } from './effect.js';

/** @import { Contributions, Operation, OperationEffect, SurgeryPlan, UnitCensus } from '../../engine/types.js' */

/** @typedef {'widen' | 'deepen' | 'cull' | 'recycle' | 'vacuum' | 'thin' | 'remove'} Kind */

/** What each operation does. @type {Record<Kind, string>} */
const WORDS = {
  widen:
    'New neurons read what the others read. Nothing depends on them yet, or they share what depends on others, so the network answers as before and can learn more.',
  deepen: 'A new layer behind this one repeats its values, and learns from there.',
  cull: 'Neurons that the network can do without go. What read them reads the rest.',
  recycle: 'Neurons of little use begin again with new random weights, and nothing depends on them yet.',
  vacuum: 'Weak weights go. The lists of a sparse layer become shorter; in other layers the weights stay at zero.',
  thin: 'Only the strongest of every few weights of a neuron stay; the others are held at zero.',
  remove:
    'The layer goes. What read it reads what it read; layers that then see another shape begin with random weights.',
};
/** What the buttons say. @type {Record<Kind, string>} */
const BUTTONS = {
  widen: 'Add neurons',
  deepen: 'Add layer',
  cull: 'Remove neurons',
  recycle: 'Begin again',
  vacuum: 'Remove weights',
  thin: 'Keep the strongest',
  remove: 'Remove layer',
};
/** Milliseconds that a control rests before the preview begins. */
const REST = 250;

const layer = byId('surgery-layer', HTMLSelectElement);
const words = byId('surgery-words', HTMLElement);
const controls = byId('surgery-controls', HTMLElement);
const found = byId('surgery-census', HTMLElement);
const apply = byId('surgery-apply', HTMLButtonElement);
const status = byId('surgery-status', HTMLElement);

/** @type {Kind} */
let kind = 'widen';
/** @type {SurgeryPlan | null} */
let plan = null;
/** @type {UnitCensus | null} */
let census = null;
/** What each neuron contributes, once that was measured. @type {Contributions | null} */
let contributions = null;
/** The network and the layer that plan and census are of. @type {unknown[]} */
let planned = [];
/** What the controls ask for. @type {Operation | null} */
let wanted = null;
/** The last preview, with what it is of. @type {{ operation: Operation, effect: OperationEffect } | null} */
let preview = null;
/** Why there is no preview. */
let refusal = '';
let rest = 0;
/** The preview was put off while the tab was hidden. */
let isLate = false;

const place = () => [layer.value, store.stamps.network, store.stamps.data];
const block = () => Number(layer.value);
const seed = () => Date.now() % 1e6;
const countsUnits = () => kind === 'cull' || kind === 'recycle';

function draw() {
  if (!isTabSeen('surgery') || !store.engine || !store.model) return;
  const layers = store.model.blocks.flatMap(({ name, inputs }, index) =>
    inputs.length > 0 ? [[String(index), name]] : [],
  );
  setOptions(layer, layers);
  if (!same(planned, place())) forget();
  if (!plan) lookAtPlan(layer.value);
  if (isLate) foresee();
  const isCounting = jobOf('census') !== null;
  setText(words, WORDS[kind]);
  setText(found, isCounting ? 'Looking which neurons are used …' : census && countsUnits() ? wordsOf(census) : '');
  const current = preview && preview.operation === wanted ? preview.effect : null;
  showEffect(current);
  setText(apply, BUTTONS[kind]);
  setDisabled(apply, current === null);
  setText(status, refusal || (jobOf('preview') ? 'Trying it on a copy …' : ''));
  setAttribute(status, 'data-refused', String(refusal !== ''));
}

/** Another layer, or another network: everything is asked again. */
function forget() {
  planned = place();
  [plan, census, contributions, wanted, preview, refusal] = [null, null, null, null, null, ''];
  controls.replaceChildren();
}

const lookAtPlan = createView({
  every: 250,
  ask: () => [['surgeryPlan', block()]],
  take(/** @type {SurgeryPlan} */ answer) {
    if (plan || answer.block !== block()) return;
    plan = answer;
    arrange();
    invalidate();
  },
});

/** @param {UnitCensus} census */
function wordsOf({ units, silent, unread, rare }) {
  const unit = plan?.isMap ? 'channel' : 'neuron';
  return `${counted(units, unit)}: ${count(silent.length)} that nothing wakes, ${count(unread.length)} that nothing reads, ${count(rare.length)} that few images wake.`;
}

/** Puts up the controls of an operation, at what is proposed. */
function arrange() {
  controls.replaceChildren();
  [preview, refusal] = [null, ''];
  if (!plan) return;
  const unit = plan.isMap ? 'channels' : 'neurons';
  if (kind === 'widen') {
    arrangeWiden(plan, unit);
  } else if (kind === 'deepen') arrangeDeepen(plan);
  else if (kind === 'vacuum') {
    const { threshold } = plan;
    const send = (/** @type {number} */ least) => want({ vacuum: { block: block(), least } });
    controls.append(
      amount({ label: 'Below', low: 1e-7, high: 1, value: threshold || 1e-3, logarithmic: true }, send).element,
      hint(`Proposed: 1 / (8 × inputs of a neuron) = ${significant(threshold, 2)}`),
    );
    send(threshold || 1e-3);
  } else if (kind === 'thin') {
    let [keep, of] = [2, 4];
    const send = () => want({ thin: { block: block(), keep: Math.min(keep, of - 1), of } });
    controls.append(
      amount({ label: 'Keep', low: 1, high: 15, value: keep }, (value) => ((keep = value), send())).element,
      amount({ label: 'From every', low: 2, high: 16, value: of }, (value) => ((of = value), send())).element,
    );
    send();
  } else if (kind === 'remove') want({ remove: { block: block(), seed: seed() } });
  else if (census) arrangeChoice(census);
  else countUnits();
}

/** @param {SurgeryPlan} plan @param {string} unit */
function arrangeWiden({ units: count, more, comparesLines }, unit) {
  let [units, begin] = [more, 'silent'];
  const send = () => {
    if (begin === 'lines') chooseLines(units);
    else want({ widen: { block: block(), units, copies: begin === 'copies', seed: seed() } });
  };
  const options = [
    ['silent', 'new, and nothing reads them'],
    ['copies', 'as copies of others'],
    ...(comparesLines ? [['lines', 'comparing two lines']] : []),
  ];
  controls.append(
    amount({ label: `New ${unit}`, low: 1, high: Math.max(2 * count, more), value: units }, (value) => {
      units = value;
      send();
    }).element,
    select('Begin', options, (value) => {
      begin = value;
      send();
    }),
  );
  send();
}

/** Pairs of lines on which the images differ most, once the number rests. @param {number} units */
function chooseLines(units) {
  refuse('Choosing lines by the images …');
  rest = window.setTimeout(async () => {
    const of = place();
    const answer = await runJob('lines', { block: block(), units, seed: seed() }, (error) => refuse(sentence(error)));
    if (answer && kind === 'widen' && same(of, place())) want({ lines: { block: block(), pairs: answer.pairs } });
  }, REST);
}

/** @param {string} words @param {string} tip @param {(checked: boolean) => void} set */
function checkbox(words, tip, set) {
  const box = create('input', { type: 'checkbox' });
  box.addEventListener('change', () => set(box.checked));
  return create('label', { class: 'check', 'data-tip': tip }, box, create('span', {}, words));
}

/** @param {SurgeryPlan} plan */
function arrangeDeepen({ isMap }) {
  let [kernel, linear] = [1, false];
  const send = () => want({ deepen: { block: block(), kernel, linear } });
  if (isMap) {
    const reach = select(
      'Sees',
      [
        ['1', 'each pixel alone'],
        ['3', '3 × 3 pixels'],
        ['5', '5 × 5 pixels'],
      ],
      (value) => {
        kernel = Number(value);
        send();
      },
    );
    controls.append(reach);
  }
  controls.append(
    checkbox(
      'without an activation',
      'Needed behind layers whose values no other activation leaves as they are',
      (checked) => ((linear = checked), send()),
    ),
  );
  send();
}

/** Which neurons go. @param {UnitCensus} census */
function arrangeChoice(census) {
  const { ranked, silent, unread, rare, units } = census;
  let which = silent.length > 0 ? 'silent' : unread.length > 0 ? 'unread' : 'weakest';
  let number = Math.max(1, Math.round(units / 20));
  const warning = hint('');
  const worth = create('div', { class: 'surgery-worth' });
  const many = amount({ label: 'How many', low: 1, high: Math.max(1, units - 1), value: number }, (value) => {
    number = value;
    send();
  });
  const send = () => {
    setHidden(many.element, !['weakest', 'missed'].includes(which));
    setHidden(worth, which !== 'missed');
    setText(warning, '');
    if (which === 'missed' && !contributions) return measure();
    if (which === 'missed' && contributions) showContributions(worth, contributions, number);
    const order = which === 'missed' && contributions ? contributions.ranked : ranked;
    const chosen = which === 'silent' ? silent : which === 'unread' ? unread : order.slice(0, number);
    const few = chosen.filter((unit) => rare.includes(unit)).length;
    setText(warning, few > 0 ? `${count(few)} of them answer to few images, but those may need them.` : '');
    if (chosen.length === 0)
      return refuse(which === 'silent' ? 'Something wakes each of them.' : 'Each of them is read.');
    const picked = { block: block(), units: chosen };
    want(kind === 'cull' ? { cull: picked } : { recycle: { ...picked, seed: seed() } });
  };
  const measure = async () => {
    const of = place();
    refuse('');
    setText(warning, 'Leaving them out one by one …');
    const answer = await runJob('knockout', { block: block() }, (error) => refuse(sentence(error)));
    if (!answer || !same(of, place()) || !worth.isConnected) return;
    contributions = answer;
    send();
  };
  const options = [
    ['silent', `nothing wakes them (${count(silent.length)})`],
    ['unread', `nothing reads them (${count(unread.length)})`],
    ['weakest', 'smallest at their largest'],
    ['missed', 'missed least when left out'],
  ];
  const choice = select('Which', options, (value) => {
    which = value;
    send();
  });
  const box = choice.querySelector('select');
  if (box) box.value = which;
  controls.append(choice, many.element, warning, worth);
  send();
}

/** Looks which neurons are used. */
async function countUnits() {
  const of = place();
  const answer = await runJob('census', { block: block() }, (error) => refuse(sentence(error)));
  if (!answer || !same(of, place()) || !countsUnits()) return;
  census = answer;
  arrange();
}

/** @param {string} text */
const hint = (text) => create('p', { class: 'muted small' }, text);

/** @param {string} label @param {string[][]} options @param {(value: string) => void} onChoice */
function select(label, options, onChoice) {
  const box = create('select', { 'aria-label': label, autocomplete: 'off' });
  setOptions(box, options);
  box.addEventListener('change', () => onChoice(box.value));
  return create('label', { class: 'surgery-field' }, create('span', {}, label), box);
}

/** @param {unknown} error */
const sentence = (error) => (error instanceof Error ? error.message : String(error));

/** @param {string} text */
function refuse(text) {
  [wanted, preview, refusal] = [null, null, text];
  clearTimeout(rest);
  invalidate();
}

/** The controls ask for this; what it would do is found out once they rest. @param {Operation} operation */
function want(operation) {
  [wanted, refusal] = [operation, ''];
  clearTimeout(rest);
  rest = window.setTimeout(foresee, REST);
  invalidate();
}

async function foresee() {
  const operation = wanted;
  isLate = !isTabSeen('surgery');
  if (!operation || isLate) return;
  const effect = await runJob('preview', { operation }, (error) => {
    if (wanted === operation) refuse(sentence(error));
  });
  if (effect && wanted === operation) preview = { operation, effect };
  invalidate();
}

const show = radioGroup(byId('surgery-kinds', HTMLElement), (value) => {
  kind = /** @type {Kind} */ (value);
  arrange();
  invalidate();
});
show(kind);
addPart(draw);
layer.addEventListener('change', invalidate);
apply.addEventListener('click', async () => {
  if (!wanted || preview?.operation !== wanted) return;
  const operation = wanted;
  setDisabled(apply, true);
  const { block } = Object.values(operation)[0];
  if (await edit({ do: 'operate', operation }))
    layer.value = String(Math.min(block, (store.model?.blocks.length ?? 1) - 1));
  invalidate();
});
