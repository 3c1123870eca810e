// Spiking columns on the page: they learn, show what each has wired and who votes, and are saved.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import {
  askEngine,
  canvasLook,
  drop,
  open,
  pictureFolder,
  png,
  steps,
  toggle,
  until,
  withSite,
  writeFiles,
} from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

const settings = '#model=columns&column-neurons=100&column-adjust-true=5000&column-adjust-false=5000';

const listed = (/** @type {Page} */ page) => page.locator('#columns-list li').allInnerTexts();

test('columns learn what is dropped, and each shows its connections and its votes', () =>
  withSite({}, async (site) => {
    await open(site, settings);
    const { page, folder } = site;
    pictureFolder(join(folder, 'pictures'), 60, 28);
    await drop(page, [join(folder, 'pictures')]);
    await until('they are read', async () => (await askEngine(page, 'dataSummary')).used === 120);
    const { abilities } = await askEngine(page, 'modelSummary');
    assert.deepEqual(abilities, ['columns', 'classify']);
    await page.locator('#strip-tabs button:text-is("columns")').click();
    await until('there is a card for each class', async () => (await listed(page)).length === 2);
    const empty = await canvasLook(page, '#columns-list li >> nth=0 >> canvas >> nth=0');

    await toggle(page, 'true');
    await until('it answers better than by chance', async () => (await askEngine(page, 'status')).accuracy > 0.8);
    await toggle(page, 'false');
    await until('connections are drawn', async () => {
      const now = await canvasLook(page, '#columns-list li >> nth=0 >> canvas >> nth=0');
      return now.print !== empty.print;
    });
    assert.match((await listed(page))[0], /spikes?[\s\S]*of 100 neurons spike; \d+(\.\d+)? % of the slots in use/);
    assert.match(await page.innerText('#columns-words'), /additions? of whole numbers for this answer/);
    // What only other kinds have is not there.
    for (const part of ['#rate', '#optimizer', '#edit-layers', '#view-modes', '#inspector-card'])
      assert.equal(await page.locator(part).isVisible(), false, part);
    for (const tab of ['edges', 'graph', 'neurons'])
      assert.equal(await page.locator(`#strip-tabs button:text-is("${tab}")`).isVisible(), false, tab);
  }));

test('columns that were trained in the page go on from their file', () =>
  withSite({}, async (site) => {
    await open(site, settings);
    const { page, folder } = site;
    await toggle(page, 'true');
    await until('training', async () => (await steps(page)) > 30);
    await toggle(page, 'false');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    const path = join(folder, 'columns.safetensors');
    await download.saveAs(path);
    const example = await askEngine(page, 'example', 3, false);
    await page.selectOption('#preset', 'classifier-mlp');
    await until(
      'another kind is there',
      async () => (await askEngine(page, 'modelSummary')).preset === 'classifier-mlp',
    );
    await page.setInputFiles('#model-input', path);
    await until('the columns are back', async () => (await askEngine(page, 'modelSummary')).preset === 'columns');
    const again = await askEngine(page, 'example', 3, false);
    assert.deepEqual(again.probabilities, example.probabilities);
    await toggle(page, 'true');
    await until('it goes on', async () => (await steps(page)) > 40);
  }));

const mnist = resolve('../shared/data/mnist');

test('a digit that is drawn is answered right soon after MNIST was dropped', (context) => {
  if (!existsSync(mnist)) return context.skip(`${mnist} is not there`);
  return withSite({}, async (site) => {
    await open(site, '#model=columns');
    const { page } = site;
    const names = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'];
    const begin = Date.now();
    const rest = () => 180_000 - (Date.now() - begin); // half a minute where nothing else runs
    await drop(
      page,
      names.map((name) => join(mnist, `${name}-ubyte.gz`)),
    );
    await until('it is read', async () => (await askEngine(page, 'dataSummary')).used === 70_000, rest());
    await toggle(page, 'true');
    await until('it knows digits', async () => (await askEngine(page, 'status')).accuracy > 0.75, rest());
    await page.click('#own-draw');
    const paper = await until('there is paper', () => page.locator('#own-pad canvas').boundingBox());
    assert.ok(paper);
    const at = (/** @type {number} */ turn) => {
      const { x, y, width, height } = paper;
      return /** @type {const} */ ([
        x + width * (0.5 + 0.2 * Math.sin(turn * 2 * Math.PI)),
        y + height * (0.5 - 0.28 * Math.cos(turn * 2 * Math.PI)),
      ]);
    };
    await page.mouse.move(...at(0));
    await page.mouse.down();
    for (let part = 1; part <= 24; part++) await page.mouse.move(...at(part / 24));
    await page.mouse.up();
    // Columns that know nothing find all classes as likely.
    const isZero = async () => (await page.locator('#probabilities .winner .name-of').allInnerTexts()).join() === '0';
    await until('it is a zero', isZero, rest());
    context.diagnostic(`answered right ${((Date.now() - begin) / 1000).toFixed(1)} s after the drop`);
    // And it stays one while training goes on.
    await page.waitForTimeout(2000);
    assert.ok(await isZero());
  });
});

test('a folder that is added becomes a class of its own, and the columns keep what they know', () =>
  withSite({}, async (site) => {
    await open(site, settings);
    const { page, folder } = site;
    assert.equal(await page.locator('#add-images').isVisible(), false, 'the sample set has no files to add to');
    pictureFolder(join(folder, 'pictures'), 60, 28);
    await drop(page, [join(folder, 'pictures')]);
    await until('they are read', async () => (await askEngine(page, 'dataSummary')).used === 120);
    await toggle(page, 'true');
    await until('it has learnt', async () => (await askEngine(page, 'status')).accuracy > 0.8);
    await toggle(page, 'false');
    const { connections } = await askEngine(page, 'modelSummary');

    const dark = Array.from({ length: 30 }, (_, n) => png(40, 40, (x, y) => [9 * (n % 20), x > y ? 200 : 40, 30]));
    writeFiles(join(folder, 'corners'), Object.fromEntries(dark.map((bytes, n) => [`${n}.png`, bytes])));
    await page.click('#add-images');
    await drop(page, [join(folder, 'corners')]);
    await until('they are added', async () => (await askEngine(page, 'dataSummary')).used === 150);
    const { classes, width } = await askEngine(page, 'dataSummary');
    const names = classes.map((/** @type {{ name: string }} */ { name }) => name);
    assert.deepEqual([names, width], [['discs', 'stripes', 'corners'], 28]);
    assert.equal(await page.getAttribute('#add-images', 'aria-pressed'), 'false');
    assert.equal((await askEngine(page, 'modelSummary')).connections, connections);
    await toggle(page, 'true');
    await until('the new class is known', async () => (await askEngine(page, 'status')).accuracy > 0.8);
    await toggle(page, 'false');
    // Another size has all of the files read again.
    await page.evaluate(async () => {
      const { set } = await import(new URL('www/app/commands.js', document.baseURI).href);
      await set('width', '20');
    });
    await until('all are read again', async () => {
      const data = await askEngine(page, 'dataSummary');
      return data.width === 20 && data.used === 150 && data.classes.length === 3;
    });
  }));

test('a neuron of a column is read, changed, silenced and brought back', () =>
  withSite({}, async (site) => {
    await open(site, settings);
    const { page } = site;
    await toggle(page, 'true');
    await until('training', async () => (await steps(page)) > 30);
    await toggle(page, 'false');
    await page.locator('#strip-tabs button:text-is("columns")').click();
    await page.locator('#columns-list button').first().click();
    await until('its slots are listed', async () => (await page.locator('#columns-slots li').count()) === 10);
    const slot = async () => (await askEngine(page, 'columnNeuron', 0, 5, false)).slots[2];
    const before = await slot();
    await page.fill('#columns-neuron', '5');
    await page.press('#columns-neuron', 'Enter');
    await until('it is the fifth', async () => (await page.inputValue('#columns-neuron')) === '5');
    const line = page.locator('#columns-slots li').nth(2);
    await line.getByLabel('Weight of slot 2').fill('-4321');
    await page.keyboard.press('Tab');
    await until('the weight is set', async () => (await slot()).weight === -4321);
    await line.getByRole('button', { name: 'Pin' }).click();
    await until('it is pinned', async () => (await slot()).pinned);
    await page.click('#columns-silence');
    await until('it is silent', async () => (await askEngine(page, 'columnNeuron', 0, 5, false)).silenced);
    for (let edits = 0; edits < 3; edits++) await page.keyboard.press('Control+z');
    await until('all is undone', async () => JSON.stringify(await slot()) === JSON.stringify(before));
    // A place outside the image is not taken.
    await line.getByLabel('x of slot 2').fill('999');
    await page.keyboard.press('Tab');
    await until(
      'the old place is back',
      async () => (await line.getByLabel('x of slot 2').inputValue()) === `${before.x}`,
    );
    await page.locator('#columns-close').press('Escape');
    await until('the desk is closed', () => page.locator('#columns-desk').isHidden());
  }));
