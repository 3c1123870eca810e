// Makes a data set here: classes with names, filled by bursts of the webcam, from files, or by dropping onto them. The
// pictures stay while the page is open, are trained on whenever the person wants, and are saved as a zip.

import { addPart, invalidate, store } from '../../app/store.js';
import { byId, create, setDisabled, setHidden, setText } from '../../ui/dom.js';
import { download } from '../../ui/download.js';
import { counted } from '../../ui/format.js';
import { showNotice } from '../../ui/messages.js';
import { zip } from '../../ui/zip.js';
import { openWebcam } from '../../look/example/webcam.js';
import { loadMade } from './load.js';
import { loadClasses } from './make-way.js';

/** @import { Webcam } from '../../look/example/webcam.js' */

/** @typedef {{ name: string, files: File[], row: HTMLElement, show: () => void }} Collected */

const dialog = byId('collect-dialog', HTMLDialogElement);
const list = byId('collect-list', HTMLElement);
const camera = byId('collect-camera', HTMLElement);
const cameraButton = byId('collect-webcam', HTMLButtonElement);
const trainButton = byId('collect-train', HTMLButtonElement);
const saveButton = byId('collect-save', HTMLButtonElement);
const words = byId('collect-words', HTMLElement);

const NAME = 'my pictures';
/** Pictures of a burst a second, and the quality of each. */
const FRAMES = 8;
const QUALITY = 0.92;
/** Pictures shown of a class, the last ones. */
const SHOWN = 9;
/** A class needs so many for some to be kept out of training. */
const FEW = 8;

/** @type {Collected[]} */
const classes = [];
/** @type {Webcam | null} */
let webcam = null;
/** Counts the pictures, for their names. */
let taken = 0;
let version = 0;
let trained = -1;

/** Opens the dialog. */
export function collect() {
  if (classes.length === 0) for (const name of ['this', 'that']) add(name);
  dialog.showModal();
  startWebcam();
  invalidate();
}

async function startWebcam() {
  if (webcam) return;
  webcam = await openWebcam();
  if (webcam && !dialog.open) stopWebcam();
  if (webcam) camera.replaceChildren(webcam.video);
  invalidate();
}

function stopWebcam() {
  webcam?.close();
  webcam = null;
  camera.replaceChildren();
  invalidate();
}

// --- Classes

/** @param {string} name */
function add(name) {
  const box = create('input', { type: 'text', value: name, spellcheck: 'false', 'aria-label': 'Name of the class' });
  const total = create('span', { class: 'muted small' });
  const pictures = create('div', { class: 'collect-pictures' });
  const film = create('button', { type: 'button', class: 'button strong collect-film' }, 'Hold to film');
  const open = create('button', { type: 'button', class: 'button' }, 'Add files');
  const remove = create('button', { type: 'button', class: 'icon-button', 'aria-label': 'Remove this class' });
  remove.innerHTML = '<svg class="icon"><use href="#icon-close"/></svg>';
  const input = create('input', { type: 'file', accept: 'image/*', multiple: '', hidden: '' });
  const row = create(
    'li',
    { class: 'collect-class' },
    create('div', { class: 'collect-head' }, box, total, remove),
    create('div', { class: 'collect-tools' }, film, open, input),
    pictures,
  );
  /** @type {Collected} */
  const made = {
    name,
    files: [],
    row,
    show() {
      setText(total, counted(made.files.length, 'picture'));
      setDisabled(film, webcam === null);
    },
  };
  classes.push(made);
  list.append(row);
  box.addEventListener('input', () => {
    made.name = box.value;
    changed();
  });
  film.addEventListener('pointerdown', ({ button, pointerId }) => {
    if (button !== 0) return;
    film.setPointerCapture(pointerId); // its end comes here wherever the pointer is by then
    burst(film, made, pictures);
  });
  film.addEventListener('keydown', ({ key, repeat }) => {
    if ((key === ' ' || key === 'Enter') && !repeat) burst(film, made, pictures);
  });
  open.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    take(made, pictures, [...(input.files ?? [])]);
    input.value = '';
  });
  remove.addEventListener('click', () => {
    classes.splice(classes.indexOf(made), 1);
    row.remove();
    changed();
  });
  row.addEventListener('dragover', (event) => event.preventDefault());
  row.addEventListener('drop', (event) => {
    event.preventDefault(); // it is for this class, and no data set
    take(made, pictures, [...(event.dataTransfer?.files ?? [])]);
  });
  changed();
}

/** Films until the button is let go. @param {HTMLButtonElement} button @param {Collected} into @param {HTMLElement} pictures */
async function burst(button, into, pictures) {
  if (button.classList.contains('filming')) return;
  const end = new AbortController();
  for (const name of ['lostpointercapture', 'pointerup', 'pointercancel', 'keyup', 'blur'])
    button.addEventListener(name, () => end.abort(), { signal: end.signal });
  button.classList.add('filming');
  while (!end.signal.aborted && webcam) {
    const blob = await new Promise((/** @type {(blob: Blob | null) => void} */ resolve) => {
      webcam?.frame().toBlob(resolve, 'image/jpeg', QUALITY);
    });
    if (blob) take(into, pictures, [new File([blob], `${++taken}.jpg`, { type: blob.type })]);
    await new Promise((resolve) => {
      setTimeout(resolve, 1000 / FRAMES);
    });
  }
  end.abort();
  button.classList.remove('filming');
}

/** @param {Collected} into @param {HTMLElement} pictures @param {File[]} files */
function take(into, pictures, files) {
  const images = files.filter(({ type }) => type.startsWith('image/'));
  if (images.length < files.length) showNotice(`${counted(files.length - images.length, 'file')} left out: no image`);
  into.files.push(...images);
  for (const file of images.slice(-SHOWN)) {
    const picture = create('img', { src: URL.createObjectURL(file), alt: '' });
    for (const name of ['load', 'error']) picture.addEventListener(name, () => URL.revokeObjectURL(picture.src));
    pictures.prepend(picture);
  }
  while (pictures.children.length > SHOWN) pictures.lastElementChild?.remove();
  changed();
}

function changed() {
  version += 1;
  invalidate();
}

// --- The whole

/** The pictures of each class that has some, by the name of its folder; rows of one name are one class. */
function filled() {
  /** @type {Map<string, File[]>} */
  const found = new Map();
  for (const { name, files } of classes) {
    const folder = name.trim().replaceAll('/', '-') || 'unnamed';
    if (files.length > 0) found.set(folder, [...(found.get(folder) ?? []), ...files]);
  }
  return found;
}

/** The files as a folder holds them. */
function sources() {
  return [...filled()].flatMap(([folder, files]) =>
    files.map((file, number) => ({ path: `${NAME}/${folder}/${number + 1}-${file.name}`, file })),
  );
}

async function train() {
  const now = version;
  dialog.close();
  if (await loadClasses(() => loadMade({ name: NAME, sources: sources() }))) trained = now;
}

async function save() {
  download(`${NAME.replace(' ', '-')}.zip`, await zip(sources()));
  showNotice('Saved as my-pictures.zip. Dropped here it is the same data set');
}

function draw() {
  if (!dialog.open) return;
  for (const { show } of classes) show();
  setHidden(cameraButton, webcam !== null);
  setHidden(camera, webcam === null);
  const [full, all] = [filled(), sources().length];
  const few = [...full].filter(([, files]) => files.length < FEW);
  setDisabled(trainButton, full.size < 2 || store.loading || !store.engine);
  setDisabled(saveButton, all === 0);
  setText(trainButton, trained >= 0 && trained !== version ? 'Train on all of these' : 'Train on these');
  setText(
    words,
    full.size < 2
      ? 'Give two or more classes some pictures each.'
      : few.length > 0
        ? `${few.map(([name]) => name).join(' and ')} could use more: some 30 pictures from all sides are a good start.`
        : `${counted(all, 'picture')} in ${counted(full.size, 'class', 'classes')}. None of them leaves this computer.`,
  );
}

addPart(draw);
byId('collect-add', HTMLButtonElement).addEventListener('click', () => {
  add(`class ${classes.length + 1}`);
  classes[classes.length - 1].row.querySelector('input')?.select();
});
byId('collect', HTMLButtonElement).addEventListener('click', collect);
cameraButton.addEventListener('click', startWebcam);
trainButton.addEventListener('click', train);
saveButton.addEventListener('click', save);
dialog.addEventListener('close', stopWebcam);
// What is dropped or pasted here is for a class, and no data set.
for (const name of ['dragenter', 'dragleave', 'dragover', 'drop'])
  dialog.addEventListener(name, (event) => {
    event.stopPropagation();
    if (name === 'drop' && !event.defaultPrevented) showNotice('Drop pictures onto the class that they belong to');
    event.preventDefault();
  });
dialog.addEventListener('paste', (event) => {
  if (!event.clipboardData || event.clipboardData.files.length === 0) return;
  event.stopPropagation();
  showNotice('Drop pictures onto the class that they belong to, or add them as files');
});
