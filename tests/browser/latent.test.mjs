// The latent editor: codes changed by hand, decoded at once, and searched for.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  askEngine,
  canvasLook,
  numberIn,
  open,
  outputLook,
  png,
  steps,
  toggle,
  until,
  withSite,
  writeFiles,
} from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

const tab = (/** @type {Page} */ page, /** @type {string} */ name) => page.click(`#latent-tabs [data-value="${name}"]`);

const codeOf = async (/** @type {Page} */ page) => {
  const { values, own } = await askEngine(page, 'code');
  return { values: Object.values(values).map(Number), own };
};

/** A network with a short code, so that each value has a slider, trained for a while. */
async function trained(/** @type {import('./harness.mjs').Site} */ site, count = 60, embedding = 16) {
  await open(site, `#embedding=${embedding}`);
  await toggle(site.page, 'true');
  await until('some steps', async () => (await steps(site.page)) > count, 240_000);
}

test('a slider of the code changes the decoded image while training runs', () =>
  withSite({}, async (site) => {
    await trained(site);
    const { page } = site;
    const slider = page.getByRole('slider', { name: 'Code value 3', exact: true });
    await slider.focus();
    await page.keyboard.press('End');
    // Read now: until then its end may move with what training makes of the codes.
    const wanted = Math.fround(await slider.evaluate((node) => Number(/** @type {HTMLInputElement} */ (node).value)));
    await until('the engine decodes it', async () => (await codeOf(page)).values[2] === wanted);
    const changed = (await codeOf(page)).values;
    const from = await steps(page);
    await until('training goes on', async () => (await steps(page)) > from + 10);
    assert.deepEqual((await codeOf(page)).values, changed, 'the code stays as it was set');
    assert.match(await page.locator('#code-state').innerText(), /edited by you/);
    const facts = () => page.innerText('#example-facts');
    await until('what it has to do with the image is not told', async () => !/PSNR|loss/.test(await facts()));
    assert.ok(await page.locator('#difference-figure').isHidden());
    assert.match(await page.innerText('#code-ends-words'), /value 3/);
    const [left, right] = await Promise.all([0, 1].map((end) => canvasLook(page, `#code-ends canvas >> nth=${end}`)));
    assert.notEqual(left.print, right.print, 'both ends of the slider are painted');

    await toggle(page, 'false');
    const byHand = await outputLook(page);
    await page.click('#code-reset');
    await until('the own code is back', async () => (await codeOf(page)).own);
    await until('and its figures', async () => /PSNR/.test(await facts()));
    const own = await outputLook(page);
    assert.notEqual(own.print, byHand.print);
    const box = page.getByRole('spinbutton', { name: 'Code value 3, as a number' });
    await box.fill(String(wanted));
    await box.press('Enter');
    await until('the image follows the number box', async () => (await outputLook(page)).print !== own.print);
  }));

test('the analysis gives directions, samples, neighbours and a map in which an empty place is decoded', () =>
  withSite({}, async (site) => {
    await trained(site, 30, 48);
    const { page } = site;
    await page.click('#analyse');
    await page.getByRole('slider', { name: 'Direction 1', exact: true }).waitFor();
    const before = await codeOf(page);
    const slider = page.getByRole('slider', { name: 'Direction 1', exact: true });
    assert.deepEqual([await slider.getAttribute('min'), await slider.getAttribute('max')], ['-3', '3']);
    await slider.focus();
    const looks = () => Promise.all([0, 1].map((end) => canvasLook(page, `#code-ends canvas >> nth=${end}`)));
    await until('both ends are painted', async () => {
      const [left, right] = await looks();
      return left.colours > 8 && left.print !== right.print;
    });
    await page.keyboard.press('Home');
    await until(
      'the direction moves the code',
      async () =>
        (await codeOf(page)).values.some((value, i) => value !== before.values[i]) && !(await codeOf(page)).own,
    );
    await until('neighbours are shown', async () => (await page.locator('#nearest-list button').count()) >= 5);

    await tab(page, 'samples');
    await page.locator('#sample-row button').nth(2).click();
    const sampled = await codeOf(page);
    assert.equal(sampled.own, false);

    await page.click('#strip-tabs [data-value="map"]');
    const map = page.locator('#map-canvas');
    await until('the map is drawn', async () => (await map.getAttribute('aria-label'))?.includes('2,000'));
    const box = await map.boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + 5, box.y + 5);
    await page.locator('#map-card').waitFor();
    assert.equal(await page.locator('#map-picture-words').innerText(), 'decoded here');
    await page.mouse.click(box.x + 5, box.y + 5);
    await until('the place is decoded', async () =>
      (await codeOf(page)).values.some((value, i) => value !== sampled.values[i]),
    );
  }));

test('between two examples lie pictures, and means of examples are mixed', () =>
  withSite({}, async (site) => {
    await open(site, '#embedding=16');
    const { page } = site;
    await tab(page, 'between');
    await page.fill('#between-to', '7');
    await page.press('#between-to', 'Enter');
    await until('the strip', async () => (await page.locator('#between-row button').count()) > 8);
    await page.locator('#between-row button').last().click();
    const last = Object.values(await askEngine(page, 'interpolate', 0, 6, 2).then(({ codes }) => codes))
      .map(Number)
      .slice(16);
    await until("the last is the other example's code", async () =>
      (await codeOf(page)).values.every((value, i) => Math.abs(value - last[i]) < 1e-5),
    );

    await tab(page, 'mix');
    await page.fill('#mix-plus', '1, 3-5');
    await page.fill('#mix-minus', '2');
    await page.press('#mix-minus', 'Enter');
    await until('the lists are read', async () =>
      /Average of 4 images minus average of 1 image/.test(await page.locator('#mix-words').innerText()),
    );
    const mixed = (await codeOf(page)).values;
    await page.click('#mix-mean');
    await until('the mean alone', async () => (await codeOf(page)).values.some((value, i) => value !== mixed[i]));
  }));

test("the search for a real example's code lowers its error tenfold", () =>
  withSite({}, async (site) => {
    await trained(site, 400, 64);
    const { page } = site;
    await toggle(page, 'false');
    // Begins far away: at the picture of another example.
    await tab(page, 'mix');
    await page.fill('#mix-plus', '2');
    await page.click('#mix-mean');
    await until('another code', async () => !(await codeOf(page)).own);
    await tab(page, 'invert');
    await page.click('#inversion-shown');
    const found = /[Ee]rror (\d[\d.]*) → (\d[\d.]*)/;
    await until(
      'it is done',
      async () =>
        found.test(await page.locator('#inversion-words').innerText()) &&
        (await page.locator('#inversion-progress').isHidden()),
      240_000,
    );
    const [, before, after] = (found.exec(await page.locator('#inversion-words').innerText()) ?? []).map(Number);
    assert.ok(after < before / 10, `error ${before} to ${after}`);
    assert.ok((await numberIn(page, '#step-count')) > 0);
  }));

test('the search goes on beside training, and is cancelled', () =>
  withSite({}, async (site) => {
    await trained(site, 20, 128);
    const { page } = site;
    await tab(page, 'invert');
    await page.click('#inversion-shown');
    await page.locator('#inversion-cancel').waitFor();
    await page.locator('#inversion-cancel').dispatchEvent('click'); // at once, before it has found it
    await until('it stops', async () => page.locator('#inversion-progress').isHidden());
    const from = await steps(page);
    await until('training goes on', async () => (await steps(page)) > from);
  }));

test('the code of a painting and of an image file is searched for', () =>
  withSite({}, async (site) => {
    await trained(site, 150, 32);
    const { page, folder } = site;
    await toggle(page, 'false');
    await tab(page, 'invert');
    const words = page.locator('#inversion-words');
    const lower = async (/** @type {string} */ before) => {
      const found = /[Ee]rror (\d[\d.]*) → (\d[\d.]*)/.exec(await words.innerText());
      return (
        found &&
        found[0] !== before &&
        (await page.locator('#inversion-progress').isHidden()) &&
        Number(found[2]) < Number(found[1]) &&
        found[0]
      );
    };
    await page.click('#inversion-paint');
    const paper = page.locator('#inversion-pad canvas');
    await paper.scrollIntoViewIfNeeded();
    const box = await paper.boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + 40, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 150, box.y + 90, { steps: 6 });
    await page.mouse.up();
    const plain = await outputLook(page);
    await page.click('#inversion-solve');
    const painted = String(await until('the painting is searched for', () => lower(''), 240_000));
    assert.equal((await codeOf(page)).own, false);
    assert.notEqual((await outputLook(page)).print, plain.print);

    writeFiles(folder, {
      'wanted.png': png(30, 30, (x, y) => (Math.hypot(x - 15, y - 15) < 9 ? [240, 60, 30] : [250, 250, 250])),
      'words.png': 'no picture at all',
    });
    await page.setInputFiles('#inversion-input', join(folder, 'wanted.png'));
    await until('the image is searched for', () => lower(painted), 240_000);
    await page.setInputFiles('#inversion-input', join(folder, 'words.png'));
    await until('what is no image is refused', () => page.locator('#error').isVisible());
    await page.locator('#inversion-progress').waitFor({ state: 'hidden' });
  }));
