// Wishes of neurons: a whole layer as a sheet with the images that drive them, and one picked neuron in the inspector.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askEngine, canvasLook, open, toggle, until, withSite } from './harness.mjs';

test('a layer is searched, a neuron is picked from it, and its weights are shown', () =>
  withSite({}, async (site) => {
    await open(site, '#model=classifier-cnn&limit=200&width=20&height=20');
    const { page } = site;
    await toggle(page, 'true');
    await until('it trains', async () => (await askEngine(page, 'status')).step > 20);
    await toggle(page, 'false');

    await page.locator('#strip-tabs button:text-is("neurons")').click();
    await page.selectOption('#neurons-layer', { label: 'conv2' });
    await page.click('#neurons-search');
    await until('all channels', async () => (await page.locator('#neurons-list .unit').count()) === 32);
    assert.match(await page.innerText('#neurons-words'), /^32, (none|\d+) dead, at step \d+$/);
    assert.ok((await canvasLook(page, '#neurons-list canvas >> nth=3')).colours > 50);

    await page.locator('#neurons-list .unit >> nth=5').click();
    assert.equal(await page.innerText('#neurons-title'), 'channel 5');
    await page.locator('#neurons-desk .driving-image').first().waitFor();
    assert.equal(await page.locator('#neurons-desk .driving-image').count(), 12);
    assert.ok((await page.locator('#neurons-desk .field-mark').count()) > 0, 'what it sees is marked');

    // The inspector shows the same neuron.
    const wants = page.locator('#inspector-list .wants');
    await wants.locator('summary').click();
    await wants.locator('button:text-is("Search")').click();
    await until('four pictures', async () => (await wants.locator('.wanted-row figure').count()) === 4);
    await wants.locator('button:text-is("channel")').click();
    await until(
      'they are of the whole channel',
      async () => (await wants.locator('.wanted-row .field-mark').count()) === 0,
    );
    await wants.locator('button:text-is("Others")').waitFor();

    await page.selectOption('#neurons-layer', { label: 'conv1' });
    await page.locator('#neurons-kinds button:text-is("weights")').click();
    await until('the filters', async () => (await page.locator('#neurons-list .unit').count()) === 16);
  }));

test('a search for a layer is cancelled, and spiking columns have none', () =>
  withSite({}, async (site) => {
    await open(site, '#model=autoencoder-dense&limit=200');
    const { page } = site;
    await page.locator('#strip-tabs button:text-is("neurons")').click();
    await page.click('#neurons-search');
    await page.locator('#neurons-search:has-text("Cancel")').click();
    await page.locator('#neurons-search:text-is("Search")').waitFor();
    assert.equal(await page.locator('#neurons-list .unit').count(), 0);
    await page.selectOption('#preset', 'columns');
    await until('columns are there', async () => (await askEngine(page, 'modelSummary')).preset === 'columns');
    await page.locator('#strip-tabs button:text-is("neurons")').waitFor({ state: 'hidden' });
  }));
