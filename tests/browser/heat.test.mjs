// Heat maps of where a classifier looks: over the shown example, over the user's own image, and over the images of the worst list.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { askEngine, canvasLook, canvasPixels, drop, open, pictureFolder, toggle, until, withSite } from './harness.mjs';

const settings = '#model=classifier-cnn&width=24&height=24';

test('a heat map is laid over the shown image, by each method, and over the worst images', () =>
  withSite({}, async (site) => {
    await open(site, settings);
    const { page, folder } = site;
    pictureFolder(join(folder, 'pictures'));
    await drop(page, [join(folder, 'pictures')]);
    await until('they are read', async () => (await askEngine(page, 'dataSummary')).used === 80);
    await toggle(page, 'true');
    await until('it has learnt', async () => (await askEngine(page, 'status')).accuracy > 0.9);
    await toggle(page, 'false');

    assert.equal(await page.locator('#heat-figure').isVisible(), false);
    await page.locator('#heat-fold summary').click();
    await page.locator('#heat-figure').waitFor();
    const methods = await page.locator('#heat-method option').allInnerTexts();
    assert.deepEqual(methods, ['Grad-CAM', 'integrated gradients', 'occlusion']);
    /** @type {Set<number>} */
    const prints = new Set();
    for (const method of ['grad-cam', 'integrated-gradients', 'occlusion']) {
      await page.selectOption('#heat-method', method);
      await until('another map', async () => {
        const { print } = await canvasLook(page, '#heat-image');
        return !prints.has(print) && prints.add(print);
      });
      assert.equal(await page.locator('#heat-layer-field').isVisible(), method === 'grad-cam');
      await until('it says so', async () => /predicted with/.test(await page.innerText('#heat-words')));
    }
    await page.selectOption('#heat-method', 'integrated-gradients');
    await until('completeness', async () => /complete within [01](\.\d+)? %/.test(await page.innerText('#heat-words')));
    const predicted = await page.innerText('#heat-words');
    const other = predicted.includes('discs') ? 'stripes' : 'discs';
    await page.selectOption('#heat-class', { label: other });
    await until('another class', async () => (await page.innerText('#heat-words')).startsWith(`for ${other}`));
    await page.locator('#heat-opacity').fill('0');
    await until('only the grey image', async () => {
      const values = await canvasPixels(page, '#heat-image');
      return values.every((value, at) => at % 4 === 3 || value === values[at - (at % 4)]);
    });

    await page.locator('#strip-tabs button:text-is("worst")').click();
    const picture = '#worst .gallery-item canvas >> nth=0';
    const certain = page.locator('#worst button:has-text("certain")'); // images that need no look
    await page.locator('#worst .gallery-item canvas').or(certain).first().waitFor();
    if (await certain.isVisible()) await certain.click();
    await page.locator(picture).waitFor();
    const plain = await canvasLook(page, picture);
    await page.locator('#worst button:text-is("Where it looks")').click();
    await until('a sheet', async () => (await canvasLook(page, picture)).print !== plain.print);
    await page.locator('#worst button:text-is("Where it looks")').click();
    await until('the images', async () => (await canvasLook(page, picture)).print === plain.print);
  }));

test('a network that names no classes has nothing to show of it', () =>
  withSite({}, async (site) => {
    await open(site, '#model=autoencoder-dense');
    assert.equal(await site.page.locator('#heat-fold').isVisible(), false);
    assert.equal((await askEngine(site.page, 'modelSummary')).attribution, null);
  }));
