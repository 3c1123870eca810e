// The ready experiments as a list of links. A click begins one at once; opened elsewhere, a link begins with it.

import { stop, withEngine } from '../app/actions.js';
import { set } from '../app/commands.js';
import { pageDefault } from '../app/defaults.js';
import { addPart, store } from '../app/store.js';
import { byId, create, setAttribute } from '../ui/dom.js';
import { showNotice } from '../ui/messages.js';
import { collect } from '../rail/data/collect.js';
import { hasSources, loadFiles, useSample, withoutReading } from '../rail/data/load.js';
import { loadClasses, withWay } from '../rail/data/make-way.js';
import { addressOf, EXPERIMENTS } from './experiments.js';

/** @import { Experiment } from './experiments.js' */

const list = byId('experiments', HTMLElement);
const folder = create('input', { type: 'file', webkitdirectory: '', multiple: '' });

/** What an earlier choice may have left, and an experiment begins without. */
const LEFT = ['width', 'height', 'channels', 'embedding', 'architecture'];

/** The experiment that is wanted next, while another one is being prepared. @type {Experiment | null} */
let wanted = null;
let isPreparing = false;

/** @param {Experiment} experiment */
async function begin(experiment) {
  if (experiment.asks === 'collect') return collect();
  if (experiment.asks === 'folder') return folder.click();
  if (store.loading) return showNotice('Still loading the previous images');
  wanted = experiment;
  if (isPreparing) return;
  isPreparing = true;
  while (wanted) {
    const next = wanted;
    wanted = null;
    await withEngine(() => withoutReading(() => prepare(next)));
  }
  isPreparing = false;
}

/** @param {Experiment} experiment */
async function prepare({ title, settings }) {
  if (store.running) await stop();
  const { sample, model, ...rest } = settings;
  for (const name of LEFT) {
    const usual = rest[name] ?? pageDefault(name) ?? '';
    if (store.config[name] !== usual) await set(name, usual);
  }
  if (!(await withWay(() => useSample(sample)))) return; // which has said why
  await set('model', model);
  if (store.model?.preset === model) showNotice(`${title}: press Start`);
}

/** The one that is there. @returns {Experiment | undefined} */
export function experimentNow() {
  if (hasSources()) return undefined;
  const { preset } = store.model ?? {};
  return EXPERIMENTS.find(({ settings }) => settings.sample === store.config.sample && settings.model === preset);
}

/** @param {string} sign */
function signOf(sign) {
  const box = create('span', { class: 'experiment-sign', 'aria-hidden': 'true' });
  if (sign.startsWith('#')) box.innerHTML = `<svg class="icon"><use href="#icon-${sign.slice(1)}"/></svg>`;
  else box.textContent = sign;
  return box;
}

const links = EXPERIMENTS.map((experiment, number) => {
  const link = create(
    'a',
    { href: `#${addressOf(experiment)}`, tabindex: number === 0 ? '0' : '-1', class: 'experiment' },
    signOf(experiment.sign),
    create('b', {}, experiment.title),
    create('span', { class: 'muted small' }, experiment.words),
  );
  link.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a window of its own
    event.preventDefault();
    begin(experiment);
  });
  return link;
});
list.replaceChildren(...links.map((link) => create('li', {}, link)));

folder.addEventListener('change', () => {
  const files = [...(folder.files ?? [])];
  folder.value = ''; // the same folder can be chosen again
  if (files.length > 0) loadClasses(() => loadFiles(files));
});

// One stop of the Tab key; the arrows go through the list.
list.addEventListener('keydown', (event) => {
  const at = links.findIndex((link) => link === document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  const next = links[(to + links.length) % links.length];
  for (const link of links) link.tabIndex = link === next ? 0 : -1;
  next.focus();
});

addPart(() => {
  const now = experimentNow();
  links.forEach((link, number) => {
    if (EXPERIMENTS[number] === now) setAttribute(link, 'aria-current', 'true');
    else link.removeAttribute('aria-current');
  });
});
