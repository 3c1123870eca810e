// Model files on the page: opened while training runs, dropped broken, and what other images do to an opened model.
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import {
  askEngine,
  drop,
  numberIn,
  open,
  outputLook,
  pictureFolder,
  steps,
  toggle,
  until,
  withSite,
  writeFiles,
} from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** Trains a little and saves the model; its file and its steps. */
async function trained(/** @type {Page} */ page, /** @type {string} */ path) {
  await toggle(page, 'true');
  await until('some steps', async () => (await steps(page)) > 20);
  await toggle(page, 'false');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
  await download.saveAs(path);
  return { path, at: await steps(page) };
}

const usedImages = (/** @type {Page} */ page) => numberIn(page, '#used-count');
const input = async (/** @type {Page} */ page) =>
  Object.values((await askEngine(page, 'modelSummary')).input).join(' ');

test('a model that is opened while training is not trained on unasked, and the one before it can be restored', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    const { path, at } = await trained(page, join(folder, 'first.safetensors'));
    const look = await outputLook(page);
    writeFiles(folder, { 'broken.safetensors': 'this is no model' });

    await toggle(page, 'true');
    await drop(page, [join(folder, 'broken.safetensors')]);
    await page.locator('#error').waitFor();
    const from = await steps(page);
    await until('training goes on', async () => (await steps(page)) > from + 10);
    assert.equal(await page.isVisible('#runs'), false, 'a file that is refused sets nothing aside');

    await drop(page, [path, join(folder, 'broken.safetensors')]);
    await until('one at a time', async () => /2 model files came/.test(await page.innerText('#error')));
    assert.ok((await steps(page)) > from, 'none of two is opened');

    await drop(page, [path]);
    await until('the model is open', async () => (await steps(page)) === at);
    assert.equal(await page.getAttribute('#start', 'aria-pressed'), 'false');
    assert.equal((await outputLook(page)).print, look.print);
    assert.match(await page.innerText('#runs'), /1 trained network set aside[^]*\d+ steps/);
    assert.match(await page.locator('#runs-list .run-name').inputValue(), /^autoencoder of \d+ layers$/);
    await page.getByRole('button', { name: 'Restore' }).click();
    await until('the longer run is back', async () => (await steps(page)) > from);
  }));

test('images of another size are fitted to an opened autoencoder, dropped before or after it', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    const { path, at } = await trained(page, join(folder, 'model.safetensors'));
    pictureFolder(join(folder, 'pictures'), 20, 24);
    pictureFolder(join(folder, 'small'), 15, 16);
    await page.reload();
    await page.locator('#start:enabled').waitFor();
    await drop(page, [path]);
    await until('the model is open', async () => (await steps(page)) === at);
    await drop(page, [join(folder, 'pictures')]);
    await until('the images are in use', async () => (await usedImages(page)) === 40);
    assert.equal(await input(page), '32 32 3');
    assert.equal(await steps(page), at, 'the model is still there');

    // What was fitted once is read again from its files, not fitted a second time.
    await page.goto(site.address); // without the size, which the address has by now
    await page.reload();
    await page.locator('#start:enabled').waitFor();
    await drop(page, [join(folder, 'small')]);
    await until('the small images are in use', async () => (await usedImages(page)) === 30);
    await drop(page, [path]);
    await until('the model is open', async () => (await steps(page)) === at);
    await until('its images are read again', async () =>
      /the network is kept/.test(await page.innerText('#notice-text')),
    );
    assert.equal(await input(page), '32 32 3');
  }));

test('a network that has learnt and does not fit other images is set aside, and fitted to them when it is restored', () =>
  withSite({}, async (site) => {
    await open(site, '#model=classifier-mlp');
    const { page, folder } = site;
    const { path, at } = await trained(page, join(folder, 'model.safetensors'));
    pictureFolder(join(folder, 'pictures'), 20, 24);
    await drop(page, [path]);
    await drop(page, [join(folder, 'pictures')]);
    await until('the images are in use', async () => (await usedImages(page)) === 40);
    await until(
      'the new network has the size of its images, not of the opened model',
      async () => (await input(page)) === '24 24 3',
    );
    await until('it is told', async () =>
      /images loaded at 24 × 24 in colour; a new network was built/.test(await page.innerText('#notice-text')),
    );
    const row = page.locator('#runs-list > li').first();
    assert.match(await row.innerText(), new RegExp(`${at} steps`));
    assert.match(await row.locator('.run-name').inputValue(), /^classifier-mlp of \d+ layers$/);
    await row.getByRole('button', { name: 'Restore' }).click();
    await until('it is back', async () => (await steps(page)) === at);
    assert.equal(await input(page), '32 32 3');
    assert.equal(await usedImages(page), 40);

    await page.click('#start');
    await until('why it cannot train', async () =>
      /are discs, stripes; give it a new head/.test(await page.innerText('#error')),
    );
    await page.waitForTimeout(300);
    assert.equal(await page.getAttribute('#start', 'aria-pressed'), 'false', 'it says that it does not run');
  }));

test('a model of more work than the limit is opened only where the user wants it', () =>
  withSite({}, async (site) => {
    // 64 x 64 pixels with windows of 15 x 15, and 48 channels over 32: more than 1e9 products for one image.
    const windows = 'upsample factor=2; conv outputs=32 kernel=15 relu; conv outputs=48 kernel=15 relu';
    const layers = `${windows}; max-pool size=32 stride=32; dense outputs=classes`;
    await open(site, `#model=classifier-cnn&architecture=${encodeURIComponent(layers)}`);
    const { page, folder } = site;
    const path = join(folder, 'slow.safetensors');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    await download.saveAs(path);

    await page.goto(site.address);
    await page.reload();
    await page.locator('#start:enabled').waitFor();
    await askEngine(page, 'set', 'work-limit', '1');
    await toggle(page, 'true');
    await until('some steps', async () => (await steps(page)) > 20);
    const before = await askEngine(page, 'modelSummary');
    page.removeAllListeners('dialog');
    /** @type {string[]} */
    const asked = [];
    let answer = false;
    page.on('dialog', async (dialog) => {
      asked.push(dialog.message());
      await (answer ? dialog.accept() : dialog.dismiss());
    });
    await drop(page, [path]);
    await until('the page asks', async () => asked.length === 1);
    assert.match(asked[0], /at most 1,000 million multiply-adds for one image.*Open it all the same\?/);
    const from = await steps(page);
    await until('training goes on', async () => (await steps(page)) > from + 10);
    assert.deepEqual(await askEngine(page, 'modelSummary'), before);
    assert.equal(await page.isVisible('#error'), false, 'what was declined is no mistake');
    assert.equal(await page.isVisible('#runs'), false, 'nothing was set aside');

    answer = true;
    await drop(page, [path]);
    await until('the model is open', async () =>
      /upsample/.test(JSON.stringify(await askEngine(page, 'modelSummary'))),
    );
    assert.equal(asked.length, 2);
    assert.equal(await page.getAttribute('#start', 'aria-pressed'), 'false');
  }));

test('what only suits a kind of network is not kept in the address as if it were chosen', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    assert.equal(await page.evaluate(() => location.hash), '');
    await page.reload();
    await page.locator('#start:enabled').waitFor();
    await page.selectOption('#preset', 'classifier-cnn');
    await until('its own batch', async () => (await page.inputValue('#batch-number')) === '32');
    await page.fill('#batch-number', '8');
    await page.press('#batch-number', 'Enter');
    await until('the address tells', () => page.evaluate(() => location.hash === '#model=classifier-cnn&batch-size=8'));
    await page.reload();
    await page.locator('#start:enabled').waitFor();
    await until('it is as it was chosen', async () => (await page.inputValue('#batch-number')) === '8');
    assert.equal(await page.inputValue('#preset'), 'classifier-cnn');
  }));

test('a model of ONNX is dropped together with the file of its numbers', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    const [model, numbers] = ['external.onnx', 'external.onnx.data'].map((name) =>
      resolve('tests/oracle/onnx/forms', name),
    );
    await drop(page, [model]);
    await until('it names what is missing', async () =>
      /external\.onnx\.data, which is not here/.test(await page.innerText('#error')),
    );
    await drop(page, [model, numbers]);
    await until('the model is open', async () => (await input(page)) === '12 16 3');
    assert.equal(await page.isVisible('#error'), false);
  }));
