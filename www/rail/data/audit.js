// The data audit: a dialog that says what is wrong with the images, shows them, and offers what helps; and what
// augmentation makes of the example that is shown.

import { withEngine } from '../../app/actions.js';
import { edit } from '../../app/commands.js';
import { cancelJob, jobOf, onJob, runJob } from '../../app/jobs.js';
import { addPart, engine, invalidate, store } from '../../app/store.js';
import { byId, create, setDisabled, setHidden, setText } from '../../ui/dom.js';
import { hasSources } from './load.js';
import { goTo } from '../../look/example/example-card.js';
import { counted } from '../../ui/format.js';
import { showNotice } from '../../ui/messages.js';
import { putPixels } from '../../ui/pixels.js';

/** @import { Finding } from '../../engine/types.js' */
/** @import { Suspicion } from './suspects.js' */

const open = byId('audit-open', HTMLButtonElement);
const dialog = byId('audit-dialog', HTMLDialogElement);
const state = byId('audit-state', HTMLElement);
const waiting = byId('audit-wait', HTMLElement);
const bar = byId('audit-progress', HTMLProgressElement);
const list = byId('audit-findings', HTMLElement);
const augmented = byId('audit-augmented', HTMLElement);
const pictures = byId('audit-pictures', HTMLElement);

/** Groups of images shown for a finding. */
const GROUPS = 6;
/** Images shown of which the class is doubted. */
const SUSPECTS = 18;
/** Pictures of one example by chance. */
const CHANCES = 12;
const WORDS = { fault: 'Fault', warning: 'Warning', note: 'Note' };

/** The images whose check has been begun by itself, and how soon after they came. */
let checkedImages = '';
const CALM_MILLISECONDS = 800;
/** More images are checked only on demand. */
const MOST_IMAGES = 20_000;
let calm = 0;
/** What was found in some images. @type {{ images: string, findings: Finding[] }} */
let known = { images: '', findings: [] };

/** What distinguishes images by where they came from; other classes by hand make no others of them. */
const imagesNow = () => [store.data?.name, store.data?.images, store.data?.files, store.data?.bytes].join('\n');

/** What was found in the present data that is more than a note, the worst first. */
function serious() {
  const found = known.images === imagesNow() ? known.findings : [];
  return ['fault', 'warning'].flatMap((severity) => found.filter((finding) => finding.severity === severity));
}

/** The worst that was found in the present data, as a sentence; null: nothing that matters. */
export function findingOf() {
  const [worst] = serious();
  return worst ? `${worst.text}.` : null;
}

export function openAudit() {
  dialog.showModal();
  check();
}

/** Images that were brought are checked once they are there. */
function checkByItself() {
  if (store.loading || !store.data) return;
  const images = imagesNow();
  if (images === checkedImages) return;
  checkedImages = images;
  clearTimeout(calm);
  if (!hasSources() || store.data.images > MOST_IMAGES) return;
  calm = window.setTimeout(async () => {
    if (dialog.open || jobOf('audit')) return;
    const findings = await runJob('audit', {}, () => {});
    if (findings && images === imagesNow()) known = { images, findings };
    invalidate();
  }, CALM_MILLISECONDS);
}

function draw() {
  setDisabled(open, !store.engine || store.loading || !store.data);
  if (store.engine) checkByItself();
  const found = serious().length;
  setText(open, found > 0 ? `Check data: ${counted(found, 'warning')}` : 'Check data for problems');
  open.classList.toggle('warned', found > 0);
}

async function check() {
  list.replaceChildren();
  setHidden(waiting, false);
  bar.removeAttribute('value');
  setText(state, 'Looking through the images');
  await withEngine(async () => {
    await showAugmented();
    const findings = await runJob('audit', {});
    if (findings) known = { images: imagesNow(), findings };
    const { findSuspects } = await import('./suspects.js');
    if (findings) await show(findings, await findSuspects());
    else setText(state, 'The check did not come to its end.');
  });
  setHidden(waiting, true);
}

/** @param {Finding[]} findings @param {Suspicion | null} suspicion */
async function show(findings, suspicion) {
  const number = findings.length + (suspicion ? 1 : 0);
  setText(state, number === 0 ? 'No problems found.' : counted(number, 'finding'));
  const items = await Promise.all(findings.map(finding));
  if (suspicion) items.push(await suspected(suspicion));
  list.replaceChildren(...items);
}

/** @param {Finding} found @param {number} number */
async function finding({ kind, severity, text, groups, fixes }, number) {
  const buttons = fixes.map((label, fix) => button(label, () => treat(number, fix)));
  return item(kind, severity, text, await Promise.all(groups.slice(0, GROUPS).map((some) => group(some))), buttons);
}

/** Images that the network takes for others than they are called, and what may be done with them. @param {Suspicion} suspicion */
async function suspected({ text, suspects }) {
  const className = (/** @type {number | null} */ index) => store.data?.classes[index ?? -1]?.name ?? '';
  const shown = suspects.slice(0, SUSPECTS).map(async ({ example, label, predicted }) => {
    const one = await group([example]);
    one.append(create('span', { class: 'small' }, `${className(label)} → ${className(predicted)}?`));
    return one;
  });
  const of = store.data?.images ?? 0;
  const change = async (/** @type {() => Promise<unknown>} */ act) => {
    await act();
    await check();
  };
  const relabel = button('Relabel as the network sees them', () =>
    change(async () => {
      const { byPrediction } = await import('./suspects.js');
      for (const [label, examples] of byPrediction(suspects)) await edit({ do: 'relabel', examples, of, class: label });
    }),
  );
  const exclude = button('Exclude them', () =>
    change(() => edit({ do: 'move', examples: suspects.map(({ example }) => example), of, split: 'dropped' })),
  );
  return item('suspected', 'note', text, await Promise.all(shown), [relabel, exclude]);
}

/** @param {string} words @param {() => void} act */
function button(words, act) {
  const made = create('button', { type: 'button', class: 'button' }, words);
  made.addEventListener('click', act);
  return made;
}

/** @param {string} kind @param {Finding['severity']} severity @param {string} text @param {HTMLElement[]} groups @param {HTMLElement[]} buttons */
function item(kind, severity, text, groups, buttons) {
  const said = create('strong', { class: `severity ${severity}` }, WORDS[severity]);
  return create(
    'li',
    { 'data-finding': kind },
    create('p', {}, said, ' ', `${text}.`),
    create('div', { class: 'audit-groups' }, ...groups),
    create('div', { class: 'audit-fixes' }, ...buttons),
  );
}

/** @param {number[]} examples */
async function group(examples) {
  const shown = await Promise.all(
    examples.map(async (index) => {
      const { width, height, pixels } = await engine().thumbnails(index, 1);
      const button = create(
        'button',
        { type: 'button', class: 'decoded', 'aria-label': `Show image ${index + 1}`, title: `Show image ${index + 1}` },
        picture(width, height, pixels),
      );
      button.addEventListener('click', () => {
        dialog.close();
        goTo(index);
      });
      return button;
    }),
  );
  return create('span', { class: 'audit-group' }, ...shown);
}

/** @param {number} width @param {number} height @param {Uint8Array} pixels */
function picture(width, height, pixels) {
  const canvas = create('canvas', { class: 'pixels' });
  putPixels(canvas, pixels, width, height);
  return canvas;
}

/** @param {number} finding @param {number} fix */
async function treat(finding, fix) {
  await withEngine(async (engine) => {
    const notice = await engine.fix(finding, fix);
    if (notice.reload) {
      dialog.close();
      document.dispatchEvent(new CustomEvent('reload'));
      return;
    }
    showNotice(notice.text);
    await check();
  });
}

async function showAugmented() {
  const active = Object.entries(store.config).some(
    ([key, value]) => (key.startsWith('augment-') || key === 'denoise') && value !== '0' && value !== 'none',
  );
  setHidden(augmented, !active || !store.data || store.example < 0);
  if (augmented.hidden || !store.data) return;
  const { width, height } = store.data;
  const all = await engine().augmented(store.example, CHANCES);
  const size = 4 * width * height;
  pictures.replaceChildren(
    ...Array.from({ length: all.length / size }, (_, n) =>
      picture(width, height, all.subarray(n * size, (n + 1) * size)),
    ),
  );
}

addPart(draw);
open.addEventListener('click', openAudit);
onJob('audit', ({ done, total }) => {
  bar.max = Math.max(1, total);
  bar.value = done;
});
dialog.addEventListener('close', () => cancelJob('audit'));
byId('audit-cancel', HTMLButtonElement).addEventListener('click', () => cancelJob('audit'));
