// The layer list: every layer a row with its sizes, checked by the engine at each change; builds the network from it.
// And the other way to a network: a new head on what this one has learnt.

import { withEngine } from '../../app/actions.js';
import { set } from '../../app/commands.js';
import { addPart, store } from '../../app/store.js';
import { byId, create, setDisabled, setHidden, setText } from '../../ui/dom.js';
import { count, counted } from '../../ui/format.js';
import { compose, rowOf } from './layer-row.js';
import { drawLayers } from './layers-picture.js';
import { showNotice } from '../../ui/messages.js';

/** @import { Draft, DraftLine, LayerKind } from '../../engine/types.js' */

const dialog = byId('layers-dialog', HTMLDialogElement);
const openButton = byId('edit-layers', HTMLButtonElement);
const from = byId('layers-from', HTMLSelectElement);
const list = byId('layers-list', HTMLOListElement);
const picture = byId('layers-picture', HTMLElement);
const addKind = byId('layers-add-kind', HTMLSelectElement);
const addButton = byId('layers-add', HTMLButtonElement);
const text = byId('layers-text', HTMLTextAreaElement);
const verdict = byId('layers-verdict', HTMLElement);
const build = byId('layers-build', HTMLButtonElement);
const loss = byId('layers-loss', HTMLSelectElement);
const optimizer = byId('layers-optimizer', HTMLSelectElement);
const momentum = byId('layers-momentum', HTMLInputElement);
const decay = byId('layers-decay', HTMLInputElement);
const head = byId('head-kind', HTMLSelectElement);
const freeze = byId('head-freeze', HTMLSelectElement);
const schedule = byId('head-schedule', HTMLSelectElement);
const headButton = byId('head-build', HTMLButtonElement);
const headWords = byId('head-words', HTMLElement);

/** @type {LayerKind[]} */
let kinds = [];
/** What the rows show. @type {DraftLine[]} */
let lines = [];
/** The check whose answer counts; earlier ones are late. */
let asked = 0;

async function open() {
  await withEngine(async (engine) => {
    if (kinds.length === 0) {
      kinds = await engine.layerKinds();
      addKind.replaceChildren(...kinds.map(({ name, about }) => create('option', { value: name, title: about }, name)));
    }
    showSettings();
    showHead();
    dialog.showModal();
    await begin('');
  });
}

/** Takes the network as it is, or a preset, as the list. @param {string} preset */
async function begin(preset) {
  const { engine } = store;
  if (!engine) return;
  from.value = preset;
  try {
    await check(await engine.draft(preset || undefined), true);
  } catch (error) {
    lines = [];
    list.replaceChildren();
    picture.replaceChildren();
    const advice = preset ? 'Start from another one.' : 'Start from a preset instead.';
    say(`${error instanceof Error ? error.message : error}. ${advice}`, true);
  }
}

/**
 * Shows what the engine makes of a text.
 * @param {string} written
 * @param {boolean} rebuild whether the rows are made again; else only their shapes, so that the typing goes on
 */
async function check(written, rebuild) {
  const { engine } = store;
  if (!engine) return;
  const mine = ++asked;
  const draft = await engine.checkDraft(written);
  if (mine !== asked) return;
  if (rebuild) {
    lines = draft.lines.map(({ kind, name, values, activation, code, from: inputs }) => ({
      kind: kind ?? '',
      name: name ?? '',
      values: values ?? [],
      activation: activation ?? 'linear',
      code: code ?? false,
      from: inputs ?? [],
    }));
    list.replaceChildren(...lines.map((line, at) => rowOf(line, at, lines.length, kinds, actions)));
  }
  if (document.activeElement !== text) text.value = written;
  show(draft);
}

/** @param {Draft} draft */
function show(draft) {
  draft.lines.forEach(({ title, shape, parameters, error }, at) => {
    const row = list.children[at];
    const words = row?.querySelector('.layer-shape');
    if (!row || !words) return;
    row.classList.toggle('wrong', error !== null && title === '' && !error.startsWith('waits'));
    setText(words, error ?? `${title} · ${shape}${parameters > 0 ? ` · ${count(parameters)} parameters` : ''}`);
  });
  const { task, parameters, error } = draft;
  if (store.data) drawLayers(picture, draft.lines, store.data, focusRow);
  say(
    error ?? `${/^[aeiou]/.test(task ?? '') ? 'An' : 'A'} ${task} of ${counted(parameters, 'parameter')}`,
    error !== null,
  );
}

/** @param {string} words @param {boolean} wrong */
function say(words, wrong) {
  setText(verdict, words);
  verdict.classList.toggle('wrong', wrong);
  setDisabled(build, wrong);
}

const written = () => lines.map((line) => compose(line, kinds)).join('\n');

/** What a row's controls do. */
const actions = {
  changed: () => check(written(), false),
  insert: add,
  /** @param {number} at @param {number} by */
  move(at, by) {
    const [line] = lines.splice(at, 1);
    lines.splice(at + by, 0, line);
    return check(written(), true).then(() => focusRow(at + by, by < 0 ? 'up' : 'down'));
  },
  /** @param {number} at */
  remove(at) {
    lines.splice(at, 1);
    return check(written(), true).then(() => focusRow(Math.min(at, lines.length - 1)));
  },
};

/** @param {number} at @param {string} [button] the one that was pressed, to be pressed again */
function focusRow(at, button = '') {
  const row = list.children[at];
  const again = button === '' ? null : row?.querySelector(`button[aria-label$=", ${button}"]:enabled`);
  /** @type {HTMLElement | null | undefined} */ (again ?? row?.querySelector('select'))?.focus();
}

/** Inserts a layer of the chosen kind above another. @param {number} at */
function add(at) {
  const kind = kinds.find(({ name }) => name === addKind.value);
  if (!kind) return;
  lines.splice(at, 0, {
    kind: kind.name,
    name: '',
    values: kind.fields.map((field) => field.default),
    activation: 'linear',
    code: false,
    from: [],
  });
  check(written(), true).then(() => focusRow(at));
}

async function buildNetwork() {
  for (const [name, control] of /** @type {const} */ ([
    ['optimizer', optimizer],
    ['momentum', momentum],
    ['weight-decay', decay],
    ['loss', loss],
  ])) {
    if (control.value !== '' && control.value !== store.config[name]) await set(name, control.value);
  }
  dialog.close();
  await set('architecture', written().replaceAll('\n', '; '));
}

function showSettings() {
  for (const [name, control] of /** @type {const} */ ([
    ['loss', loss],
    ['optimizer', optimizer],
  ])) {
    const key = store.keys.find((known) => known.name === name);
    control.replaceChildren(...(key?.choices ?? []).map((choice) => create('option', { value: choice }, choice)));
    control.value = store.config[name] ?? '';
  }
  momentum.value = store.config.momentum ?? '';
  decay.value = store.config['weight-decay'] ?? '';
  const names = store.keys.find(({ name }) => name === 'model')?.choices ?? [];
  from.replaceChildren(
    create('option', { value: '' }, 'current network'),
    ...names.map((name) => create('option', { value: name }, name)),
  );
}

// --- A new head on what was learnt

function showHead() {
  const classes = store.data?.classes.length ?? 0;
  setDisabled(headButton, classes < 2);
  setText(
    headWords,
    classes < 2
      ? 'The images have no classes: drop a folder with one folder for each.'
      : `Drops the decoder or the last layer, keeps what the others have learnt, and adds a head that predicts the ${counted(classes, 'class', 'classes')} of these images.`,
  );
  const blocks = (store.model?.blocks ?? []).filter(({ parameters }) => parameters > 0).slice(0, -1);
  freeze.replaceChildren(
    create('option', { value: 'all' }, 'all of it'),
    create('option', { value: 'none' }, 'nothing'),
    ...blocks.map(({ name }) => create('option', { value: name }, `up to ${name}`)),
  );
  showFreeze();
}

/** Schedules freeze and thaw by themselves. */
function showFreeze() {
  setDisabled(freeze, schedule.value !== 'none');
}

async function buildHead() {
  dialog.close();
  await withEngine(async (engine) => {
    const before = store.config['transfer-schedule'];
    await engine.set('transfer-schedule', schedule.value);
    const notice = await engine.transfer('auto', freeze.value, head.value).catch(async (error) => {
      await engine.set('transfer-schedule', before);
      throw error;
    });
    showNotice(notice.text);
  }, 'The network is as it was.');
}

addPart(() => {
  setDisabled(openButton, store.engine === null || store.model === null || store.loading);
  setHidden(momentum.parentElement ?? momentum, optimizer.value !== 'sgd');
});
openButton.addEventListener('click', open);
from.addEventListener('change', () => begin(from.value));
addButton.addEventListener('click', () => add(Math.max(0, lines.length - 1))); // the last one makes the output
text.addEventListener('input', () => check(text.value, true));
optimizer.addEventListener('change', () => setHidden(momentum.parentElement ?? momentum, optimizer.value !== 'sgd'));
build.addEventListener('click', buildNetwork);
schedule.addEventListener('change', showFreeze);
headButton.addEventListener('click', buildHead);
