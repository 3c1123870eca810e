// One row of the layer list: the kind of a layer, its sizes, its activation, what it reads, and where it stands.

import { create } from '../../ui/dom.js';

/** @import { DraftLine, LayerKind } from '../../engine/types.js' */

/** The activations that the engine reads; those with numbers of their own may be typed in the text. */
const ACTIVATIONS = [
  'linear',
  'relu',
  'leaky-relu:0.01',
  'sigmoid',
  'tanh',
  'gelu',
  'silu',
  'hard-sigmoid',
  'hard-swish',
  'clip:0:6',
];
/** Layers that read several others. */
const MERGES = ['add', 'product', 'concat'];

/** A row as a line of text. @param {DraftLine} line @param {LayerKind[]} kinds */
export function compose({ name, kind, values, activation, code, from }, kinds) {
  const fields = kinds.find((known) => known.name === kind)?.fields ?? [];
  const sizes = fields.map((field, at) => `${field.name}=${(values[at] ?? '').trim() || field.default}`);
  const reads = from.filter(Boolean).join(',');
  return [
    name.trim() ? `${name.trim()}:` : '',
    kind,
    ...sizes,
    activation === 'linear' ? '' : activation,
    code ? 'code' : '',
    reads ? `from=${reads}` : '',
  ]
    .filter(Boolean)
    .join(' ');
}

/**
 * @param {DraftLine} line which the row's controls change
 * @param {number} at
 * @param {number} all
 * @param {LayerKind[]} kinds
 * @param {{ changed(): void, insert(at: number): void, move(at: number, by: number): void, remove(at: number): void }} actions
 */
export function rowOf(line, at, all, kinds, actions) {
  const who = `Layer ${at + 1}`;
  const kind = create(
    'select',
    { 'aria-label': `${who}, kind` },
    ...kinds.map(({ name, about }) => create('option', { value: name, title: about }, name)),
  );
  kind.value = line.kind;
  const sizes = create('span', { class: 'layer-sizes' });
  const showSizes = () => sizes.replaceChildren(...sizesOf(line, who, kinds, actions.changed));
  showSizes();
  kind.addEventListener('change', () => {
    line.kind = kind.value;
    line.values = kinds.find(({ name }) => name === kind.value)?.fields.map((field) => field.default) ?? [];
    showSizes();
    actions.changed();
  });
  const known = ACTIVATIONS.includes(line.activation) ? ACTIVATIONS : [...ACTIVATIONS, line.activation];
  const activation = create(
    'select',
    { 'aria-label': `${who}, activation` },
    ...known.map((name) => create('option', { value: name }, name)),
  );
  activation.value = line.activation;
  activation.addEventListener('change', () => {
    line.activation = activation.value;
    actions.changed();
  });
  return create(
    'li',
    { class: 'layer-row' },
    create(
      'span',
      { class: 'layer-controls' },
      kind,
      sizes,
      activation,
      create(
        'span',
        { class: 'layer-place' },
        button('+', `${who}, insert one above it`, false, () => actions.insert(at)),
        button('↑', `${who}, up`, at === 0, () => actions.move(at, -1)),
        button('↓', `${who}, down`, at === all - 1, () => actions.move(at, 1)),
        button('×', `${who}, remove`, false, () => actions.remove(at)),
      ),
    ),
    create('span', { class: 'layer-shape small muted', role: 'status' }),
  );
}

/** @param {DraftLine} line @param {string} who @param {LayerKind[]} kinds @param {() => void} changed */
function sizesOf(line, who, kinds, changed) {
  const fields = kinds.find(({ name }) => name === line.kind)?.fields ?? [];
  const boxes = fields.map((field, at) => {
    const box = create('input', {
      type: 'text',
      size: '4',
      spellcheck: 'false',
      'aria-label': `${who}, ${field.name}`,
    });
    box.value = line.values[at] ?? field.default;
    box.addEventListener('input', () => {
      line.values[at] = box.value;
      changed();
    });
    return create('label', {}, field.name, ' ', box);
  });
  if (!MERGES.includes(line.kind) && line.from.length === 0) return boxes;
  const reads = create('input', {
    type: 'text',
    size: '14',
    spellcheck: 'false',
    placeholder: 'name, name',
    'aria-label': `${who}, reads`,
  });
  reads.value = line.from.join(', ');
  reads.addEventListener('input', () => {
    line.from = reads.value.split(',').map((name) => name.trim());
    changed();
  });
  return [...boxes, create('label', {}, 'reads ', reads)];
}

/** @param {string} sign @param {string} label @param {boolean} disabled @param {() => void} act */
function button(sign, label, disabled, act) {
  const made = create('button', { type: 'button', class: 'icon-button small-button', 'aria-label': label }, sign);
  made.disabled = disabled;
  made.addEventListener('click', act);
  return made;
}
