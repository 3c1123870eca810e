// Wishes of a picked neuron: pictures that drive it most, found by search, and the images that drive it most and least.

import { cancelJob, jobOf, percentDone, runJob } from '../../app/jobs.js';
import { engine, store } from '../../app/store.js';
import { create, radioGroup, setHidden, setText } from '../../ui/dom.js';
import { count, signed } from '../../ui/format.js';
import { showError } from '../../ui/messages.js';
import { drivingRow, markedPicture } from './driving-images.js';

/** @import { Neuron, UnitChoice } from '../../engine/types.js' */

/** Pictures found at a time, and CSS pixels of one at most. */
const VARIANTS = 4;
const LARGEST = 64;

/** @param {Neuron} neuron @param {number} channels of its layer; 0: the layer has no places */
export function createWants(neuron, channels) {
  const scope = create(
    'div',
    { class: 'segmented', role: 'radiogroup', 'aria-label': 'What is driven' },
    create(
      'button',
      { type: 'button', role: 'radio', 'data-value': 'place', 'data-tip': 'The neuron at its place' },
      'place',
    ),
    create(
      'button',
      { type: 'button', role: 'radio', 'data-value': 'channel', 'data-tip': 'The mean over all places of its channel' },
      'channel',
    ),
  );
  const search = create('button', { type: 'button', class: 'button toggle' }, 'Search');
  const words = create('p', { class: 'muted small', role: 'status' });
  const pictures = create('div', { class: 'wanted-row', role: 'group', 'aria-label': 'Pictures that drive it most' });
  const most = drivingRow('driven most by');
  const least = drivingRow('driven least by');
  const element = create(
    'details',
    { class: 'fold wants' },
    create('summary', { 'data-tip': 'The input that drives the neuron most, before its activation' }, 'What it wants'),
    create('div', { class: 'item-actions' }, scope, search),
    words,
    pictures,
    most.element,
    least.element,
  );
  for (const row of [most, least]) setHidden(row.element, true);
  setHidden(scope, channels === 0);
  let driven = 'place';
  let seed = 0;
  let asked = 0;
  let mine = false;
  const show = radioGroup(scope, (value) => {
    driven = value;
    seed = 0;
    find().catch(showError);
  });
  show(driven);

  /** @returns {UnitChoice} */
  function unit() {
    const { block, index } = neuron;
    return driven === 'channel' ? { channel: { block, channel: index % channels } } : { neuron: { block, index } };
  }

  async function find() {
    const question = ++asked;
    mine = true;
    const step = store.status?.step ?? 0;
    const found = await runJob('maximise', { unit: unit(), variants: VARIANTS, seed });
    if (question === asked) mine = false;
    const shown = found && (await engine().wantedPictures(false));
    if (!found || !shown) return;
    seed += VARIANTS;
    const [{ responses, field, dead, ...images }] = found;
    const area = 4 * shown.width * shown.height;
    pictures.replaceChildren(
      ...responses.map((response, i) =>
        create(
          'figure',
          {},
          markedPicture(shown.pixels.subarray(i * area, (i + 1) * area), shown.width, shown.height, LARGEST, field),
          create('figcaption', {}, response === null ? '–' : signed(response)),
        ),
      ),
    );
    const best = images.most[0];
    setText(
      words,
      dead
        ? 'Dead: no image and no picture that was searched for drives it.'
        : `At step ${count(step)}${best ? `; its best image drives it to ${signed(best.response)}` : ''}.`,
    );
    await Promise.all([most.show(images.most), least.show(images.least)]);
  }

  search.addEventListener('click', () => {
    if (mine) cancelJob('maximise');
    else find().catch(showError);
  });
  return {
    element,
    /** Follows the search. */
    tell() {
      const job = mine ? jobOf('maximise') : null;
      setText(search, job ? `Cancel, ${percentDone(job)}` : seed === 0 ? 'Search' : 'Others');
    },
  };
}
