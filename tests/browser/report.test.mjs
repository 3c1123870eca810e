// The report: made and saved while training runs, then opened from disk without a network; foreign names stay text.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'node:test';
import { askEngine, open, steps, toggle, until, withSite, writeFiles } from './harness.mjs';

const HOSTILE = '<img src=x onerror=alert(1)></script>';

test('a report is saved while training runs, opens from disk without a request, and shows foreign names as text', () =>
  withSite({}, async (site) => {
    const { page, context, folder } = site;
    await open(site, '#model=classifier-mlp&epochs=0&width=16&height=16');
    await toggle(page, 'true');
    await until('some steps', async () => (await steps(page)) >= 20);
    await page.click('#run-fold summary');
    const from = await steps(page);
    const [saved] = await Promise.all([page.waitForEvent('download'), page.click('#report')]);
    assert.match(saved.suggestedFilename(), /^report-classifier-mlp-.*\.html$/);
    assert.ok((await steps(page)) > from, 'training stood still');
    await saved.saveAs(join(folder, 'report.html'));
    await toggle(page, 'false');
    const description = await askEngine(page, 'jobRun', 'report', { title: HOSTILE });
    const other = await page.evaluate(async (description) => {
      const { pageWith } = await import(/** @type {string} */ ('/www/rail/train/report-file.js'));
      return pageWith(description);
    }, description);
    writeFiles(folder, { 'hostile.html': other });

    await context.setOffline(true);
    const report = await context.newPage();
    /** @type {string[]} */
    const asked = [];
    report.on('request', (request) => asked.push(request.url().split(':')[0]));
    report.on('dialog', () => assert.fail('a name from a file was run'));
    await report.goto(pathToFileURL(join(folder, 'report.html')).href);
    await report.locator('h2', { hasText: 'Map of the images' }).waitFor();
    assert.deepEqual(
      asked.filter((scheme) => scheme !== 'data'),
      ['file'],
    );
    const titles = await report.locator('h2').allInnerTexts();
    for (const title of [
      'Results',
      'Data',
      'Settings',
      'Training',
      'Classes',
      'Confusion',
      'Where it looks',
      'Weights',
    ])
      assert.ok(titles.includes(title), `${title} is missing from ${titles.join(', ')}`);
    assert.ok((await report.locator('svg polyline').count()) >= 1);
    const broken = await report
      .locator('img')
      .evaluateAll((all) => all.filter((image) => /** @type {HTMLImageElement} */ (image).naturalWidth === 0).length);
    assert.equal(broken, 0, 'pictures that cannot be shown');
    for (const colorScheme of /** @type {const} */ (['light', 'dark']))
      for (const width of [390, 1440]) {
        await report.emulateMedia({ colorScheme });
        await report.setViewportSize({ width, height: 844 });
        assert.ok((await report.evaluate(() => document.documentElement.scrollWidth)) <= width, `too wide at ${width}`);
      }
    await report.goto(pathToFileURL(join(folder, 'hostile.html')).href);
    assert.equal(await report.locator('h1').innerText(), HOSTILE);
    assert.equal(await report.locator('img[src="x"]').count(), 0);
    await context.setOffline(false);
    await report.close();
  }));
