// The ready experiments as a list of links. A click begins one at once; opened elsewhere, a link begins with it.

import { stop, withEngine } from '../app/actions.js';
import { set } from '../app/commands.js';
import { pageDefault } from '../app/defaults.js';
import { addPart, can, store } from '../app/store.js';
import { byId, create, setAttribute } from '../ui/dom.js';
import { showNotice } from '../ui/messages.js';
import { collect } from '../rail/data/collect.js';
import { hasSources, useSample } from '../rail/data/load.js';
import { addressOf, EXPERIMENTS } from './experiments.js';

/** @import { Experiment } from './experiments.js' */

const list = byId('experiments', HTMLElement);

/** What an earlier choice may have left, and an experiment begins without. */
const LEFT = ['width', 'height', 'channels', 'embedding', 'architecture'];

/** Networks that learn from pairs or letters alone refuse other data: one that learns from any takes their place first. */
async function makeWay() {
  if (!can('translate') && !can('exchange')) return;
  const any = store.data?.kinds.find((kind) => kind.startsWith('autoencoder'));
  if (any) await set('model', any);
}

/** @param {Experiment} experiment */
async function begin({ title, settings, asks }) {
  if (store.running) await stop();
  if (asks === 'collect') return collect();
  if (asks === 'folder') return byId('folder-input', HTMLInputElement).click();
  await withEngine(async () => {
    const { sample, model, ...rest } = settings;
    for (const name of LEFT) {
      const usual = rest[name] ?? pageDefault(name) ?? '';
      if (store.config[name] !== usual) await set(name, usual);
    }
    await makeWay();
    await useSample(sample);
    await set('model', model);
    showNotice(`${title}: press Start`);
  });
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
