// The layer list: shapes are checked while one types, the network is built from it, and undo brings the old one back;
// a model as the base of a new head; an ONNX file dropped on the page.
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { askEngine, drop, open, pictureFolder, steps, toggle, until, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

const blocks = async (/** @type {Page} */ page) =>
  (await askEngine(page, 'modelSummary')).blocks.map((/** @type {any} */ block) => block.name);
const verdict = (/** @type {Page} */ page) => page.locator('#layers-verdict').innerText();
const label = (/** @type {Page} */ page, /** @type {string} */ name) => page.getByLabel(name, { exact: true });

test('layers are added, sized, checked while typing, built, and undone', () =>
  withSite({}, async (site) => {
    await open(site, '#model=classifier-mlp');
    const { page } = site;
    await toggle(page, 'true');
    await until('some steps', async () => (await steps(page)) > 20);
    await toggle(page, 'false');
    const before = (await askEngine(page, 'status')).step;
    const old = await blocks(page);

    await page.click('#edit-layers');
    await until(
      'the network is shown as rows',
      async () => (await page.locator('.layer-row').count()) === old.length - 1,
    );
    assert.match(await verdict(page), /^A classifier of [\d,]+ parameters$/);

    await page.selectOption('#layers-add-kind', 'conv');
    await page.getByRole('button', { name: 'Layer 1, insert one above it' }).click();
    await until('there is one row more', async () => (await page.locator('.layer-row').count()) === old.length);
    // Down and up again, to the front, where it reads the picture.
    await page.getByRole('button', { name: 'Layer 1, down' }).click();
    await until('it is second', async () => (await label(page, 'Layer 2, kind').inputValue()) === 'conv');
    await page.getByRole('button', { name: 'Layer 2, up' }).click();
    await until('it is first', async () => (await label(page, 'Layer 1, kind').inputValue()) === 'conv');
    await label(page, 'Layer 1, outputs').fill('5');
    await until('its shape follows', async () =>
      /32 x 32 x 5/.test(await page.locator('.layer-shape').first().innerText()),
    );
    await label(page, 'Layer 1, stride').fill('7');
    await until('the reason is told', async () => /stride/.test(await page.locator('.layer-row').first().innerText()));
    assert.equal(await page.locator('#layers-build').isDisabled(), true);
    assert.match(await verdict(page), /layer 1/);
    await label(page, 'Layer 1, stride').fill('2');
    await until('it can be built', async () => !(await page.locator('#layers-build').isDisabled()));
    await page.click('#layers-build');
    await until('the network is built', async () => (await blocks(page))[1] === 'conv1');
    assert.equal((await askEngine(page, 'status')).step, 0);
    await toggle(page, 'true');
    await until('it learns', async () => (await steps(page)) > 10);
    await toggle(page, 'false');

    await page.click('#undo');
    await until('the old network is back', async () => (await blocks(page)).join() === old.join());
    await until('with its steps', async () => (await askEngine(page, 'status')).step === before);
    await page.click('#redo');
    await until('and the new one again', async () => (await blocks(page))[1] === 'conv1' && (await steps(page)) > 10);
  }));

test('the list of layers has a picture of what is built, which follows every change', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    await page.click('#edit-layers');
    await page.locator('.layer-row').first().waitFor();
    const rows = await page.locator('.layer-row').count();
    const picture = page.locator('#layers-picture');
    assert.equal(await picture.locator('rect').count(), rows + 1, 'the input, and a box for each layer');
    assert.equal(await picture.locator('rect.code').count(), 1);
    await page.locator('#layers-dialog summary', { hasText: 'As text' }).click();
    await page.fill(
      '#layers-text',
      'a: conv outputs=4 relu\nb: conv outputs=4 relu\nadd from=a,b\ndense outputs=9\ndense outputs=values\npicture',
    );
    await until('six boxes', async () => (await picture.locator('rect').count()) === 7);
    assert.equal(await picture.locator('path').count(), 7, 'a line from each layer that is read');
    assert.match((await picture.getAttribute('aria-label')) ?? '', /a 32 x 32 x 4, b 32 x 32 x 4, add1 32 x 32 x 4/);
    const heights = await picture
      .locator('rect')
      .evaluateAll((boxes) => boxes.map((box) => Number(box.getAttribute('height'))));
    assert.ok(heights[4] < heights[3], 'the code is lower than the maps');
    await page.fill('#layers-text', 'a: conv outputs=4 relu\nmax-poool');
    await until('one that cannot be built', async () => (await picture.locator('rect.wrong').count()) === 1);
    await picture.locator('rect').nth(1).click();
    assert.ok(await page.evaluate(() => document.activeElement?.closest('.layer-row') !== null));
  }));

test('an architecture as text becomes rows, and its mistakes are told by layer', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    await page.click('#edit-layers');
    await page.locator('.layer-row').first().waitFor();
    await page.locator('#layers-dialog summary', { hasText: 'As text' }).click();
    await page.fill(
      '#layers-text',
      'conv outputs=4 stride=2 relu\nembedding: dense outputs=9\ndense outputs=values\npicture sigmoid',
    );
    await until('four rows', async () => (await page.locator('.layer-row').count()) === 4);
    await until('it can be built', async () => /^An autoencoder of/.test(await verdict(page)));
    await page.fill('#layers-text', 'conv outputs=4 stride=2 relu\nembeding dense');
    await until('the mistake is told', async () => /layer 2.*one of conv/.test(await verdict(page)));
    await page.fill('#layers-text', 'conv outputs=4 stride=2 relu\nmax-poool');
    await until('and what was meant', async () => /did you mean max-pool\?/.test(await verdict(page)));
    await page.fill('#layers-text', 'embedding: dense outputs=9 gelu; dense outputs=values; picture sigmoid');
    await until(
      'three rows',
      async () => (await page.locator('.layer-row').count()) === 3 && /^An autoencoder/.test(await verdict(page)),
    );
    await page.click('#layers-build');
    await until('it is built', async () => (await askEngine(page, 'modelSummary')).embedding?.length === 9);
  }));

test("a head on an autoencoder makes a classifier, of which nobody asks for the autoencoder's code", () =>
  withSite({}, async (site) => {
    await open(site, '#limit=200');
    const { page } = site;
    await page.locator('#embedding-card').waitFor();
    await page.click('#edit-layers');
    await page.locator('#layers-dialog summary', { hasText: 'Transfer learning' }).click();
    await page.selectOption('#head-schedule', 'gradual');
    await page.click('#head-build');
    await until('it has its head', async () => (await blocks(page)).at(-1) === 'head');
    await page.locator('#embedding-card').waitFor({ state: 'hidden' });
    await page.click('#strip-tabs [data-value="map"]');
    const mapped = page.locator('#map-source option');
    await until('codes are not mapped', async () => {
      const sources = await mapped.evaluateAll((options) => options.map((option) => option.getAttribute('value')));
      return sources.includes('probabilities') && !sources.includes('code');
    });
    await toggle(page, 'true');
    await until('the head learns', async () => (await steps(page)) > 10);
    assert.equal(await page.isVisible('#error'), false);
  }));

test('a dropped ONNX file opens, and gets a new head for the classes of the images', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    pictureFolder(join(folder, 'faces'), 20, 12);
    await drop(page, [join(folder, 'faces')]);
    await until('the images are there', async () => (await askEngine(page, 'dataSummary')).classes.length === 2);
    await page.locator('#loading').waitFor({ state: 'hidden' }); // before, another drop is refused
    await drop(page, [resolve('tests/oracle/onnx/plain.onnx')]);
    await until('the network is there', async () => (await askEngine(page, 'modelSummary')).preset === 'onnx');
    await page.click('#edit-layers');
    await page.locator('#layers-dialog summary', { hasText: 'Transfer learning' }).click();
    await page.click('#head-build');
    await until('it has its head', async () => (await blocks(page)).at(-1) === 'head');
    const summary = await askEngine(page, 'modelSummary');
    assert.equal(summary.blocks.at(-1).channels, 2);
    assert.ok(summary.blocks.some((/** @type {any} */ block) => block.frozen));
    await toggle(page, 'true');
    await until('the head learns', async () => (await steps(page)) > 10);
  }));
