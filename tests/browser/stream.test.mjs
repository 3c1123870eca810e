// Images that do not fit the memory set aside for them: decoded once to the browser's private disk space and streamed
// from there, with the same result as from memory.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { askEngine, drop, numberIn, open, pictureFolder, toggle, until, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

const count = 500; // of each of two classes, 64 x 64 in colour: 11.7 MiB of pixels

/** Steps that are compared. */
const STEPS = 20;

const settings = '#width=64&height=64&channels=3&batch-size=16&model=classifier-mlp';

/** The training losses of the first steps, and the validation figures, on a fresh page with these settings. */
async function train(
  /** @type {import('./harness.mjs').Site} */ site,
  /** @type {string} */ pictures,
  /** @type {number} */ steps,
) {
  const { page } = site;
  await drop(page, [pictures]);
  await until('the images are in use', async () => (await numberIn(page, '#used-count')) === 2 * count);
  for (let step = 0; step < steps; step++) await askEngine(page, 'step');
  const { loss } = await askEngine(page, 'series', 0);
  assert.equal(Object.keys(loss).length, steps);
  return {
    loss: Object.values(loss),
    validation: (await askEngine(page, 'jobRun', 'evaluate', { split: 'validation' })).figures,
  };
}

const told = (/** @type {Page} */ page) => page.locator('#data-storage').innerText();

/** Names and sizes of the packs on disk. */
const packs = (/** @type {Page} */ page) =>
  page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('packs', { create: true });
    const found = [];
    for await (const handle of /** @type {any} */ (folder).values()) {
      const file = await handle.getFile().catch(() => null); // it may be removed meanwhile
      if (file) found.push({ name: handle.name, size: file.size });
    }
    return found;
  });

test('images beyond the memory cap stream from disk with the same losses, and are decoded once', () =>
  withSite({}, async (site) => {
    const { page, folder } = site;
    const pictures = join(folder, 'pictures');
    pictureFolder(pictures, count, 40);

    await open(site, settings);
    const inMemory = await train(site, pictures, STEPS);
    assert.match(await told(page), /^11\.7 MiB of pixels, all in memory$/);
    assert.deepEqual(await packs(page), [], 'what fits into memory leaves nothing on disk');

    // The same files with a cap: the page reads them again by itself.
    await askEngine(page, 'set', 'memory-cap', '3');
    await page.evaluate(() => document.dispatchEvent(new CustomEvent('reload')));
    await until('streaming', async () => (await told(page)).includes('more than the 3.0 MiB'));
    assert.match(await told(page), /streamed from \d+\.\d MiB on disk$/);
    assert.equal(await numberIn(page, '#used-count'), 2 * count);
    const [pack] = await packs(page);
    assert.ok(pack.size > 2 * count * 64 * 64 * 3, `${pack.size} bytes`);
    await askEngine(page, 'reset');
    for (let step = 0; step < STEPS; step++) await askEngine(page, 'step');
    const { loss } = await askEngine(page, 'series', 0);
    assert.deepEqual(Object.values(loss).slice(0, STEPS), inMemory.loss);
    assert.deepEqual(
      (await askEngine(page, 'jobRun', 'evaluate', { split: 'validation' })).figures,
      inMemory.validation,
    );

    // A new visit: the pack is there already.
    await page.goto('about:blank');
    await open(site, `${settings}&memory-cap=3`);
    const again = await train(site, pictures, STEPS);
    assert.match(await told(page), new RegExp(`${(2 * count).toLocaleString('en-US')} images had been decoded before`));
    assert.deepEqual(again, inMemory);
    assert.ok(await page.locator('#cache-remove').isHidden(), 'a pack in use cannot be removed');

    // A second page on the same images gets a pack of its own.
    const second = await site.context.newPage();
    await open({ ...site, page: second }, `${settings}&memory-cap=3`);
    await drop(second, [pictures]);
    await until('the images are in use', async () => (await numberIn(second, '#used-count')) === 2 * count);
    assert.match(await told(second), /more than the 3\.0 MiB.*streamed/);
    assert.equal((await packs(page)).length, 2);
    await second.close();
    await page.bringToFront();

    // It trains, shows and measures like any other.
    await toggle(page, 'true');
    await until('training', async () => (await numberIn(page, '#step-count')) > 2 * STEPS);
    await toggle(page, 'false');
    await page.click('#example-next');

    // Back to the sample set the space can be had back.
    await page.click('#sample');
    await page.click('#cache-remove');
    await until('it is gone', async () => (await packs(page)).length === 0);
  }));

test('reading that is cancelled keeps what was decoded, and the data stay as they were', () =>
  withSite({}, async (site) => {
    const { page, folder } = site;
    const pictures = join(folder, 'pictures');
    pictureFolder(pictures, count, 40);
    await open(site, `${settings}&memory-cap=1`);
    await drop(page, [pictures]);
    await until('some are decoded', async () => (await packs(page))[0]?.size > 2 ** 20);
    await askEngine(page, 'loadCancel');
    assert.equal(await numberIn(page, '#used-count'), 2000);
    await until(
      'the page is ready',
      async () =>
        !(await page.evaluate(async () => (await import(/** @type {string} */ ('/www/app/store.js'))).store.loading)),
    );
    await drop(page, [pictures]);
    await until('the images are in use', async () => (await numberIn(page, '#used-count')) === 2 * count);
    assert.match(await told(page), /images? had been decoded before/);
  }));

test('a forecast is told before training begins and changes nothing', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site, '#model=classifier-mlp');
    await until('the forecast', async () =>
      /^About [\d.]+ s per epoch, [\d.]+ MiB$/.test(await page.locator('#forecast').innerText()),
    );
    assert.equal(await numberIn(page, '#step-count'), 0);
    const before = await page.locator('#forecast').getAttribute('title');
    assert.match(before ?? '', /parameters, .* ms per step; .* batches of 4,096/);
  }));
