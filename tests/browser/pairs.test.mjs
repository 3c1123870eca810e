// Pairs of images: dropped as folders or as a zip, learnt by a U-Net, measured beside the input itself.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { askEngine, drop, open, png, toggle, until, withSite, writeFiles } from './harness.mjs';

/** Dark stripes on light ground, and the same with little contrast as inputs. @param {string} folder @param {number} count */
function writePairs(folder, count) {
  /** @type {Record<string, Uint8Array>} */
  const files = {};
  for (let index = 0; index < count; index++) {
    const level = (/** @type {number} */ x, /** @type {number} */ y) =>
      (x + (index % 3) * y + index) % 6 < 3 ? 230 : 20;
    const image = (/** @type {number} */ share) =>
      png(16, 16, (x, y) => {
        const value = Math.round(127 + share * (level(x, y) - 127));
        return [value, value, value];
      });
    files[`input/${index}.png`] = image(0.3);
    files[`target/${index}.png`] = image(1);
  }
  files['input/alone.png'] = files['input/0.png'];
  writeFiles(folder, files);
}

test('a folder of pairs is learnt, and measured beside the input itself', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    const set = join(folder, 'stripes');
    writePairs(set, 60);
    await drop(page, [set]);
    await until('they are read', async () => (await askEngine(page, 'dataSummary')).used === 60);
    const summary = await askEngine(page, 'dataSummary');
    assert.deepEqual(summary.target, { width: 16, height: 16, channels: 1 });
    assert.equal(summary.skipped, 1);
    await until('the page names them', async () => /pairs of images/.test(await page.innerText('#data-name')));
    assert.match(await page.locator('#data-notes').innerText(), /60 pairs.*has no partner in target and is left out/);

    // The kinds that suit come first, the others with a word.
    await until('a U-Net is there', async () => (await page.inputValue('#preset')) === 'unet');
    const kinds = await page
      .locator('#preset')
      .evaluate((/** @type {HTMLSelectElement} */ select) => ({
        suited: [...select.children].filter((child) => child instanceof HTMLOptionElement).map(({ value }) => value),
        others: [...select.querySelectorAll('optgroup option')].map((option) => option.textContent),
      }));
    assert.ok(kinds.suited.includes('unet') && kinds.others.includes('classifier-cnn'), JSON.stringify(kinds));
    for (const figure of ['#input-image', '#output-image', '#target-image', '#difference-image']) {
      assert.ok(await page.locator(figure).isVisible(), figure);
    }

    await toggle(page, 'true');
    const psnr = async () => (await askEngine(page, 'status')).psnr ?? 0;
    const { identity } = await askEngine(page, 'example', 3, false);
    await until('it beats the input', async () => (await psnr()) > identity + 2);
    await toggle(page, 'false');
    assert.match(await page.locator('#example-facts').innerText(), /of the input/);
    await page.click('#strip-tabs [data-value="worst"]');
    await page.click('#measure');
    await until('it is measured', async () =>
      /PSNR.*the input itself \d+\.\d+ dB/.test(await page.locator('#measure-words').innerText()),
    );

    // An image of one's own shows the answer, without a target.
    await page.setInputFiles('#own-input', join(set, 'input', '7.png'));
    await until(
      'the own image is shown',
      async () => (await page.locator('#example-count').innerText()) === 'own image',
    );
    await until('its answer is shown', async () => page.locator('#output-image').isVisible());
    await until('it has no target', () => page.locator('#target-figure').isHidden());
  }));
