// Layers over time: all of them at a glance, one large, in both forms, while training runs, scrubbed with looking back; and
// classes over time: kept confusion matrices, what flowed between them, what was predicted, calibration.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askEngine, canvasLook, open, steps, toggle, until, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

const tab = (/** @type {Page} */ page, /** @type {string} */ id) => page.click(`#strip-tabs [data-value="${id}"]`);
const facts = (/** @type {Page} */ page) => page.innerText('#histograms-facts');

test('every layer is seen over time while it trains, by pointer and by keys', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site, '#model=classifier-cnn&limit=300&width=20&height=20&batch-size=16');
    await tab(page, 'histograms');
    await page.locator('#histograms-hint:has-text("first step")').waitFor();
    await toggle(page, 'true');
    const tile = (/** @type {string} */ name) => page.locator(`.histogram-tile[data-layer="${name}"]`);
    await tile('conv1').locator('span:has-text("rms")').waitFor();
    const drawn = () => canvasLook(page, '.histogram-tile[data-layer="conv1"] canvas');
    const before = await until('a picture', async () => (await drawn()).colours > 8 && (await drawn()).print);
    await until('it follows training', async () => (await drawn()).print !== before);

    // Layers without parameters have activations alone.
    assert.equal(await tile('pool1').count(), 0);
    await page.selectOption('#histograms-quantity', 'activations');
    await tile('pool1').locator('span:has-text("rms")').waitFor();
    for (const quantity of ['biases', 'gradients', 'updates']) {
      await page.selectOption('#histograms-quantity', quantity);
      await until(quantity, async () => (await tile('pool1').count()) === 0 && (await tile('conv2').count()) === 1);
      await until('drawn', async () => (await canvasLook(page, '.histogram-tile canvas >> nth=0')).colours > 3);
    }
    assert.equal(await page.locator('#histograms-forms').isVisible(), false);
    await until('some epochs', async () => (await steps(page)) > 120);
    await toggle(page, 'false');

    // One layer large: ridges, bands, and what was at a moment.
    await page.selectOption('#histograms-quantity', 'activations');
    await tile('conv2').click();
    await until('it is large', async () => (await canvasLook(page, '#histograms-canvas')).colours > 20);
    const ridges = (await canvasLook(page, '#histograms-canvas')).print;
    await page.locator('#histograms-forms button:text-is("bands")').click();
    await until('bands', async () => (await canvasLook(page, '#histograms-canvas')).print !== ridges);
    const latest = await facts(page);
    assert.match(latest, /^step [\d,]+, epoch [\d.]+ · rms .* · dead [\d.]+ % · saturated [\d.]+ % .* [\d,]+ numbers$/);
    await page.focus('#histograms-canvas');
    await page.keyboard.press('ArrowLeft');
    await until('an earlier moment', async () => (await facts(page)) !== latest);
    const box = /** @type {{ x: number, y: number, width: number, height: number }} */ (
      await page.locator('#histograms-canvas').boundingBox()
    );
    await page.mouse.move(box.x + 60, box.y + box.height / 2);
    await page.locator('#histograms-card:has-text("step 1,")').waitFor();

    // Looking back here is looking back everywhere.
    await page.mouse.move(0, 0);
    const shown = async () => (await askEngine(page, 'histograms', 'weights')).shown;
    const now = await shown();
    await page.focus('#histograms-back');
    await page.keyboard.press('Home');
    await until('an earlier network', async () =>
      (await page.innerText('#histograms-back-words')).startsWith('network of epoch'),
    );
    assert.ok((await shown()) < now);
    await page.focus('#histograms-canvas');
    await page.keyboard.press('Escape');
    await tile('conv2').waitFor();
  }));

test('what a classifier answered is kept: matrices, flows, predictions, calibration', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site, '#model=classifier-mlp&limit=600&width=16&height=16');
    await toggle(page, 'true');
    await until('some epochs', async () => (await askEngine(page, 'classTimeline')).steps.length >= 6);
    await toggle(page, 'false');
    await tab(page, 'confusion');
    await page.locator('#confusion-at:enabled').waitFor();
    const matrix = () => canvasLook(page, '#confusion-matrix');
    const latest = await until('a matrix', async () => (await matrix()).colours > 5 && (await matrix()).print);
    const first = /** @type {string} */ (await page.locator('#confusion-at option >> nth=1').getAttribute('value'));
    await page.selectOption('#confusion-at', first);
    await until('the first matrix', async () => (await matrix()).print !== latest);
    await page.selectOption('#confusion-at', '');
    await page.selectOption('#confusion-since', first);
    await page.locator('#confusion-title:has-text("became right")').waitFor();
    const chip = page.locator('#confusion-pairs .flow-mended').first();
    const wanted = Number(await chip.locator('b').innerText());
    await chip.click();
    await until('its images', async () => (await page.locator('#confusion-gallery .gallery-item').count()) === wanted);
    await page.click('#confusion-back');
    await chip.waitFor();

    await tab(page, 'classes');
    const view = (/** @type {string} */ name) => page.click(`#classes-views [data-value="${name}"]`);
    await view('time');
    await page.locator('#classes-facts:has-text("accuracy")').waitFor();
    const all = await until('a picture', async () => {
      const look = await canvasLook(page, '#classes-canvas');
      return look.colours > 5 && look.print;
    });
    await page.selectOption('#classes-label', '2');
    await until('one class', async () => (await canvasLook(page, '#classes-canvas')).print !== all);
    await page.focus('#classes-canvas');
    await page.keyboard.press('ArrowRight');
    await page.locator('#classes-card:has-text("predicted")').waitFor();
    await view('images');
    await page.locator('#classes-facts:has-text("validation")').waitFor();
    await view('calibration');
    await page.locator('#classes-facts:has-text("ECE")').waitFor();
    await until('bars', async () => (await canvasLook(page, '#classes-canvas')).colours > 5);
    await view('figures');
    await page.locator('#classes-body tr').first().waitFor();
  }));
