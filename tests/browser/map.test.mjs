// The map of all images: made while training runs, paused, its points chosen by a lasso, their images given another class.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { askEngine, open, steps, toggle, until, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

const showMap = (/** @type {Page} */ page) => page.click('#strip-tabs [data-value="map"]');

const made = (/** @type {Page} */ page) =>
  until('a finished map', async () => {
    const view = await askEngine(page, 'mapView', 0);
    return view?.isDone && view;
  });

/** Drags from corner to corner of an outline, in shares of the canvas. */
async function draw(/** @type {Page} */ page, /** @type {[number, number][]} */ outline) {
  const box = await page.locator('#map-canvas').boundingBox();
  assert.ok(box);
  const [first, ...rest] = outline.map(([x, y]) => [box.x + x * box.width, box.y + y * box.height]);
  await page.mouse.move(first[0], first[1]);
  await page.mouse.down();
  for (const [x, y] of rest) await page.mouse.move(x, y, { steps: 3 });
  await page.mouse.up();
}

test('a lasso in a map gives its images; one is given another class, and the confusion matrix follows', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site, '#model=classifier-mlp&epochs=0&width=16&height=16');
    await toggle(page, 'true');
    await until('some steps', async () => (await steps(page)) >= 60);
    await showMap(page);
    await page.selectOption('#map-source', 'probabilities');
    await page.selectOption('#map-method', 'umap');
    await page.selectOption('#map-splits', 'validation');
    await page.click('#map-analyse');
    const from = await steps(page);
    const heights = await page.evaluate(() =>
      ['.guide', '#map-canvas'].map((part) => document.querySelector(part)?.getBoundingClientRect().height ?? 0),
    );
    assert.ok(heights[0] < 120 && 200 < heights[1], `heights of the sentence and of the map: ${heights}`);
    const view = await made(page);
    assert.equal(Object.values(view.examples).length, 200);
    await until('training went on', async () => (await steps(page)) > from);
    await toggle(page, 'false');
    const counts = Object.values((await measured(page)).confusion);
    const figures = page.locator('#map-quality');
    await until('figures', async () => /trustworthiness 0\.\d+[^]*class by neighbours/.test(await figures.innerText()));

    await until('it is painted', async () =>
      /of 200 images/.test((await page.getAttribute('#map-canvas', 'aria-label')) ?? ''),
    );
    await page.click('#map-tools [data-value="lasso"]');
    await draw(page, [
      [0.02, 0.02],
      [0.98, 0.02],
      [0.98, 0.98],
      [0.02, 0.98],
    ]);
    const items = page.locator('#map-gallery .gallery-item');
    await until('images', async () => (await items.count()) >= 60);

    const example = Number(await items.first().getAttribute('data-example'));
    const [one] = (await askEngine(page, 'scored', [example])).examples;
    await items.first().click();
    const other = (one.label + 1) % 8;
    await page.locator('#map-gallery select').first().selectOption(String(other));
    await until('the new class', async () => (await askEngine(page, 'scored', [example])).examples[0].label === other);
    const after = Object.values((await askEngine(page, 'measurement', 'validation')).confusion);
    assert.equal(after[8 * one.label + one.predicted], counts[8 * one.label + one.predicted] - 1);
    assert.equal(after[8 * other + one.predicted], counts[8 * other + one.predicted] + 1);

    const [saved] = await Promise.all([page.waitForEvent('download'), page.click('#map-list')]);
    const list = readFileSync(await saved.path(), 'utf8')
      .trim()
      .split('\n');
    assert.equal(list[0], 'example,name,class,predicted,loss');
    assert.equal(list.length, 1 + Number(/\d+/.exec(await page.innerText('#map-chosen'))?.[0]));

    await page.locator('#map-canvas').press('Escape');
    await page.locator('#map-side').waitFor({ state: 'hidden' });
    await page.selectOption('#map-colours', 'cluster');
    await page.locator('#map-legend', { hasText: 'cluster 1' }).waitFor();

    // What is chosen elsewhere lights up.
    await page.click('#strip-tabs [data-value="confusion"]');
    await page.locator('#confusion-matrix').press('Enter');
    await showMap(page);
    const lit = page.locator('#map-lit');
    await until('a cell lights up', async () => /predicted correctly: \d+ images? lit/.test(await lit.innerText()));
    const shown = Object.values((await askEngine(page, 'measurement', 'validation')).confusion)[0];
    assert.equal(Number(/(\d+) image/.exec(await lit.innerText())?.[1]), shown);
    await lit.click();
    await lit.waitFor({ state: 'hidden' });
  }));

/** Measures the validation images. */
async function measured(/** @type {Page} */ page) {
  await page.click('#strip-tabs [data-value="confusion"]');
  await page.click('#measure');
  const found = await until('a measurement of the network as it is', async () => {
    const now = await askEngine(page, 'measurement', 'validation');
    return now?.stale === 0 && now;
  });
  await showMap(page);
  return found;
}

test('a map pauses, goes on with other settings and is cancelled; a tour turns and its axes are dragged by keys', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site, '#model=classifier-mlp&width=16&height=16');
    await showMap(page);
    await page.selectOption('#map-source', 'pixels');
    await page.selectOption('#map-method', 'tsne');
    await page.click('#map-analyse');
    const version = async () => (await askEngine(page, 'mapView', 0))?.version ?? 0;
    await until('points move', async () => (await version()) > 3);
    await page.click('#map-pause');
    await until('it is paused', async () => (await page.locator('#map-pause').innerText()) === 'Go on');
    await page.waitForTimeout(100);
    const still = await version();
    await page.waitForTimeout(300);
    assert.equal(await version(), still);
    await page.fill('#map-perplexity', '50');
    await page.press('#map-perplexity', 'Enter');
    await page.click('#map-pause');
    await until('more neighbours are searched', async () =>
      /finding|weighing/.test(await page.locator('#map-progress').innerText()),
    );
    await until('points move again', async () => (await version()) > still);
    await page.click('#map-analyse');
    await until('it is cancelled', async () => (await page.locator('#map-analyse').innerText()) === 'Make map');
    assert.equal((await askEngine(page, 'mapView', 0)).isDone, false);

    await page.selectOption('#map-source', 'probabilities');
    await page.selectOption('#map-method', 'tour');
    await page.click('#map-analyse');
    const axis = page.getByRole('button', { name: /^Axis / }).nth(1);
    await axis.waitFor();
    const turned = await version();
    await until('the tour turns', async () => (await version()) > turned + 3);
    await axis.focus();
    const place = () => axis.evaluate((node) => /** @type {HTMLElement} */ (node).style.transform);
    await page.keyboard.press('ArrowRight');
    await until('it stops', async () => (await page.locator('#map-tour').innerText()) === 'Go on tour');
    const before = await place();
    await page.keyboard.press('ArrowUp');
    await until('the axis follows', async () => (await place()) !== before);
  }));
