// Controls made from the engine's table of keys: the bound ones of the cards, and a line for every other key.

import { fitting } from '../../app/actions.js';
import { set, settingOf, settings } from '../../app/commands.js';
import { defaultOf } from '../../app/defaults.js';
import { addPart, keyOf, same, store } from '../../app/store.js';
import { byId, create, setAttribute, setHidden, setValue } from '../../ui/dom.js';
import { count } from '../../ui/format.js';
import { showNotice } from '../../ui/messages.js';
import { settingWords } from './setting-words.js';

/** @import { Effect, Key } from '../../engine/types.js' */

const list = byId('settings-list', HTMLElement);
const search = byId('settings-search', HTMLInputElement);
const nothing = byId('settings-none', HTMLElement);

/** Keys with a place of their own on the page, or none because a page has no directories. */
const ELSEWHERE = [
  'model',
  'cut',
  'freeze',
  'head',
  'architecture',
  'embedding',
  'width',
  'height',
  'channels',
  'learning-rate',
  'batch-size',
  'optimizer',
  'loss',
  'threads',
  'snapshot-interval',
  'checkpoint-interval',
]; // threads are made before the engine starts, and a page writes no snapshots by itself
/** What changing a setting costs, where it does not simply act. @type {Record<Effect, { tag: string, words: string } | null>} */
const COSTS = {
  live: null,
  door: null,
  reorder: { tag: 'restarts epoch', words: 'Changing it begins this epoch again in another order.' },
  divide: { tag: 'new split', words: 'Changing it divides the images again into training, validation and test.' },
  reload: { tag: 'reloads images', words: 'Changing it reads the images again.' },
  optimiser: { tag: 'restarts optimiser', words: 'Changing it starts the optimiser again; the weights stay.' },
  surgery: { tag: 'resizes network', words: 'Changing it resizes the network; the other weights stay.' },
  rebuild: { tag: 'new network', words: 'Changing it builds a new network, and training starts again.' },
};
const TITLES = {
  data: 'Data',
  model: 'Model',
  training: 'Training',
  manifold: 'Manifold',
  columns: 'Spiking columns',
  machine: 'Machine',
};
/** Groups of settings that act only on learners with one of these abilities. @type {Record<string, string>} */
const NEEDS = { manifold: 'structure rewire', columns: 'columns' };

/** A slider acts while it is moved, but each value it rests at is one event of the training, not each pixel. */
const DRAG_MILLISECONDS = 120;

/** Shows what the engine now has, in every control. @type {(() => void)[]} */
const shows = [];

/**
 * A slider whose middle is the geometric one, with a number box beside it. Both act while they are moved.
 * @param {string} name of the key
 * @param {HTMLInputElement} slider
 * @param {HTMLInputElement} box
 * @param {(position: number) => number} value of a position of the slider
 * @param {(value: number) => number} position
 */
export function bindSlider(name, slider, box, value, position) {
  const show = () => {
    const now = valueNow(name);
    if (now === undefined) return;
    setValue(box, now);
    // Several positions round to one value; the slider moves only where it stands for another.
    if (fitting(name, value(Number(slider.value))) !== now) slider.value = String(position(Number(now)));
    setAttribute(slider, 'aria-valuetext', now);
  };
  /** @param {number} number @param {number} [delay] */
  const send = (number, delay) => {
    if (!Number.isFinite(number)) return;
    set(name, fitting(name, number), delay);
    show();
  };
  const toDefault = () => {
    const found = defaultOf(name);
    if (found !== undefined) send(Number(found));
  };
  slider.addEventListener('input', () => send(value(Number(slider.value)), DRAG_MILLISECONDS));
  box.addEventListener('change', () => {
    const wish = box.valueAsNumber;
    send(wish);
    show();
    const { min, max } = box;
    if (wish < Number(min) || wish > Number(max))
      showNotice(`${box.ariaLabel} goes from ${grouped(min)} to ${grouped(max)}; ${grouped(box.value)} was set`);
  });
  slider.addEventListener('dblclick', toDefault);
  shows.push(show);
  return {
    setUp() {
      describe(name, slider);
      describe(name, box);
      limit(name, box);
      show();
    },
  };
}

/** What a slider shows: the learning rate as plateaus and divergence have left it. @param {string} name */
function valueNow(name) {
  const value = settingOf(name);
  const factor = store.status?.rateFactor ?? 1;
  if (name !== 'learning-rate' || factor === 1 || value !== store.config[name]) return value;
  return fitting(name, Number(value) * factor);
}

/** 4096 -> "4,096", but "0.00001" as it is. @param {string} number */
const grouped = (number) => (Number.isInteger(Number(number)) ? count(Number(number)) : number);

/** @param {string} name of the key @param {HTMLSelectElement} select */
export function bindChoice(name, select) {
  shows.push(() => setValue(select, settingOf(name) ?? ''));
  select.addEventListener('change', () => set(name, select.value));
  return {
    setUp() {
      select.replaceChildren(
        ...(keyOf(name)?.choices ?? []).map((choice) => create('option', { value: choice }, choice)),
      );
      describe(name, select);
      setValue(select, settingOf(name) ?? '');
    },
  };
}

/** A line for every key that has no other place, by group. */
export function showAllSettings() {
  list.replaceChildren();
  for (const [group, title] of Object.entries(TITLES)) {
    const keys = store.keys.filter((key) => key.group === group && !ELSEWHERE.includes(key.name));
    if (keys.length === 0) continue;
    const name = create('summary', {}, title, create('span', { class: 'muted small' }, String(keys.length)));
    const part = create('details', { class: 'settings-group' }, name, create('div', {}, ...keys.map(line)));
    if (group in NEEDS) part.dataset.needs = NEEDS[group];
    list.append(part);
  }
  shown = [];
}

/** What the controls showed last. @type {unknown[]} */
let shown = [];

function draw() {
  const now = [store.config, settings.answered, store.status?.rateFactor, store.suited];
  if (same(now, shown)) return;
  if (shown[3] !== store.suited) for (const [control, name] of described) describe(name, control);
  shown = now;
  for (const show of shows) show();
}

/** @param {Key} key */
function line(key) {
  const id = `setting-${key.name}`;
  const control = key.kind === 'choice' ? choice(key) : input(key);
  control.id = id;
  describe(key.name, control);
  control.addEventListener('change', () => {
    if (control.value === '' && key.kind === 'number') set(key.name, key.zero ? '0' : (defaultOf(key.name) ?? ''));
    else if (control instanceof HTMLSelectElement || control.checkValidity()) set(key.name, control.value);
    else {
      control.reportValidity();
    }
  });
  shows.push(() => setValue(control, shownValue(key)));
  const words = create('span', { class: 'muted small' }, COSTS[key.effect]?.tag ?? '');
  const label = create('label', { for: id }, settingWords(key.name), ' ', words);
  return create('div', { class: 'setting', 'data-words': wordsFor(key) }, label, control);
}

/** The words that were looked for last. */
let looked = '';

/** The words by which a setting is found. @param {Key} key */
const wordsFor = ({ name, help, choices }) =>
  [settingWords(name), name.replaceAll('-', ' '), name, help, ...choices].join(' ').toLowerCase();

/** Leaves the settings that have every word that was typed, in open groups. */
function find() {
  const wanted = search.value.toLowerCase().split(' ').filter(Boolean);
  if (search.value === looked) return; // the groups stay as they are
  looked = search.value;
  let number = 0;
  for (const group of list.querySelectorAll('details')) {
    let isThere = false;
    for (const each of group.querySelectorAll('.setting')) {
      const fits = wanted.every((word) => each.getAttribute('data-words')?.includes(word));
      setHidden(each, !fits);
      isThere ||= fits;
      number += Number(fits && !group.hasAttribute('hidden')); // by ui/needs.js
    }
    group.classList.toggle('empty', !isThere);
    group.open = isThere && wanted.length > 0;
  }
  setHidden(nothing, number > 0);
}

/** @param {Key} key */
function shownValue(key) {
  const value = settingOf(key.name) ?? key.default;
  return key.zero && value === '0' ? '' : value;
}

/** A value as its control shows it: 0 may have a word of its own. @param {Key} key @param {string} value */
const wordOf = (key, value) => (key.zero && value === '0' ? key.zero : value);

/** @param {Key} key */
function choice(key) {
  return create('select', {}, ...key.choices.map((name) => create('option', { value: name }, name)));
}

/** @param {Key} key */
function input(key) {
  if (key.kind === 'text') return create('input', { type: 'text', spellcheck: 'false' });
  const field = create('input', { type: 'number', step: key.whole ? '1' : 'any', placeholder: key.zero ?? '' });
  if (key.min !== null) field.min = String(key.min);
  if (key.max !== null) field.max = String(key.max);
  return field;
}

/** The controls with a tip that names a default. @type {Map<HTMLElement, string>} */
const described = new Map();

/** @param {string} name @param {HTMLElement} control */
function describe(name, control) {
  described.set(control, name);
  const key = keyOf(name);
  if (!key) return;
  const sentences = [
    `${key.help.charAt(0).toUpperCase()}${key.help.slice(1)}.`,
    `Default ${wordOf(key, defaultOf(name) ?? '')}.`,
    COSTS[key.effect]?.words ?? '',
    `Key: ${name}.`,
  ];
  setAttribute(control, 'data-tip', sentences.join(' ').trim());
}

/** @param {string} name @param {HTMLInputElement} box */
function limit(name, box) {
  const key = keyOf(name);
  if (key && key.min !== null) box.min = String(key.min);
  if (key && key.max !== null) box.max = String(key.max);
}

addPart(draw);
for (const name of ['input', 'focus']) search.addEventListener(name, find);
