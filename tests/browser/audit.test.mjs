// The data audit on the page: planted faults are found and fixed, and augmentation is shown.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  askEngine,
  drop,
  numberIn,
  open,
  pictureFolder,
  png,
  toggle,
  until,
  withSite,
  writeFiles,
} from './harness.mjs';

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

test('labels that the network contradicts with certainty are suspected, and taken back by a button', () =>
  withSite({}, async (site) => {
    await open(site, '#model=classifier-cnn&validation-split=0.3');
    const { page, folder } = site;
    pictureFolder(join(folder, 'pictures'), 60, 24);
    await drop(page, [join(folder, 'pictures')]);
    await until('the images are in use', async () => (await numberIn(page, '#used-count')) === 120);
    await toggle(page, 'true');
    await until('it knows them', async () => (await askEngine(page, 'status')).accuracy > 0.98);
    await until('and is certain', async () => (await askEngine(page, 'status')).valLoss < 0.02);
    await toggle(page, 'false');
    // A wrong label in each split.
    const { images } = await askEngine(page, 'dataSummary');
    const wrong = [];
    for (const wanted of ['validation', 'train'])
      for (let index = 0; index < images; index++) {
        const { split, label } = await askEngine(page, 'example', index, false);
        if (split.toLowerCase() !== wanted || label !== 'discs') continue;
        wrong.push(index);
        break;
      }
    await page.evaluate(async (examples) => {
      const { edit } = await import(/** @type {string} */ ('/www/app/commands.js'));
      await edit({ do: 'relabel', examples, of: 120, class: 1 });
    }, wrong);
    await page.click('#audit-open');
    const finding = page.locator('[data-finding="suspected"]');
    await finding.waitFor();
    assert.match(await finding.innerText(), /2 images may have a wrong class: .*stripes → discs\?/s);
    await finding.getByRole('button', { name: 'Relabel' }).click();
    await finding.waitFor({ state: 'detached' });
    for (const index of wrong) assert.equal((await askEngine(page, 'example', index, false)).label, 'discs');
  }));
