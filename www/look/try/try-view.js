// Try it: a drawing, the webcam or a picture runs through the network, and the answer stands large beside it.

import { start } from '../../app/actions.js';
import { addPart, invalidate, store } from '../../app/store.js';
import { byId, create, radioGroup, setAttribute, setHidden, setText } from '../../ui/dom.js';
import { count, isNumber, percent, significant } from '../../ui/format.js';
import { putPixels, scaleFor, showPixels } from '../../ui/pixels.js';
import { createBars } from '../example/bars.js';
import { shownExample } from '../example/example-card.js';
import {
  createPaper,
  leaveOwn,
  own,
  sendDrawing,
  startWebcam,
  stopWebcam,
  useOwn,
  webcamVideo,
} from '../example/own-input.js';
import { trainOnOwn } from '../example/own-actions.js';
import { unlikeWords } from '../example/unlike.js';

/** @import { Example } from '../../engine/types.js' */

/** @typedef {'draw' | 'webcam' | 'picture'} Way */

const dialog = byId('try-dialog', HTMLDialogElement);
const pad = byId('try-pad', HTMLElement);
const webcamFrame = byId('try-webcam', HTMLElement);
const pictureFrame = byId('try-picture', HTMLElement);
const picture = byId('try-image', HTMLImageElement);
const invitation = byId('try-invitation', HTMLElement);
const input = byId('try-input', HTMLInputElement);
const answer = byId('try-answer', HTMLElement);
const wordsBefore = byId('try-words', HTMLElement);
const large = byId('try-large', HTMLElement);
const spoken = byId('try-spoken', HTMLElement);
const sure = byId('try-sure', HTMLElement);
const output = byId('try-output', HTMLCanvasElement);
const list = byId('try-bars', HTMLElement);
const numbers = byId('try-numbers', HTMLElement);
const seen = byId('try-seen', HTMLCanvasElement);
const seenFigure = byId('try-seen-figure', HTMLElement);
const note = byId('try-note', HTMLElement);
const startButton = byId('try-start', HTMLButtonElement);
const trainButton = byId('try-train', HTMLButtonElement);

/** Below this the network is not sure. */
const SURE = 0.6;
/** Bars below the large answer at most. */
const BARS = 10;

const paper = createPaper(pad, 'Paper to draw on, large');
const showBars = createBars(list, BARS);
/** @type {Way} */
let way = 'draw';
/** What is shown in each way. @type {Record<Way, typeof own.kind>} */
const KINDS = { draw: 'drawing', webcam: 'webcam', picture: 'file' };
/** The picture that was given last: the way back to it runs it again. @type {File | null} */
let given = null;
/** Milliseconds for which an answer must stay the same before it is spoken. */
const STEADY_MILLISECONDS = 1000;
let spokenTimer = 0;
let toSpeak = '';

/** Opens the view. @param {Way} [wish] */
export function tryIt(wish = own.file ? 'picture' : way) {
  if (!store.engine || !store.model) return;
  if (!dialog.open) dialog.showModal();
  choose(wish);
}

/** @param {Way} wish */
function choose(wish) {
  way = wish;
  showWay(way);
  setHidden(pad, way !== 'draw');
  setHidden(webcamFrame, way !== 'webcam');
  setHidden(pictureFrame, way !== 'picture');
  if (way === 'webcam') startWebcam();
  else stopWebcam();
  if (way === 'draw' && !paper.isEmpty()) sendDrawing(paper);
  if (way === 'picture' && given && own.file !== given) useOwn(given);
  invalidate();
}

function draw() {
  if (!dialog.open) return;
  const video = webcamVideo();
  if (way === 'webcam' && video && video.parentElement !== webcamFrame) webcamFrame.replaceChildren(video);
  setHidden(invitation, given !== null);
  setHidden(picture, given === null);
  setHidden(trainButton, own.file === null || way !== 'picture');
  const example = shownExample();
  const isAsked = store.example < 0 && own.kind === KINDS[way] && (way !== 'draw' || !paper.isEmpty());
  showAnswer(isAsked && example && example.index < 0 ? example : null);
  showNote();
}

/** @param {Example | null} example */
function showAnswer(example) {
  const { probabilities = null, numbers: found = null, output: pixels = null } = example ?? {};
  setAttribute(answer, 'data-asked', String(example !== null));
  setHidden(list, !probabilities);
  setHidden(large, !probabilities && example !== null);
  const unlike = unlikeWords(example);
  setHidden(sure, !probabilities && unlike === '');
  setHidden(output, !pixels || probabilities !== null);
  setHidden(numbers, !found);
  setHidden(seenFigure, example === null);
  if (!example) {
    speak('');
    setText(wordsBefore, { draw: 'Draw something', webcam: 'Show it something', picture: 'Give it a picture' }[way]);
    return setText(large, '?');
  }
  putPixels(seen, example.input, example.width, example.height);
  if (probabilities) showClass(probabilities, unlike);
  else if (pixels) {
    setText(wordsBefore, 'It turns this into');
    setText(sure, unlike);
    const { outputWidth: width, outputHeight: height } = example;
    const room = Math.min(answer.clientWidth, Math.max(160, answer.clientHeight - 120));
    showPixels(output, pixels, width, height, scaleFor(width, height, room));
  }
  if (found) {
    setText(wordsBefore, 'It estimates');
    numbers.replaceChildren(
      ...found.map(({ name, value }) =>
        create('div', {}, create('dt', {}, name), create('dd', {}, significant(value, 4))),
      ),
    );
  }
}

/**
 * @param {{ name: string, value: number }[]} probabilities the likeliest first
 * @param {string} unlike what is said of a picture unlike the data
 */
function showClass(probabilities, unlike) {
  const [{ name, value }] = probabilities;
  const words = value < SURE || unlike ? 'Perhaps it is' : 'It is';
  setText(wordsBefore, words);
  setText(large, name);
  setAttribute(large, 'data-length', name.length <= 2 ? 'sign' : name.length <= 12 ? 'word' : 'phrase');
  setText(sure, unlike || (value < SURE ? `It is not sure: ${percent(value)}` : `${percent(value)} sure`));
  showBars(probabilities, null);
  speak(`${words} ${name}`);
}

/** Speaks an answer once it is steady: while one draws or is filmed it changes many times a second. @param {string} text */
function speak(text) {
  if (text === toSpeak) return;
  toSpeak = text;
  clearTimeout(spokenTimer);
  spokenTimer = window.setTimeout(() => setText(spoken, text), STEADY_MILLISECONDS);
}

function showNote() {
  const step = store.status?.step ?? 0;
  const { accuracy } = store.status ?? {};
  const known = store.model?.attribution?.classes.length ?? 0;
  // Softmax knows no "none of these": people take the answer for more than it is.
  const only = known > 0 ? ` Whatever it is shown, it answers with one of its ${known} names.` : '';
  const quality = isNumber(accuracy) ? ` It is right for ${percent(accuracy)} of images kept out of training.` : '';
  setHidden(startButton, store.running);
  startButton.classList.toggle('strong', step === 0);
  setText(startButton, step === 0 ? 'Start training' : 'Train on');
  setText(
    note,
    step === 0
      ? 'The network has not learnt anything yet, so this is a guess.'
      : store.running
        ? `It is learning: step ${count(step)}.${quality}`
        : `It has learnt for ${count(step)} steps.${quality}${only}`,
  );
}

function showFile() {
  if (!own.file || own.file === given) return;
  given = own.file;
  URL.revokeObjectURL(picture.src);
  picture.src = URL.createObjectURL(given);
  if (dialog.open && way !== 'picture') choose('picture');
  else invalidate();
}

addPart(draw);
const showWay = radioGroup(byId('try-ways', HTMLElement), (value) => choose(/** @type {Way} */ (value)));
for (const id of ['try', 'try-tab']) byId(id, HTMLButtonElement).addEventListener('click', () => tryIt());
document.addEventListener('own-file', showFile);
dialog.addEventListener('close', leaveOwn);
startButton.addEventListener('click', start);
trainButton.addEventListener('click', () => {
  trainOnOwn();
  dialog.close();
});
byId('try-open', HTMLButtonElement).addEventListener('click', () => input.click());
input.addEventListener('change', () => {
  const file = input.files?.[0];
  input.value = '';
  if (file) useOwn(file);
});
