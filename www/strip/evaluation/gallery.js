// Measured images, those of the largest loss first: chosen ones can be given another class, moved or dropped.

import { cancelJob, jobOf, percentDone, runJob } from '../../app/jobs.js';
import { addPart, store, engine } from '../../app/store.js';
import { create, setDisabled, setHidden, setText } from '../../ui/dom.js';
import { edit } from '../../app/commands.js';
import { goTo } from '../../look/example/example-card.js';
import { heatChoice, heatPaint } from '../../look/example/heat.js';
import { count, loss, percent, significant } from '../../ui/format.js';
import { measured } from './evaluation.js';
import { showError } from '../../ui/messages.js';
import { putPixels, scaleFor, showPixels } from '../../ui/pixels.js';

/** @import { Command, Listed, MeasuredExample, SplitName, Thumbnails } from '../../engine/types.js' */

/** Pictures asked for at a time, and CSS pixels of one. */
const PAGE = 60;
const LARGEST = 64;
/** Letters that fit below it. */
const SHORT = 9;
/** From this probability on a right answer is certain. */
const CERTAIN = 0.9;

/**
 * @param {HTMLElement} holder
 */
export function createGallery(holder) {
  const list = create('ul', { class: 'gallery-list', 'aria-label': 'Images' });
  const more = create('button', { type: 'button', class: 'button toggle' }, 'More');
  const words = create('span', { class: 'muted small' });
  const classes = create('select', {
    'aria-label': 'Another class for the chosen images',
    'data-tip': 'Gives the chosen images another class',
  });
  const splits = create('select', {
    'aria-label': 'Another split for the chosen images',
    'data-tip': 'Moves the chosen images to another split',
  });
  const drop = create(
    'button',
    {
      type: 'button',
      class: 'button toggle',
      'data-tip':
        'Leaves the chosen images out: nothing is trained on them or measured on them. Ctrl+Z takes them in again.',
    },
    'Exclude',
  );
  const all = create(
    'button',
    { type: 'button', class: 'button toggle', 'data-tip': 'Selects all images that are listed' },
    'Select all',
  );
  const heat = create(
    'button',
    {
      type: 'button',
      class: 'button toggle',
      'aria-pressed': 'false',
      'data-tip': 'Lays over each image where the network looks; how, is chosen under Example',
    },
    'Where it looks',
  );
  const actions = create(
    'div',
    { class: 'gallery-actions', role: 'group', 'aria-label': 'What to do with the chosen images' },
    all,
    words,
    classes,
    splits,
    drop,
    heat,
  );
  const scroll = create('div', { class: 'gallery-scroll' }, list, more);
  holder.replaceChildren(scroll, actions);

  /** @type {Listed} */
  let wanted = {};
  let split = measured.split;
  /** @type {MeasuredExample[]} */
  let examples = [];
  let total = 0;
  /** Whether the list goes on with images that were predicted correctly, with certainty. */
  let goesOn = false;
  /** Whether the next image is the first of these. */
  let isCut = false;
  /** Counts questions; only the answer to the last one is shown. */
  let asked = 0;
  /** @type {Set<number>} */
  const chosen = new Set();

  /** The next page. */
  async function ask() {
    const question = ++asked;
    const first = examples.length;
    try {
      const found = await pageOf(wanted, split, first);
      // The worst come first: from the first that is right and certain on, all are.
      const end = 'examples' in wanted || goesOn ? -1 : found.examples.findIndex(isCertain);
      if (end >= 0) found.examples.splice(end);
      const pictures = await engine().picturesOf(Uint32Array.from(found.examples, ({ example }) => example));
      if (question !== asked) return;
      const area = 4 * pictures.width * pictures.height;
      if (first === 0) list.replaceChildren();
      list.append(
        ...found.examples.map((one, i) =>
          item(one, pictures.pixels.subarray(i * area, (i + 1) * area), pictures.width, pictures.height),
        ),
      );
      examples = [...examples, ...found.examples];
      total = found.total;
      isCut = end >= 0;
      for (const example of chosen) if (!examples.some((one) => one.example === example)) chosen.delete(example);
      tell();
      if (isHeat()) paintHeat(first);
    } catch (error) {
      showError(error);
    }
  }

  const isHeat = () => heat.getAttribute('aria-pressed') === 'true';

  /** Paints the heat maps of the listed images over them, from one image on. */
  async function paintHeat(first = 0) {
    const choice = heatChoice();
    if (!choice) return;
    const question = asked;
    const listed = examples.slice(first).map(({ example }) => example);
    if (!(await runJob('explain-sheet', { ...choice, examples: listed }))) return;
    const maps = await engine().heatMaps(true, ...heatPaint());
    if (question === asked && maps && isHeat()) paintOver(maps, first);
  }

  /** The images as they are. */
  async function paintPlain() {
    const question = asked;
    const images = await engine().picturesOf(Uint32Array.from(examples, ({ example }) => example));
    if (question === asked && !isHeat()) paintOver(images, 0);
  }

  /** Paints pictures over those of the list, from one image on. @param {Thumbnails} pictures @param {number} first */
  function paintOver({ pixels, width, height }, first) {
    const area = 4 * width * height;
    [...list.querySelectorAll('canvas')].slice(first).forEach((canvas, i) => {
      putPixels(canvas, pixels.subarray(i * area, (i + 1) * area), width, height);
    });
  }

  function tellHeat() {
    const job = isHeat() ? jobOf('explain-sheet') : null;
    setHidden(heat, !store.model?.attribution);
    setText(heat, job ? `Cancel, ${percentDone(job)}` : 'Where it looks');
  }

  /** @param {MeasuredExample} one @param {Uint8Array} pixels @param {number} width @param {number} height */
  function item(one, pixels, width, height) {
    const canvas = create('canvas', { class: 'pixels' });
    showPixels(canvas, pixels, width, height, scaleFor(width, height, LARGEST));
    const caption = captionOf(one);
    const button = create(
      'button',
      {
        type: 'button',
        class: 'gallery-item',
        'aria-pressed': String(chosen.has(one.example)),
        'data-example': String(one.example),
        'aria-label': `${one.name}, ${caption.join(', ')}`,
        'data-tip': `${one.name}: ${describe(one)}`,
        'data-tip-above': '', // below are the menus for what is selected
      },
      canvas,
      ...caption.map((line) => create('span', {}, line)),
    );
    button.addEventListener('click', (event) => {
      const several = event.ctrlKey || event.metaKey || event.shiftKey;
      const only = chosen.size === 1 && chosen.has(one.example);
      if (event.shiftKey) upTo(one.example);
      else if (several && chosen.has(one.example)) chosen.delete(one.example);
      else {
        if (!several) chosen.clear();
        if (!only) chosen.add(one.example);
      }
      goTo(one.example);
      tell();
    });
    return create('li', {}, button);
  }

  /** From the one chosen last to this one. @param {number} example */
  function upTo(example) {
    const places = examples.map((one) => one.example);
    const from = places.indexOf([...chosen].pop() ?? example);
    const to = places.indexOf(example);
    for (const one of places.slice(Math.min(from, to), Math.max(from, to) + 1)) chosen.add(one);
  }

  function tell() {
    for (const button of list.querySelectorAll('button'))
      button.setAttribute('aria-pressed', String(chosen.has(Number(button.dataset.example))));
    setHidden(more, examples.length >= total);
    const rest = count(total - examples.length);
    if (isCut && examples.length === 0) setText(more, `All ${rest} are right and certain; show them`);
    else setText(more, isCut ? `${rest} more, right and certain` : `${rest} more`);
    setHidden(actions, total === 0);
    const none = chosen.size === 0;
    for (const control of [classes, splits, drop]) setDisabled(control, none);
    setText(words, `${count(chosen.size)} selected`);
    choices(
      classes,
      'relabel …',
      (store.data?.classes ?? []).map(({ name }, index) => [String(index), name]),
    );
    choices(
      splits,
      'move to split …',
      [
        ['train', 'training'],
        ['validation', 'validation'],
        ['test', 'test'],
      ].filter(([value]) => 'examples' in wanted || value !== split),
    );
    setHidden(classes, (store.data?.classes ?? []).length === 0);
  }

  /** @param {Command} command */
  function change(command) {
    chosen.clear();
    return edit(command);
  }

  heat.addEventListener('click', () => {
    heat.setAttribute('aria-pressed', String(!isHeat()));
    if (!isHeat()) cancelJob('explain-sheet');
    (isHeat() ? paintHeat() : paintPlain()).catch(showError);
  });
  addPart(tellHeat);
  const changed = () => ({ examples: [...chosen], of: store.data?.images ?? 0 });
  more.addEventListener('click', () => {
    goesOn ||= isCut;
    ask();
  });
  all.addEventListener('click', () => {
    for (const { example } of examples) chosen.add(example);
    tell();
  });
  classes.addEventListener('change', () => change({ do: 'relabel', ...changed(), class: Number(classes.value) }));
  splits.addEventListener('change', () =>
    change({ do: 'move', ...changed(), split: /** @type {any} */ (splits.value) }),
  );
  drop.addEventListener('click', () => change({ do: 'move', ...changed(), split: 'dropped' }));
  tell();

  return {
    /** Whether a person is at it, with the pointer or the keys. */
    get busy() {
      return chosen.size > 0 || scroll.querySelector(':focus-visible') !== null;
    },
    /** Shows these, of the split that is measured unless they are named. @param {Listed} what */
    show(what) {
      const same = JSON.stringify(what) === JSON.stringify(wanted) && split === measured.split;
      if (!same) {
        chosen.clear();
        scroll.scrollTop = 0;
      }
      [wanted, split, examples] = [what, measured.split, []];
      goesOn &&= same;
      return ask();
    },
    clear() {
      asked += 1;
      [examples, total] = [[], 0];
      chosen.clear();
      list.replaceChildren();
      tell();
    },
  };
}

/**
 * The examples from number `first` on, and how many there are.
 * @param {Listed} wanted @param {SplitName} split @param {number} first
 */
async function pageOf(wanted, split, first) {
  if (!('examples' in wanted)) return engine().worst(split, { ...wanted, first, count: PAGE });
  const { examples } = await engine().scored(Uint32Array.from(wanted.examples.slice(first, first + PAGE)));
  return { total: wanted.examples.length, examples };
}

/** @param {HTMLSelectElement} select @param {string} title @param {string[][]} options value and name */
function choices(select, title, options) {
  select.value = '';
  const wanted = options.flat().join();
  if (select.dataset.of === wanted) return;
  select.dataset.of = wanted;
  select.replaceChildren(
    create('option', { value: '', hidden: '' }, title),
    ...options.map(([value, name]) => create('option', { value }, name)),
  );
  select.value = '';
}

/** @param {number | null} index */
export function className(index) {
  return index === null ? '' : (store.data?.classes[index]?.name ?? String(index));
}

/** @param {MeasuredExample} one */
const isCertain = ({ label, predicted, confidence }) =>
  predicted !== null && label === predicted && (confidence ?? 0) >= CERTAIN;

/** Short lines below the picture. @param {MeasuredExample} one */
function captionOf({ label, predicted, psnr, mae, loss: error }) {
  if (predicted !== null) {
    const [is, called] = [className(label), `→ ${className(predicted)}`];
    const names = label === predicted ? [is] : is.length + called.length <= SHORT ? [`${is} ${called}`] : [is, called];
    return [...names, loss(error)];
  }
  if (mae !== null) return [`± ${significant(mae, 3)}`, loss(error)];
  return [psnr === null ? '' : `${psnr.toFixed(1)} dB`, loss(error)];
}

/** @param {MeasuredExample} one */
function describe({ label, predicted, confidence, psnr, identity, ssim, mae, loss: error }) {
  if (predicted !== null)
    return `${className(label)}, predicted as ${className(predicted)} with ${percent(confidence ?? 0)}, loss ${loss(error)}`;
  if (mae !== null) return `mean error ${significant(mae, 3)}, loss ${loss(error)}`;
  const than = identity === null ? '' : ` (the input itself ${identity.toFixed(2)} dB)`;
  return `PSNR ${(psnr ?? 0).toFixed(2)} dB${than}, SSIM ${(ssim ?? 0).toFixed(3)}, loss ${loss(error)}`;
}
