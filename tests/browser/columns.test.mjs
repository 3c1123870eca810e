// Spiking columns on the page: they learn, show what each has wired and who votes, and are saved.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { askEngine, canvasLook, drop, open, pictureFolder, steps, toggle, until, withSite } from './harness.mjs';

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
    for (const tab of ['edges', 'graph', 'map'])
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
