// The edges of a network that makes and cuts its own: looked at over time, saved as a video, bent by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askEngine, canvasLook, numberIn, open, playVideo, steps, until, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

const manifold = '#model=manifold&sample=sums';

/** A manifold that has trained for a while, with its edges in sight. */
async function trained(/** @type {import('./harness.mjs').Site} */ site, least = 400) {
  await open(site, manifold);
  const isNarrow = site.page.viewportSize()?.width === 390;
  const start = isNarrow ? '#start-thumb' : '#start';
  await site.page.click(start);
  await until('it trains', async () => (await steps(site.page)) > least);
  await site.page.click(start);
  if (isNarrow) await site.page.click('.tabs [data-section="charts"]');
  await site.page.click('#strip-tabs [data-value="edges"]');
  await until('the edges are drawn', async () => (await canvasLook(site.page, '#edges-canvas')).colours > 4);
}

test('the history is scrubbed, played, and saved as a video that plays', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await trained(site);
    const words = () => page.innerText('#edges-frame-words');
    await until('there are frames', async () => Number(await page.getAttribute('#edges-frame', 'max')) > 20);
    assert.match(await words(), /^now/);
    await page.focus('#edges-frame');
    await page.keyboard.press('Home');
    await until('the first frame', async () => (await words()).startsWith('step '));
    const first = await words();
    await page.keyboard.press('ArrowRight');
    await until('the second frame', async () => (await words()) !== first);
    const box = await page.locator('#edges-bars').boundingBox();
    assert.ok(box);
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    const last = await steps(page);
    await until('the middle of the run', async () => {
      const middle = await numberIn(page, '#edges-frame-words');
      return Math.abs(middle - last / 2) < last / 8;
    });
    await page.click('#edges-play');
    await until('it plays to the end', async () => (await words()).startsWith('now'));

    const [file] = await Promise.all([page.waitForEvent('download'), page.click('#edges-video')]);
    assert.match(file.suggestedFilename(), /^edges\.(webm|mp4)$/);
    const played = await playVideo(site, file);
    assert.equal(played.error, undefined);
    assert.ok(played.width >= 320 && played.at > 0.2, JSON.stringify(played));
  }));

test('the graph and the curves are used by keyboard, and an edit is undone', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await trained(site, 60);
    await page.click('#edges-views [data-value="graph"]');
    await until('the graph is drawn', async () =>
      /levels/.test((await page.getAttribute('#edges-canvas', 'aria-label')) ?? ''),
    );
    const nothing = await canvasLook(page, '#edges-canvas');
    await page.focus('#edges-canvas');
    for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowRight'); // past five inputs
    await until('a neuron is picked', async () => (await canvasLook(page, '#edges-canvas')).print !== nothing.print);
    await page.keyboard.press('Enter');
    await page.locator('#curve-numbers input[type="number"]').first().waitFor();
    assert.match(await page.innerText('#curve-title'), /^hidden 2: reads/);
    const centre = page.getByLabel('centre, as a number');
    await centre.fill('4');
    await centre.press('Enter');
    const now = async () =>
      (await askEngine(page, 'curve', 7, 0)).numbers.find((/** @type {any} */ each) => each.number === 'centre').value;
    await until('the curve has moved', async () => Math.abs((await now()) - 4) < 1e-3);
    await page.focus('#curve-canvas').catch(() => {});
    await page.locator('#curve-title').click();
    await page.keyboard.press('Control+z');
    await until('it is back', async () => Math.abs((await now()) - 4) > 1e-2);
    // A handle is dragged on the drawn curve.
    const before = 2;
    await centre.fill(String(before));
    await centre.press('Enter');
    await until('the centre is in sight', async () => Math.abs((await now()) - before) < 1e-3);
    await page.waitForTimeout(500); // and drawn there
    const box = await page.locator('#curve-canvas').boundingBox();
    assert.ok(box);
    const { closeness } = await askEngine(page, 'curve', 7, 0);
    const wide = box.width - 48;
    const from = {
      x: box.x + 36 + (before / (Object.keys(closeness).length - 1)) * wide,
      y: box.y + 10 + (box.height - 30) / 2,
    };
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x + wide / 6, from.y, { steps: 4 });
    await page.mouse.up();
    await until('the centre follows the handle', async () => Math.abs((await now()) - before) > 0.3);
  }));

test('the edges fit a telephone', () =>
  withSite({ width: 390, height: 844 }, async (site) => {
    await trained(site, 60);
    for (const view of ['adjacency', 'graph', 'curve']) {
      await site.page.click(`#edges-views [data-value="${view}"]`);
      const over = await site.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${view} is ${over} pixels too wide`);
    }
  }));
