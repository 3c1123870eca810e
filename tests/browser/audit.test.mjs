// The data audit on the page: planted faults are found and fixed, and augmentation is shown.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { askEngine, drop, numberIn, open, pictureFolder, png, until, withSite, writeFiles } from './harness.mjs';

test('copies and blank images are found, and a button drops them', () =>
  withSite({}, async (site) => {
    await open(site, '#model=classifier-mlp&augment-rotation=20');
    const { page, folder } = site;
    pictureFolder(join(folder, 'pictures'), 12);
    const same = png(24, 24, (x, y) => [x * 10, y * 10, 90]);
    writeFiles(join(folder, 'pictures'), {
      'discs/a.png': same,
      'discs/b.png': same,
      'stripes/c.png': png(24, 24, () => [9, 9, 9]),
    });
    await drop(page, [join(folder, 'pictures')]);
    await until('the images are in use', async () => (await numberIn(page, '#used-count')) === 27);

    await page.click('#audit-open');
    await page.locator('[data-finding="duplicates"]').waitFor();
    await page.locator('[data-finding="blank"]').waitFor();
    assert.equal(await page.locator('#audit-pictures canvas').count(), 12);
    await page.locator('[data-finding="duplicates"] button', { hasText: 'Exclude 1 image' }).click();
    await page.locator('[data-finding="duplicates"]').waitFor({ state: 'detached' });
    await page.locator('[data-finding="blank"] .audit-fixes button').click();
    await page.locator('[data-finding="blank"]').waitFor({ state: 'detached' });
    const { dropped } = await askEngine(page, 'dataSummary');
    assert.equal(dropped, 2);
    await page.keyboard.press('Escape');
    await page.click('#undo');
    await until('undo takes one in again', async () => (await askEngine(page, 'dataSummary')).dropped === 1);
  }));
