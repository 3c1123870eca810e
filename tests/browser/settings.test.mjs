// What the controls of settings say: defaults, limits, and what the engine has made of a value.
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { askEngine, drop, enter, numberIn, open, steps, toggle, until, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

const tip = (/** @type {Page} */ page, /** @type {string} */ selector) => page.getAttribute(selector, 'data-tip');
const config = async (/** @type {Page} */ page) => askEngine(page, 'config');

test('tips name the defaults of this page and this network, and a double click goes back to them', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site);
    assert.match((await tip(page, '#rate')) ?? '', /Default 0\.003\./);
    assert.match((await tip(page, '#batch')) ?? '', /Default 8\./);
    for (const [name, value] of Object.entries({
      schedule: 'constant',
      epochs: 'endless',
      'kept-moments': '40',
      'checkpoint-minutes': '0.1',
    }))
      assert.match((await tip(page, `#setting-${name}`)) ?? '', new RegExp(`Default ${value}\\.`), name);
    await enter(page, '#rate-number', '0.02');
    await until('it is set', async () => (await config(page))['learning-rate'] === '0.02');
    await page.locator('#rate').dblclick();
    await until('its default is back', async () => (await config(page))['learning-rate'] === '0.003');
    await page.selectOption('#preset', 'classifier-mlp');
    await until('the tip follows', async () => !(await tip(page, '#rate'))?.includes('0.003'));
  }));

test('a number beyond the limits is told with what was set', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site);
    await enter(page, '#batch-number', '100000');
    await page.getByText('Batch size goes from 1 to 4,096; 4,096 was set.').waitFor();
    assert.equal((await config(page))['batch-size'], '4096');
  }));

test('after a reload the controls show what the engine has', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site);
    await page.fill('#width', '48');
    await page.fill('#height', '48');
    await page.selectOption('#axis', 'epoch');
    await page.reload();
    await page.locator('#start:enabled').waitFor();
    assert.deepEqual([await page.inputValue('#width'), await page.inputValue('#axis')], ['', 'step']);
    assert.equal(await page.locator('#size-apply').isEnabled(), false);
  }));

test('nothing can be begun before the settings of the address are there', () =>
  withSite({}, async ({ page, address }) => {
    await page.addInitScript(() => {
      const look = () => {
        const start = document.querySelector('#start');
        const preset = /** @type {HTMLSelectElement | null} */ (document.querySelector('#preset'));
        if (start instanceof HTMLButtonElement && !start.disabled) Object.assign(globalThis, { found: preset?.value });
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    await page.goto(`${address}#model=classifier-mlp`);
    const found = await page.waitForFunction(() => /** @type {any} */ (globalThis).found);
    assert.equal(await found.jsonValue(), 'classifier-mlp');
  }));

test('the control of the rate shows what a plateau has left of it', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site, '#limit=200&min-delta=1000&plateau-patience=1&plateau-factor=0.5');
    await toggle(page, 'true');
    await until('the rate is lowered', async () => (await askEngine(page, 'status')).rateFactor < 1);
    await toggle(page, 'false');
    const { rateFactor } = await askEngine(page, 'status');
    const ratio = async () => (await numberIn(page, '#rate-number')) / (0.003 * rateFactor);
    await until('the control follows', async () => Math.abs((await ratio()) - 1) < 0.01);
    assert.equal((await config(page))['learning-rate'], '0.003');
    await enter(page, '#rate-number', '0.01');
    await until('what a person enters counts', async () => (await askEngine(page, 'status')).rateFactor === 1);
    await until('and is shown', async () => (await page.inputValue('#rate-number')) === '0.01');
  }));

test('the forecast gives way to what is measured, and is withdrawn where it no longer holds', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site);
    const more = async () => (await page.getAttribute('#forecast', 'title')) ?? '';
    await page.getByText(/^About [\d.]+ s per epoch, [\d.]+ MiB$/).waitFor();
    assert.match(await more(), /enough for batches of 4,096/);
    await toggle(page, 'true');
    await page.getByText(/^[\d.]+ s per epoch, [\d.]+ MiB$/).waitFor();
    await page.selectOption('#preset', 'classifier-mlp');
    await until('the old one is gone', async () => (await more()) === '');
    await page.getByText(/^[\d.]+ s per epoch, [\d.]+ MiB$/).waitFor();
    await toggle(page, 'false');
    await until('there is a forecast again', async () => /batches of/.test(await more()));
  }));

test('the sentence above the chart speaks of what this network learns', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site);
    await page.locator('#guide-text', { hasText: 'redraw it from them' }).waitFor();
    await page.selectOption('#preset', 'classifier-cnn');
    await page.locator('#guide-text', { hasText: 'learn to name what is in a picture' }).waitFor();
  }));

test('an opened ONNX file is named, and is a kind of its own', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site, '#model=classifier-mlp');
    await drop(page, [resolve('tests/oracle/onnx/plain.onnx')]);
    await page.getByText(/^plain\.onnx: opened a network of 5 layers; .* resized to 12 × 12 in colour/).waitFor();
    assert.equal(await page.inputValue('#preset'), 'onnx');
  }));

test('histories of different runs have different names, and are told', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site);
    await toggle(page, 'true');
    await until('some steps', async () => (await steps(page)) > 5);
    await toggle(page, 'false');
    await page.click('#run-fold summary');
    for (const [kind, name] of [
      ['csv', /^autoencoder-coloured-shapes-history\.csv$/],
      ['tensorboard', /^events\.out\.tfevents\.\d+\.autoencoder-coloured-shapes$/],
    ]) {
      const [saved] = await Promise.all([page.waitForEvent('download'), page.click(`[data-kind="${kind}"]`)]);
      assert.match(saved.suggestedFilename(), /** @type {RegExp} */ (name));
      await page.getByText(`Saved as ${saved.suggestedFilename()}.`).waitFor();
    }
  }));

test('loose files are named by the first, and those of MNIST by what they are', async () => {
  const { nameOf } = await import('../../www/rail/data/files.js');
  const named = (/** @type {string[]} */ ...paths) => nameOf(paths.map((path) => ({ path, file: new File([], path) })));
  const mnist = ['train-images', 'train-labels', 't10k-images', 't10k-labels'];
  assert.equal(named(...mnist.map((name) => `${name}-idx${name.includes('images') ? 3 : 1}-ubyte.gz`)), 'IDX files');
  assert.equal(named('a.png', 'b.png', 'c.png'), 'a.png and 2 more');
  assert.equal(named('pets/a.png', 'pets/cats/b.png'), 'pets');
  assert.equal(named('pets/a.png'), 'a.png');
});
