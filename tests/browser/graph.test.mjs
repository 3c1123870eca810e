// A free graph: looked at, and rewired by hand, by pointer and by keys.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askEngine, canvasLook, enter, numberIn, open, steps, toggle, until, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** A free graph in sight, and the number of its connections. */
async function opened(/** @type {import('./harness.mjs').Site} */ site) {
  await open(site, '#model=graph&graph-free=12&width=8&height=8&channels=1');
  const { page } = site;
  if (page.viewportSize()?.width === 390) await page.click('.tabs [data-section="charts"]');
  await page.click('#strip-tabs [data-value="graph"]');
  await until('it is drawn', async () => (await canvasLook(page, '#graph-canvas')).colours > 8);
  let place = '';
  await until('it stays in its place', async () => {
    const before = place;
    place = JSON.stringify(await page.locator('#graph-canvas').boundingBox());
    await page.waitForTimeout(300);
    return place === before;
  });
  return connections(page);
}

const connections = async (/** @type {Page} */ page) => (await askEngine(page, 'freeGraphSummary')).connections;

/** Where a neuron is on the page. */
async function placeOf(/** @type {Page} */ page, /** @type {number} */ neuron) {
  const box = await page.locator('#graph-canvas').boundingBox();
  assert.ok(box);
  const { width, height } = box;
  const found = await page.evaluate(
    async ([neuron, width, height]) => {
      const { store } = await import(/** @type {string} */ ('/www/app/store.js'));
      const ratio = devicePixelRatio;
      const surface = { width: Math.round(width * ratio), height: Math.round(height * ratio), ratio, dark: false };
      for (let y = 2; y < height; y += 5)
        for (let x = 2; x < width; x += 5)
          if ((await store.engine.freeGraphHit(x * ratio, y * ratio, surface)) === neuron) return { x, y };
      return null;
    },
    [neuron, width, height],
  );
  assert.ok(found, `neuron ${neuron} is nowhere`);
  return { x: box.x + found.x, y: box.y + found.y };
}

test('connections are made, moved, weighed and cut by hand, and each edit is undone', () =>
  withSite({}, async (site) => {
    const { page } = site;
    const before = await opened(site);
    const { inputs, outputs } = await askEngine(page, 'freeGraphSummary');
    const output = await placeOf(page, inputs);
    await page.mouse.click(output.x, output.y);
    await page.locator('#graph-desk').waitFor();
    assert.match(await page.innerText('#graph-title'), /^output .*: .*, reads \d+, read by \d+$/);

    const { sources: first } = await askEngine(page, 'freeNeuron', inputs);
    // It reads as many as it may, so one goes first.
    await page.locator('#graph-sources button:text("×")').last().click();
    await until('one is cut', async () => (await connections(page)) === before - 1);

    const { sources } = await askEngine(page, 'freeNeuron', inputs);
    const others = Array.from({ length: inputs + outputs + 12 }, (_, neuron) => neuron);
    const source = others.findLast((neuron) => sources.every((/** @type {any} */ one) => one.neuron !== neuron));
    assert.ok(source !== undefined);
    await page.click('#graph-actions button:text("Connect")');
    const place = await placeOf(page, source);
    await page.mouse.click(place.x, place.y);
    await until('it is connected', async () => (await connections(page)) === before);

    await page.locator('#graph-sources input').first().fill('0.75');
    await page.locator('#graph-sources input').first().press('Enter');
    const weightOf = async (/** @type {number} */ at) =>
      (await askEngine(page, 'freeNeuron', inputs)).sources[at]?.weight;
    await until('the weight is set', async () => (await weightOf(0)) === 0.75);

    for (let edits = 0; edits < 3; edits++) {
      await page.locator('#undo:enabled').click();
      await page.waitForTimeout(100);
    }
    await until('all is as it was', async () => (await connections(page)) === before);
    assert.deepEqual((await askEngine(page, 'freeNeuron', inputs)).sources, first);
  }));

test('neurons come and go, weak connections are pruned, and it goes on training', () =>
  withSite({}, async (site) => {
    const { page } = site;
    const before = await opened(site);
    await toggle(page, 'true');
    await until('it trains', async () => (await steps(page)) > 20);
    await enter(page, '#graph-free', '15');
    await until('there are more', async () => (await askEngine(page, 'freeGraphSummary')).free === 15);
    assert.ok((await connections(page)) > before);

    // By keys: the last of the free neurons, and away with it.
    await page.focus('#graph-canvas');
    await page.keyboard.press('ArrowRight');
    await until('an output is picked', async () => (await page.innerText('#graph-title')).startsWith('output'));
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Escape');
    await page.locator('#graph-desk').waitFor({ state: 'hidden' });
    const { inputs, outputs } = await askEngine(page, 'freeGraphSummary');
    const free = await placeOf(page, inputs + outputs + 3);
    await page.mouse.click(free.x, free.y);
    await until('a free one is picked', async () => (await page.innerText('#graph-title')).startsWith('free 3'));
    await page.keyboard.press('Delete');
    await until('it is gone', async () => (await askEngine(page, 'freeGraphSummary')).free === 14);

    const unpruned = await connections(page);
    await page.fill('#graph-least', '0.1');
    await page.click('#graph-prune');
    await until('it is told', async () => /weak connections? pruned/.test(await page.innerText('#notice-text')));
    assert.ok((await connections(page)) < unpruned);
    assert.ok((await numberIn(page, '#graph-words')) > 0);
    const now = await steps(page);
    await until('it goes on', async () => (await steps(page)) > now + 20);
    assert.equal(await page.isVisible('#error'), false);
  }));

test('on a telephone the graph and its neuron fit', () =>
  withSite({ width: 390, height: 844 }, async (site) => {
    const { page } = site;
    await opened(site);
    const { inputs } = await askEngine(page, 'freeGraphSummary');
    const output = await placeOf(page, inputs);
    await page.mouse.click(output.x, output.y);
    await page.locator('#graph-desk').waitFor();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 390, `${wide} pixels wide`);
  }));
