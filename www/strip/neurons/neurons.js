// All neurons of a layer, or all channels of its maps: what each wants to see, or the weights by which it sees.

import { cancelJob, jobOf, percentDone, runJob } from '../../app/jobs.js';
import { addPart, can, engine, invalidate, same, store } from '../../app/store.js';
import { createView } from '../../app/views.js';
import { choose } from '../../network/selection.js';
import { drivingRow, markedPicture } from '../../look/inspector/driving-images.js';
import { byId, create, radioGroup, setDisabled, setHidden, setOptions, setText } from '../../ui/dom.js';
import { count, counted, signed } from '../../ui/format.js';
import { showError } from '../../ui/messages.js';
import { narrow } from '../../ui/layout.js';
import { putPixels } from '../../ui/pixels.js';
import { theme } from '../../ui/theme.js';
import { light } from '../map/lit.js';
import { isTabSeen } from '../shown-tab.js';

/** @import { Thumbnails, WantedUnit } from '../../engine/types.js' */

const layer = byId('neurons-layer', HTMLSelectElement);
const search = byId('neurons-search', HTMLButtonElement);
const words = byId('neurons-words', HTMLElement);
const hint = byId('neurons-hint', HTMLElement);
const panel = byId('neurons-panel', HTMLElement);
const list = byId('neurons-list', HTMLElement);
const desk = byId('neurons-desk', HTMLElement);
const title = byId('neurons-title', HTMLElement);
const facts = byId('neurons-facts', HTMLElement);

/** CSS pixels of a picture at most; small ones are shown large. */
const LARGEST = 72;
/** The choice of the codes' main directions, beside numbers of layers. */
const DIRECTIONS = 'directions';

const most = drivingRow('driven most by');
const least = drivingRow('driven least by');
/** The kind of list: pictures that were searched for, or weights. */
let kind = 'wants';
/** The result, with its layer, its network and its step. @type {{ place: unknown[], units: WantedUnit[], pictures: Thumbnails, step: number } | null} */
let found = null;
/** The key of the current list. @type {unknown[]} */
let listed = [];
/** The picked unit. */
let picked = -1;

const place = () => [layer.value, store.stamps.network, store.stamps.data];

function draw() {
  if (!isTabSeen('neurons') || !store.engine || !store.model) return;
  offer();
  const job = jobOf('maximise-layer');
  const isWeights = kind === 'weights';
  setHidden(search, isWeights);
  setDisabled(search, layer.value === '');
  setText(search, job ? `Cancel, ${percentDone(job)}` : 'Search');
  if (isWeights) {
    if (layer.value !== DIRECTIONS) lookAtWeights(layer.value, theme());
    return;
  }
  const current = found && same(found.place, place()) ? found : null;
  setHidden(hint, current !== null);
  setHidden(panel, current === null);
  setText(
    hint,
    layer.value === DIRECTIONS
      ? 'Search finds, for each main direction of the codes, the picture that is furthest along it. Analyse the codes first, under map.'
      : 'Search finds, for each neuron of this layer, the picture that drives it most, and the images that do.',
  );
  setText(words, current ? wordsOf(current) : '');
  if (!current || same([kind, current], listed)) return;
  listed = [kind, current];
  showUnits(current);
}

/** @param {NonNullable<typeof found>} now */
function wordsOf({ units, step }) {
  const dead = units.filter((unit) => unit.dead).length;
  const [block] = units;
  const all = layer.value === DIRECTIONS ? units.length : (store.model?.blocks[block.block]?.channels ?? units.length);
  const part = units.length < all ? `${count(units.length)} of ${count(all)}` : count(units.length);
  return `${part}, ${dead === 0 ? 'none dead' : `${count(dead)} dead`}, at step ${count(step)}`;
}

/** The layers that compute something. */
function offer() {
  const blocks = store.model?.blocks ?? [];
  const options = blocks.flatMap(({ name, connections }, index) => (connections > 0 ? [[String(index), name]] : []));
  if (can('embed') && kind === 'wants') options.push([DIRECTIONS, 'directions of the code']);
  setOptions(layer, options);
}

async function find() {
  const [wanted, step] = [place(), store.status?.step ?? 0];
  const block = layer.value === DIRECTIONS ? null : Number(layer.value);
  const units = await runJob('maximise-layer', { block });
  const pictures = units && (await engine().wantedPictures(true));
  if (!units || !pictures) return;
  found = { place: wanted, units, pictures, step };
  picked = -1;
  invalidate();
}

/** @param {NonNullable<typeof found>} now */
function showUnits({ units, pictures: { pixels, width, height } }) {
  const area = 4 * width * height;
  list.replaceChildren(
    ...units.map((unit, i) => {
      const [response] = unit.responses;
      const caption = unit.dead ? 'dead' : response === null ? '–' : signed(response);
      const picture = markedPicture(pixels.subarray(i * area, (i + 1) * area), width, height, LARGEST, unit.field);
      return item(i, unitName(unit, i), caption, picture, () => pick(i, unit));
    }),
  );
  setHidden(desk, picked < 0);
  if (units.length > 0) pick(Math.max(0, picked), units[Math.max(0, picked)], false);
}

/** @param {number} number @param {string} name @param {string} caption @param {HTMLElement} picture @param {() => void} act */
function item(number, name, caption, picture, act) {
  const button = create(
    'button',
    {
      type: 'button',
      class: 'unit',
      'data-unit': String(number),
      'aria-pressed': 'false',
      'aria-label': `${name}: ${caption}`,
    },
    picture,
    create('b', {}, name),
    create('span', {}, caption),
  );
  button.addEventListener('click', act);
  return create('li', {}, button);
}

/** @param {{ block: number, index: number }} unit @param {number} number */
function unitName({ block }, number) {
  const of = store.model?.blocks[block];
  const isLast = block === (store.model?.blocks.length ?? 0) - 1;
  const name = isLast ? store.model?.attribution?.classes[number] : undefined;
  if (name) return name;
  if (layer.value === DIRECTIONS) return `direction ${number + 1}`;
  return of && of.width * of.height > 1 ? `channel ${number}` : `neuron ${number}`;
}

/** Shows what drives a unit, and opens its neuron. @param {number} number @param {WantedUnit} unit */
function pick(number, unit, opens = true) {
  picked = number;
  for (const button of list.querySelectorAll('button'))
    button.setAttribute('aria-pressed', String(button.dataset.unit === String(number)));
  setHidden(desk, false);
  setText(title, unitName(unit, number));
  const [best] = unit.most;
  light({ examples: unit.most.map(({ example }) => example), words: `what drives ${unitName(unit, number)}` });
  setText(
    facts,
    unit.dead
      ? 'Dead: no image and no picture that was searched for drives it.'
      : `Driven to ${signed(unit.responses[0] ?? 0)}${best ? `, by its best image to ${signed(best.response)}` : ''}.`,
  );
  Promise.all([most.show(unit.most), least.show(unit.least)]).catch(showError);
  // On a narrow screen the inspector would take the place of the sheet.
  if (opens && layer.value !== DIRECTIONS && !narrow.matches)
    choose({ kind: 'neuron', block: unit.block, index: unit.index });
}

const lookAtWeights = createView({
  every: 1000,
  ask: () => [['weightSheet', Number(layer.value), theme() === 'dark']],
  take: showWeights,
});

/** @param {Thumbnails | null} sheet */
function showWeights(sheet) {
  if (kind !== 'weights') return;
  setHidden(hint, sheet !== null);
  setHidden(panel, sheet === null);
  setHidden(desk, true);
  setText(hint, 'The connections of this layer have no weights of their own.');
  setText(words, sheet ? `${counted(sheet.count, 'picture')} of weights` : '');
  if (!sheet) return;
  const { pixels, width, height } = sheet;
  const block = Number(layer.value);
  const of = store.model?.blocks[block];
  const middle = of ? (Math.floor(of.height / 2) * of.width + Math.floor(of.width / 2)) * of.channels : 0;
  const area = 4 * width * height;
  const shown = [kind, layer.value, store.stamps.network, width, height, sheet.count];
  if (same(shown, listed)) {
    list.querySelectorAll('canvas').forEach((canvas, i) => {
      putPixels(canvas, pixels.subarray(i * area, (i + 1) * area), width, height);
    });
    return;
  }
  listed = shown;
  list.replaceChildren(
    ...Array.from({ length: sheet.count }, (_, i) => {
      const unit = { block, index: middle + i };
      const picture = markedPicture(pixels.subarray(i * area, (i + 1) * area), width, height, LARGEST, null);
      return item(i, unitName(unit, i), '', picture, () => choose({ kind: 'neuron', ...unit }));
    }),
  );
}

const show = radioGroup(byId('neurons-kinds', HTMLElement), (value) => {
  kind = value;
  if (layer.value === DIRECTIONS) layer.value = layer.options[0].value;
  invalidate();
});
show(kind);
desk.append(most.element, least.element);
addPart(draw);
layer.addEventListener('change', invalidate);
search.addEventListener('click', () => {
  if (jobOf('maximise-layer')) cancelJob('maximise-layer');
  else find().catch(showError);
});
