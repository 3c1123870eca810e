// Two networks for letters on the page: both learn, either is looked at, and both answer a drawn letter again and again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askEngine, canvasLook, open, steps, toggle, until, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

const task = async (/** @type {Page} */ page) => (await askEngine(page, 'modelSummary')).task;

test('both networks learn the built-in letters, and either of them is looked at', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    assert.equal(await page.isVisible('#focus'), false);
    await page.selectOption('#preset', 'letters');
    await until('letters are drawn', async () => (await task(page)) === 'make-lowercase');
    await toggle(page, 'true');
    await until('they train', async () => (await steps(page)) > 20);
    await toggle(page, 'false');
    const series = await askEngine(page, 'series', 0);
    for (const name of ['loss', 'inversion_share', 'partner_loss', 'accuracy']) assert.ok(name in series, name);

    await page.locator('#strip-tabs button:text-is("letters")').click();
    // Networks that know little soon make blank paper of what they made.
    const picture = '.letter-row >> nth=0 >> canvas >> nth=1';
    await until('the first answer is there', async () => (await canvasLook(page, picture)).colours > 1);
    await page.locator('#focus button >> nth=1').click();
    await until('the other network is shown', async () => (await task(page)) === 'make-uppercase');
    assert.equal(await page.locator('#focus button >> nth=1').getAttribute('aria-checked'), 'true');
    const shown = await canvasLook(page, '.letter-row >> nth=0 >> canvas >> nth=0');
    assert.ok(shown.colours > 1);

    // A letter that is drawn is answered while the pen moves.
    await page.click('#own-draw');
    const paper = await page.locator('#own-pad canvas').boundingBox();
    assert.ok(paper);
    await page.mouse.move(paper.x + paper.width * 0.5, paper.y + paper.height * 0.2);
    await page.mouse.down();
    await page.mouse.move(paper.x + paper.width * 0.5, paper.y + paper.height * 0.7, { steps: 4 });
    await until('the rows follow the pen', async () => {
      const now = await canvasLook(page, '.letter-row >> nth=0 >> canvas >> nth=0');
      return now.print !== shown.print;
    });
    await page.mouse.up();
    const milliseconds = await page.evaluate(async () => {
      const { store } = await import(/** @type {any} */ ('/www/app/store.js'));
      const times = [];
      for (let round = 0; round < 9; round++) {
        const start = performance.now();
        await store.engine.letterRounds(1, 3);
        times.push(performance.now() - start);
      }
      return times.sort((a, b) => a - b)[4];
    });
    assert.ok(milliseconds < 50, `both networks answered after ${milliseconds} ms`);
  }));
