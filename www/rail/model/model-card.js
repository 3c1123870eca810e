// The model card: which network, how large, and its file.

import { save, withEngine } from '../../app/actions.js';
import { set, settings } from '../../app/commands.js';
import { addPart, can, embedding, followExample, keyOf, same, store, touch } from '../../app/store.js';
import { byId, create, radioGroup, setAttribute, setDisabled, setHidden, setText, setValue } from '../../ui/dom.js';
import { brief, count, counted } from '../../ui/format.js';
import { hasSources, loadFiles, useSample } from '../data/load.js';

/** @import { Block, ModelSummary } from '../../engine/types.js' */

const preset = byId('preset', HTMLSelectElement);
const presetWords = byId('preset-words', HTMLElement);
const task = byId('model-task', HTMLElement);
const focusField = byId('focus-field', HTMLElement);
const embeddingField = byId('embedding-field', HTMLElement);
const embeddingSlider = byId('embedding-slider', HTMLInputElement);
const embeddingSize = byId('embedding-size', HTMLInputElement);
const sizeForm = byId('size-form', HTMLFormElement);
const width = byId('width', HTMLInputElement);
const height = byId('height', HTMLInputElement);
const channels = byId('channels', HTMLSelectElement);
const sizeApply = byId('size-apply', HTMLButtonElement);
const neurons = byId('neurons', HTMLElement);
const connections = byId('connections', HTMLElement);
const parameters = byId('parameters', HTMLElement);
const layersTitle = byId('layers-title', HTMLElement);
const layerList = byId('layer-list', HTMLElement);
const saveButton = byId('save', HTMLButtonElement);
const openButton = byId('open-model', HTMLButtonElement);
const modelInput = byId('model-input', HTMLInputElement);

/** A line for each preset; one that is not here still works. @type {Record<string, string>} */
const WORDS = {
  autoencoder: 'Compresses each image and redraws it (best start)',
  'autoencoder-dense': 'The same, with every neuron connected to all',
  'autoencoder-local': 'The same, with weights of its own at every place',
  unet: 'Turns each image into its partner',
  'classifier-mlp': 'Names images too; every neuron connected to all',
  'classifier-cnn': 'Learns to name your folders (images)',
  manifold: 'Makes and cuts its own connections',
  graph: 'Neurons read each other, in steps',
  letters: 'Two networks: A to a, and a to A',
  'letters-sparse': 'The same, sparse, by its first recipe',
  'letters-contours': 'The same with points of contours',
  columns: 'Columns of spiking neurons, without gradients',
  own: 'Built from a list of layers',
};
/** Kinds whose names on the page are others than the engine's. @type {Record<string, string>} */
const NAMES = { own: 'custom' };
const CHANNEL_WORDS = /** @type {Record<string, string>} */ ({ auto: 'auto', 1: 'grey', 3: 'colour' });

/** What the card shows. @type {unknown[]} */
let seen = [];
/** The kinds that are offered: those that suit the images, and the others. @type {string[]} */
let offered = [];

function draw() {
  const ready = store.engine !== null && store.model !== null;
  for (const control of [preset, saveButton, openButton]) setDisabled(control, !ready);
  const { model } = store;
  const now = [ready, model, store.data?.kinds.join(), store.config, settings.answered, store.loading];
  if (!model || same(now, seen)) return;
  seen = now;
  showChoices();
  const { width: w, height: h, channels: c } = model.input;
  setText(task, `${model.task} · ${w} × ${h} × ${c}`);
  setText(presetWords, WORDS[model.preset] ?? '');
  setHidden(focusField, !can('exchange'));
  showFocus(model.task === 'make-uppercase' ? '1' : '0');
  setHidden(embeddingField, !can('embed'));
  setText(neurons, brief(model.neurons));
  setText(connections, brief(model.connections));
  setText(parameters, brief(model.parameters));
  neurons.title = counted(model.neurons, 'neuron');
  connections.title = counted(model.connections, 'connection');
  parameters.title = counted(model.parameters, 'parameter');
  setText(layersTitle, counted(model.blocks.length - 1, 'layer')); // the first block is the input
  layerList.replaceChildren(...model.blocks.map(layer));
  showSettings();
}

/** @param {Block} block */
function layer(block) {
  const size = `${block.width} × ${block.height} × ${block.channels}`;
  const what = [
    block.title,
    block.activation && block.activation !== 'linear' ? block.activation : '',
    block.frozen ? 'frozen' : '',
  ];
  return create(
    'li',
    {},
    create('span', {}, block.name),
    create('span', {}, size),
    create(
      'span',
      { class: 'what' },
      [...what, block.parameters > 0 ? `${count(block.parameters)} parameters` : ''].filter(Boolean).join(' · '),
    ),
  );
}

/** Networks for letters learn the built-in alphabet until there are fonts. */
async function choosePreset() {
  const kind = preset.value;
  if (kind.startsWith('letters') && !hasSources() && store.config.sample !== 'letters') await useSample('letters');
  set('model', kind);
}

function showChoices() {
  const names = keyOf('model')?.choices ?? [];
  const known = store.model && !names.includes(store.model.preset) ? [...names, store.model.preset] : names;
  // A kind that these images do not suit says so; choosing it says what it needs.
  const suits = (/** @type {string} */ name) => name === store.model?.preset || store.data?.kinds.includes(name);
  const [suited, others] = [known.filter(suits), known.filter((name) => !suits(name))];
  if (!same([...suited, '', ...others], offered)) {
    offered = [...suited, '', ...others];
    const option = (/** @type {string} */ name) => create('option', { value: name }, NAMES[name] ?? name);
    const group = create('optgroup', { label: 'for other images' }, ...others.map(option));
    preset.replaceChildren(...suited.map(option), ...(others.length > 0 ? [group] : []));
  }
  const options = keyOf('channels')?.choices ?? [];
  if (channels.options.length === 0)
    channels.replaceChildren(...options.map((name) => create('option', { value: name }, CHANNEL_WORDS[name] ?? name)));
}

function showSettings() {
  const wanted = Number(store.config.embedding ?? 0);
  const size = embedding()?.length ?? wanted;
  const fixed = size !== wanted; // the layers of some kinds leave no choice
  const key = keyOf('embedding');
  embeddingSlider.max = String(Math.floor(Math.log2(Math.min(key?.max ?? 512, 512))));
  embeddingSize.max = String(key?.max ?? 4096);
  for (const control of [embeddingSlider, embeddingSize]) setDisabled(control, !store.engine || fixed);
  setAttribute(
    embeddingField,
    'data-tip',
    fixed
      ? 'In this kind the layers give the embedding its size.'
      : 'The values that each image is squeezed into. Other weights are kept when it changes.',
  );
  if (store.model) setValue(preset, store.model.preset);
  setValue(embeddingSize, String(size));
  setValue(embeddingSlider, String(Math.round(Math.log2(Math.max(1, size)))));
  setAttribute(embeddingSlider, 'aria-valuetext', String(size));
  setValue(width, numberOrAuto(store.config.width));
  setValue(height, numberOrAuto(store.config.height));
  setValue(channels, store.config.channels ?? 'auto');
  showApply();
}

/** @param {string | undefined} value */
function numberOrAuto(value) {
  return !value || value === '0' ? '' : value;
}

/** What the three controls of the size now say, beside what the engine has. */
function sizeChanges() {
  return [
    ['width', width.value || '0'],
    ['height', height.value || '0'],
    ['channels', channels.value],
  ].filter(([name, value]) => value !== (store.config[name] ?? '0'));
}

function showApply() {
  setDisabled(sizeApply, !store.engine || store.loading || sizeChanges().length === 0);
}

async function applySize() {
  for (const [name, value] of sizeChanges()) await set(name, value);
  showApply();
}

addPart(draw);
const showFocus = radioGroup(byId('focus', HTMLElement), (value) =>
  withEngine(async (engine) => {
    await engine.setFocus(Number(value));
    followExample();
    touch();
  }),
);

preset.addEventListener('change', choosePreset);
embeddingSlider.addEventListener('input', () => {
  embeddingSize.value = String(2 ** Number(embeddingSlider.value));
  setAttribute(embeddingSlider, 'aria-valuetext', embeddingSize.value);
});
embeddingSlider.addEventListener('change', () => set('embedding', embeddingSize.value));
embeddingSize.addEventListener('change', () => set('embedding', embeddingSize.value));
sizeForm.addEventListener('input', showApply);
sizeForm.addEventListener('submit', (event) => {
  event.preventDefault();
  applySize();
});
saveButton.addEventListener('click', save);
openButton.addEventListener('click', () => modelInput.click());
modelInput.addEventListener('change', () => {
  loadFiles([...(modelInput.files ?? [])]); // a model of ONNX may have its numbers in files beside it
  modelInput.value = '';
});
