// Keys for everything that is done often. They are listed in the help, and never taken from a field or an open dialog.

import { epoch, reset, save, step, toggle } from '../app/actions.js';
import { byId, create, isTyping } from './dom.js';
import { another, enlarge, stepBy } from '../look/example/example-card.js';
import { enterInspector } from '../look/inspector/inspector.js';
import { fit, zoom } from '../network/network.js';
import { showTabNumber } from '../strip/tabs.js';

const help = byId('help', HTMLDialogElement);
const list = byId('key-list', HTMLElement);

/** @type {[keys: string[], words: string, action: (event: KeyboardEvent) => void][]} */
const KEYS = [
  [[' '], 'start or stop', toggle],
  [['s', '.'], 'one step; with Shift an epoch', (event) => (event.shiftKey && event.key === 'S' ? epoch() : step())],
  [['r'], 'reset, same seed', reset],
  [['ArrowLeft'], 'previous image', () => stepBy(-1)],
  [['ArrowRight'], 'next image', () => stepBy(1)],
  [['n'], 'another image', another],
  [['e'], 'larger pictures of the example', enlarge],
  [['f'], 'fit the network', fit],
  [['+', '='], 'zoom in', () => zoom(1.25)],
  [['-'], 'zoom out', () => zoom(0.8)],
  [['l'], 'logarithmic chart; with Shift across', (event) => scaleChart(event.shiftKey)],
  [['1', '2', '3', '4', '5'], 'tabs below the network', (event) => showTabNumber(Number(event.key))],
  [['i'], 'to the inspector; Esc goes on to the network', enterInspector],
  [['?'], 'this help', () => help.showModal()],
];
const WITH_CONTROL = /** @type {Record<string, () => void>} */ ({
  o: () => byId('model-input', HTMLInputElement).click(),
  s: save,
});
/** @param {boolean} across */
async function scaleChart(across) {
  const { toggleLog, toggleLogAcross } = await import('../strip/charts/chart.js');
  (across ? toggleLogAcross : toggleLog)();
}

const NAMES = /** @type {Record<string, string>} */ ({
  ' ': 'Space',
  ArrowLeft: '←',
  ArrowRight: '→',
  '-': '−',
  1: '1 – 5',
});

/** Space and arrows belong to a button, a slider or a link that has the focus. @param {KeyboardEvent} event */
function belongsToFocus({ key, target }) {
  if (!(target instanceof HTMLElement)) return false;
  if (key === ' ') return target.matches('button, summary, a, [role=radio]');
  return key.startsWith('Arrow') && target.matches('input[type=range], [role=radio], [role=separator]');
}

list.replaceChildren(
  ...[
    ...KEYS.map(([keys, words]) => /** @type {[string, string]} */ ([NAMES[keys[0]] ?? keys[0].toUpperCase(), words])),
    ['Ctrl+S', 'save the model'],
    ['Ctrl+O', 'open a model'],
    ['Ctrl+Z', 'undo'],
    ['Shift+Ctrl+Z', 'redo'],
    ['Ctrl+V', 'an image to run or to train on'],
    ['Arrows', 'in the network: from neuron to neuron'],
    ['PgUp PgDn', 'in the network: from layer to layer'],
    ['Enter', 'in the network: into the inspector'],
    ['P', 'in the network: pin'],
    ['Del', 'in the network: hold at zero'],
    ['X', 'in the network: twice, all from here to there'],
    ['Shift+drag', 'in the network: choose all in a rectangle'],
    ['Arrows', 'in the chart: from step to step; with Shift further'],
  ].flatMap(([key, words]) => [create('dt', {}, create('kbd', {}, key)), create('dd', {}, words)]),
);
byId('help-button', HTMLButtonElement).addEventListener('click', () => help.showModal());
addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.altKey || document.querySelector('dialog[open]')) return;
  if (event.ctrlKey || event.metaKey) {
    const action = WITH_CONTROL[event.key.toLowerCase()];
    if (action && !event.shiftKey) {
      event.preventDefault();
      action();
    }
    return;
  }
  if (isTyping(event.target) || belongsToFocus(event)) return;
  const found = KEYS.find(([keys]) => keys.includes(event.key.length === 1 ? event.key.toLowerCase() : event.key));
  if (!found || (event.repeat && !event.key.startsWith('Arrow'))) return;
  event.preventDefault();
  found[2](event);
});
