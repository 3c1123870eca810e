// Two networks for letters on the page: both learn, either is looked at, and both answer a drawn letter again and again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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
    const picture = '.letter-row >> nth=1 >> canvas >> nth=1';
    await until('the first answer is there', async () => (await canvasLook(page, picture)).colours > 1);
    await page.locator('#focus button >> nth=1').click();
    await until('the other network is shown', async () => (await task(page)) === 'make-uppercase');
    assert.equal(await page.locator('#focus button >> nth=1').getAttribute('aria-checked'), 'true');
    const shown = await canvasLook(page, '.letter-row >> nth=1 >> canvas >> nth=0');
    assert.ok(shown.colours > 1);

    // A letter that is drawn is answered while the pen moves.
    await page.click('#own-draw');
    const paper = await page.locator('#own-pad canvas').boundingBox();
    assert.ok(paper);
    await page.mouse.move(paper.x + paper.width * 0.5, paper.y + paper.height * 0.2);
    await page.mouse.down();
    await page.mouse.move(paper.x + paper.width * 0.5, paper.y + paper.height * 0.7, { steps: 4 });
    await until('the rows follow the pen', async () => {
      const now = await canvasLook(page, '.letter-row >> nth=1 >> canvas >> nth=0');
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

test('letters on the way to another one, the end of following, and an alphabet that is saved', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=104');
    const { page } = site;
    await page.selectOption('#preset', 'letters');
    await until('letters are drawn', async () => (await task(page)) === 'make-lowercase');
    await page.locator('#strip-tabs button:text-is("letters")').click();
    const end = '.letter-row >> nth=0 >> canvas >> nth=12';
    assert.equal(await page.isVisible(end), false);
    await page.fill('#letter-to', '7');
    await until(
      'the way ends in ink',
      async () => (await page.isVisible(end)) && (await canvasLook(page, end)).colours > 1,
    );
    const begin = await canvasLook(page, '.letter-row >> nth=0 >> canvas >> nth=0');
    assert.notEqual((await canvasLook(page, end)).print, begin.print);
    await page.fill('#letter-to', '');
    await until('the way is gone', async () => !(await page.isVisible(end)));

    await page.click('#letter-follow');
    const words = page.locator('#letter-end-words');
    await until('the end is shown', async () => /round/.test((await words.textContent()) ?? ''));
    assert.ok(await page.isVisible('#letter-cycle'));

    await page.fill('#alphabet-name', 'My <letters>');
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('#alphabet-save')]);
    assert.equal(file.suggestedFilename(), 'My-letters-.svg');
    const svg = readFileSync(await file.path(), 'utf8');
    assert.match(svg, /<title>My &lt;letters&gt;<\/title>/);
    assert.equal(svg.match(/<path id=/g)?.length, 52);
  }));

test('letters as points of contours are learnt and seen as letters', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=104');
    const { page } = site;
    await page.selectOption('#preset', 'letters-contours');
    await until('letters are points', async () => (await askEngine(page, 'modelSummary')).input.width === 254);
    await toggle(page, 'true');
    await until('they train', async () => (await steps(page)) > 20);
    await toggle(page, 'false');
    await page.locator('#strip-tabs button:text-is("letters")').click();
    const first = '.letter-row >> nth=1 >> canvas >> nth=0';
    await until('the letter is ink', async () => (await canvasLook(page, first)).colours > 1);
    const size = await page.locator(first).evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).width);
    assert.equal(size, 3 * 36);
  }));
