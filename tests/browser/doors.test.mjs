// The page and the command line are two doors to one engine: a model that goes through one gives the same through the
// other. `cargo test` builds the command line before these run.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { canvasPixels, drop, numberIn, pictureFolder, until, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

const neurarium = (/** @type {string[]} */ ...words) =>
  execFileSync('target/debug/neurarium', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** The pixels of an image file, decoded by the browser. */
async function pixelsOf(/** @type {Page} */ page, /** @type {string} */ path) {
  const address = `data:image/png;base64,${readFileSync(path).toString('base64')}`;
  return page.evaluate(async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    context.drawImage(image, 0, 0);
    return [...context.getImageData(0, 0, image.width, image.height).data];
  }, address);
}

/** Two roundings of nearly equal numbers may differ by one. */
function assertAlike(/** @type {number[]} */ one, /** @type {number[]} */ other) {
  assert.equal(one.length, other.length);
  const most = one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at])), 0);
  assert.ok(most <= 1, `values of 0..=255 differ by ${most}`);
}

/** The file that the example shown was read from. */
async function shownFile(/** @type {Page} */ page, /** @type {string} */ folder) {
  const name = await page.locator('#example-name').innerText();
  const path = readdirSync(folder, { recursive: true })
    .map(String)
    .find((path) => /\.png$/.test(path) && name.includes(path));
  assert.ok(path, `no file of the folder is named in "${name}"`);
  return join(folder, path);
}

test('a model saved by the page answers alike on the command line, and one trained there answers alike on the page', () =>
  withSite({}, async ({ page, address, folder }) => {
    page.on('dialog', (dialog) => dialog.accept());
    const pictures = join(folder, 'pictures');
    pictureFolder(pictures, 20);
    await page.goto(address);
    await page.locator('#start:enabled').waitFor();
    await drop(page, [pictures]);
    await until('the images are in use', async () => (await numberIn(page, '#used-count')) === 40);
    await page.click('#start');
    await until('training', async () => (await numberIn(page, '#step-count')) > 10);
    await page.click('#start');
    await page.locator('#start[aria-pressed="false"]').waitFor();
    await page.waitForTimeout(500); // the output shown follows the last step

    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    const fromPage = join(folder, 'from-page.safetensors');
    await download.saveAs(fromPage);
    const input = await shownFile(page, pictures);
    const answer = join(folder, 'answer.png');
    neurarium('run', fromPage, input, answer);
    assertAlike(await canvasPixels(page, '#output-image'), await pixelsOf(page, answer));

    const models = join(folder, 'models');
    neurarium(
      'train',
      `input-directory=${pictures}`,
      `model-directory=${models}`,
      'model=autoencoder',
      `output-directory=${models}`,
      'epochs=2',
    );
    const trained = join(models, readdirSync(models).filter((path) => path.endsWith('.safetensors'))[0]);
    neurarium('run', trained, input, answer);
    const expected = await pixelsOf(page, answer);
    const before = await numberIn(page, '#step-count');
    await drop(page, [trained]);
    await until('the model is open', async () => (await numberIn(page, '#step-count')) !== before);
    await page.waitForTimeout(500);
    assert.equal(await shownFile(page, pictures), input, 'the same example is shown');
    assertAlike(await canvasPixels(page, '#output-image'), expected);
  }));
