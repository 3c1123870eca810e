// The header: what is trained on, and what the machine does for it.

import { addPart, store } from '../app/store.js';
import { byId, create, setHidden, setText } from './dom.js';
import { counted, mebibytes } from './format.js';

const dataLine = byId('data-line', HTMLElement);
const threads = byId('threads', HTMLElement);
const build = byId('build', HTMLElement);
const warning = byId('threads-warning', SVGElement);
const offline = byId('offline', HTMLElement);
const dialog = byId('machine-dialog', HTMLDialogElement);
const words = byId('machine-words', HTMLElement);

const BUILDS = /** @type {Record<string, string>} */ ({
  'threads-relaxed': 'relaxed SIMD',
  threads: 'SIMD',
  single: 'SIMD',
});

function draw() {
  setHidden(offline, navigator.onLine);
  const { data, engine } = store;
  if (data) setText(dataLine, `${data.name}, ${counted(data.used, 'image')}, ${mebibytes(data.bytes)} MiB`);
  if (!engine) return;
  setText(threads, counted(engine.threads, 'thread'));
  setText(build, BUILDS[engine.build] ?? engine.build);
  setHidden(warning, engine.threads > 1);
}

async function explain() {
  const { engine } = store;
  if (!engine) return;
  const cores = navigator.hardwareConcurrency || 1;
  const lines = [
    `The engine runs on ${counted(engine.threads, 'thread')} of this computer's ${counted(cores, 'core')}, as the build “${engine.build}”.`,
  ];
  if (engine.threads === 1 && engine.why) {
    lines.push(
      `One thread only: ${engine.why}. Everything works, with the same results; training takes ${cores > 1 ? `up to ${cores} times as long` : 'a little longer'}.`,
    );
    lines.push(
      'What helps: open the page over https in a current browser, outside a private window, and reload it once.',
    );
  }
  lines.push(
    (await engine.keepsRuns())
      ? 'The run is kept in the browser’s private storage for the next visit.'
      : 'This browser gives the page no private files (some give none in private windows): a run is not kept for the next visit, and images must fit into memory. Save the model instead.',
  );
  words.replaceChildren(...lines.map((line) => create('p', {}, line)));
  dialog.showModal();
}

addPart(draw);
byId('threads-note', HTMLButtonElement).addEventListener('click', explain);
