// The page of a trained model as one file: a picture that is drawn, dropped, opened or photographed goes through the network.
// It is put together by export.js, with the engine for running alone and the model inside.

/**
 * @typedef {{ width: number, height: number, channels: number }} Shape
 * @typedef {{ preset: string, task: string, classes: string[], input: Shape, picture: Shape | null, code: number,
 *   networks: number, background: number[] }} Facts what the engine says of the model
 */

const SIDE = 256;
/** Classes that are listed, and sliders of a code. */
const MOST_ANSWERS = 8;
const MOST_SLIDERS = 128;

/** What the scripts before this one define: the engine's glue, its code and the model. @type {[any, string, string]} */
const [glue, WASM, MODEL] = /** @type {any} */ (globalThis).parts;

/**
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {{ new (): Kind }} kind
 */
function find(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}

/** @param {HTMLCanvasElement | OffscreenCanvas} canvas */
function inkOf(canvas) {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('This browser cannot draw');
  return /** @type {CanvasRenderingContext2D} */ (context);
}

const paper = find('paper', HTMLCanvasElement);
const ink = inkOf(paper);
const colour = find('colour', HTMLInputElement);
const lineWidth = find('width', HTMLInputElement);
const sliders = find('sliders', HTMLElement);
const details = find('code', HTMLElement);
const failure = find('error', HTMLElement);

/** The bytes behind base64 of their gzip. @param {string} text */
async function unpacked(text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @param {unknown} error */
function fail(error) {
  failure.textContent = error instanceof Error ? error.message : String(error);
  failure.hidden = false;
}

/**
 * Draws values `[height, width, channels]` in 0..1, or bytes, onto a canvas of their size.
 * @param {HTMLCanvasElement} canvas @param {Float32Array | Uint8Array} values @param {Shape} shape
 */
function paint(canvas, values, { width, height, channels }) {
  canvas.width = width;
  canvas.height = height;
  const scale = values instanceof Uint8Array ? 1 : 255;
  const picture = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < 3; c++)
      picture.data[4 * pixel + c] = Math.round(values[pixel * channels + (channels === 3 ? c : 0)] * scale);
    picture.data[4 * pixel + 3] = 255;
  }
  inkOf(canvas).putImageData(picture, 0, 0);
}

async function start() {
  if (typeof DecompressionStream === 'undefined') throw new Error('This browser is too old to unpack the model');
  await glue({ module_or_path: await unpacked(WASM) });
  const player = new glue.Player(await unpacked(MODEL));
  /** @type {Facts} */
  const facts = JSON.parse(player.facts());
  const { input, picture, classes, code } = facts;
  find('about', HTMLElement).textContent =
    `${facts.preset}, for images of ${input.width} × ${input.height}` +
    (facts.task === 'classifier' ? ` in ${classes.length} classes` : '');
  find('direction', HTMLElement).hidden = facts.networks < 2;
  find('made', HTMLElement).hidden = !picture;
  details.hidden = code === 0 || code > MOST_SLIDERS;
  const ground = `rgb(${facts.background.join()})`;
  const isBright = facts.background.reduce((sum, value) => sum + value) > 380;
  colour.value = isBright ? '#000000' : '#ffffff';

  /** The picture that was opened; null while the paper itself is it. @type {ImageData | null} */
  let opened = null;

  const directions = /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[name=which]'));

  /** @param {ImageData} pixels */
  function show(pixels) {
    const which = Number([...directions].find(({ checked }) => checked)?.value);
    const values = player.run(which, pixels.width, pixels.height, pixels.data);
    paint(find('seen', HTMLCanvasElement), player.input(), input);
    answer(values);
    if (!details.hidden) showCode(player.code());
  }

  /** @param {Float32Array} values */
  function answer(values) {
    if (picture) return paint(find('picture', HTMLCanvasElement), values, picture);
    const isClass = facts.task === 'classifier';
    const order = [...values.keys()];
    if (isClass) order.sort((a, b) => values[b] - values[a]);
    find('answers', HTMLElement).replaceChildren(
      ...order.slice(0, isClass ? MOST_ANSWERS : order.length).map((index) => {
        const item = document.createElement('li');
        const name = Object.assign(document.createElement('span'), { className: 'name', textContent: classes[index] });
        const text = isClass ? `${(100 * values[index]).toFixed(1)} %` : values[index].toPrecision(4);
        item.append(name, Object.assign(document.createElement('span'), { className: 'number', textContent: text }));
        item.dataset.value = String(values[index]);
        if (isClass) item.append(Object.assign(document.createElement('meter'), { value: values[index] }));
        return item;
      }),
    );
  }

  /** @param {Float32Array} values */
  function showCode(values) {
    const most = Math.max(3, ...values.map(Math.abs));
    const made = [...values].map((value, index) => {
      const label = document.createElement('label');
      const slider = Object.assign(document.createElement('input'), { type: 'range', step: 'any' });
      [slider.min, slider.max] = [String(-1.5 * most), String(1.5 * most)];
      slider.value = String(value);
      label.append(String(index + 1), slider);
      return label;
    });
    sliders.replaceChildren(...made);
  }

  sliders.addEventListener('input', () => {
    const code = Float32Array.from(sliders.querySelectorAll('input'), ({ value }) => Number(value));
    answer(player.decode(code));
  });

  function showPaper() {
    failure.hidden = true;
    try {
      show(opened ?? ink.getImageData(0, 0, SIDE, SIDE));
    } catch (error) {
      fail(error);
    }
  }

  function wipe() {
    opened = null;
    ink.fillStyle = ground;
    ink.fillRect(0, 0, SIDE, SIDE);
  }

  /** @param {File} file */
  async function open(file) {
    try {
      const bitmap = await createImageBitmap(file);
      const whole = inkOf(new OffscreenCanvas(bitmap.width, bitmap.height));
      whole.drawImage(bitmap, 0, 0);
      wipe();
      const scale = Math.min(SIDE / bitmap.width, SIDE / bitmap.height);
      const [width, height] = [bitmap.width * scale, bitmap.height * scale];
      ink.drawImage(bitmap, (SIDE - width) / 2, (SIDE - height) / 2, width, height);
      opened = whole.getImageData(0, 0, bitmap.width, bitmap.height); // all of it, not what fits the paper
      showPaper();
    } catch {
      fail(`${file.name || 'This file'} is no picture that this browser can read`);
    }
  }

  /** Where the pen is while it draws. @type {[number, number] | null} */
  let last = null;
  const placeOf = (/** @type {PointerEvent} */ { offsetX, offsetY }) =>
    /** @type {[number, number]} */ ([(offsetX / paper.clientWidth) * SIDE, (offsetY / paper.clientHeight) * SIDE]);
  paper.addEventListener('pointerdown', (event) => {
    if (opened) wipe();
    paper.setPointerCapture(event.pointerId);
    last = placeOf(event);
    stroke(last, last);
  });
  paper.addEventListener('pointermove', (event) => {
    if (last) stroke(last, placeOf(event));
  });
  for (const name of ['pointerup', 'pointercancel']) paper.addEventListener(name, () => (last = null));

  /** @param {[number, number]} from @param {[number, number]} to */
  function stroke(from, to) {
    ink.lineCap = 'round';
    ink.strokeStyle = colour.value;
    ink.lineWidth = Number(lineWidth.value);
    ink.beginPath();
    ink.moveTo(...from);
    ink.lineTo(...to);
    ink.stroke();
    last = to;
    showPaper();
  }

  find('clear', HTMLElement).addEventListener('click', () => {
    wipe();
    showPaper();
  });
  for (const id of ['file', 'camera']) {
    const chooser = find(id, HTMLInputElement);
    chooser.addEventListener('change', () => chooser.files?.[0] && open(chooser.files[0]));
  }
  for (const radio of directions) radio.addEventListener('change', showPaper);
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) open(file);
  });
  addEventListener('paste', (event) => {
    const file = event.clipboardData?.files[0];
    if (file) open(file);
  });
  wipe();
  showPaper();
}

start().catch(fail);
