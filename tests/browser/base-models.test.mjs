// A base network and photos, dropped in either order: the photos are read again at its size, and a new head is offered.
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { askEngine, drop, open, pictureFolder, until, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

const base = resolve('tests/oracle/onnx/mobile.onnx'); // reads 24 x 32 pixels in colour
const offer = (/** @type {Page} */ page) => page.locator('#head-offer');
const data = (/** @type {Page} */ page) => askEngine(page, 'dataSummary');
const preset = async (/** @type {Page} */ page) => (await askEngine(page, 'modelSummary')).preset;

/** Steps of brightness in the middle line of a striped picture: blurred stripes have none. */
async function edges(/** @type {Page} */ page) {
  const { images } = await data(page);
  const example = await askEngine(page, 'example', images - 1, false); // stripes come after discs
  assert.equal(example.label, 'stripes');
  const { width, height, input } = example;
  const channels = input.length / width / height;
  const line = Math.floor(height / 2) * width;
  const red = (/** @type {number} */ x) => input[(line + x) * channels + 1];
  let count = 0;
  for (let x = 1; x < width; x++) count += Number(Math.abs(red(x) - red(x - 1)) > 60);
  return count;
}

/** Takes the offer, and trains what it makes. */
async function takeOffer(/** @type {Page} */ page) {
  assert.match(await offer(page).innerText(), /These images have 2 classes .*train a new head\?/);
  await page.click('#head-offer-accept');
  await until('it has its head', async () => (await preset(page)) === 'onnx+head');
  assert.equal(await offer(page).isVisible(), false);
  const { blocks } = await askEngine(page, 'modelSummary');
  assert.equal(blocks.at(-1).channels, 2);
  await page.click('#start'); // so small a network may be done before the button is looked at
  await until('the head is fitted', async () =>
    (await askEngine(page, 'status')).events.some((/** @type {any} */ { text }) =>
      text.startsWith('The head was fitted'),
    ),
  );
  await until('it was measured', async () => (await askEngine(page, 'status')).accuracy !== null);
  assert.equal(await page.isVisible('#error'), false);
}

test('photos are read again at the size of a base that is dropped after them, and none is left out', () =>
  withSite({}, async (site) => {
    await open(site, '#width=8&height=8');
    const { page, folder } = site;
    pictureFolder(join(folder, 'photos'), 20, 48);
    await drop(page, [join(folder, 'photos')]);
    await until('the photos are there', async () => (await data(page)).images === 40);
    await page.locator('#loading').waitFor({ state: 'hidden' });
    assert.equal((await data(page)).width, 8);
    await drop(page, [base]);
    await offer(page).waitFor();
    const { width, height, images } = await data(page);
    assert.deepEqual([width, height, images], [24, 32, 40]);
    assert.ok((await edges(page)) > 6, 'the stripes are sharp, so they come from the files');
    await takeOffer(page);
  }));

test('photos that are dropped after a base are read at its size and do not replace it', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    pictureFolder(join(folder, 'photos'), 20, 48);
    await drop(page, [base]);
    await until('the base is open', async () => (await preset(page)) === 'onnx');
    assert.equal(await offer(page).isVisible(), false, 'the built-in set needs no head');
    await drop(page, [join(folder, 'photos')]);
    await offer(page).waitFor();
    assert.equal(await preset(page), 'onnx');
    assert.deepEqual([(await data(page)).width, (await data(page)).height], [24, 32]);
    assert.ok((await edges(page)) > 6);

    await page.click('#head-offer-dismiss');
    assert.equal(await offer(page).isVisible(), false);
    await drop(page, [join(folder, 'photos')]);
    await offer(page).waitFor();
    await takeOffer(page);
  }));

test('the base of the host is fetched at a click alone, and its licence stands beside the button', () =>
  withSite({}, async (site) => {
    const { page } = site;
    /** @type {string[]} */
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await open(site);
    assert.equal(asked.filter((url) => url.endsWith('.onnx')).length, 0);
    assert.match(await page.innerText('#model-card'), /EfficientNet-Lite0.*Apache 2\.0/s);
    await page.click('#open-base');
    await until('the base is open', async () => (await preset(page)) === 'onnx');
    const { input, blocks } = await askEngine(page, 'modelSummary');
    assert.deepEqual([input.width, input.height, input.channels, blocks.at(-1).channels], [224, 224, 3, 1000]);
    assert.equal(asked.filter((url) => url.endsWith('.onnx')).length, 1);
  }));
