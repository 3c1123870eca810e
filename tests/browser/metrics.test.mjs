// Charts and what was measured, as a person uses them: exact numbers under the pointer, zoom, axes, other runs laid over;
// a cell of the confusion matrix opens its images, which are then given another class, moved or left out.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { askEngine, drop, open, pictureFolder, steps, toggle, until, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** Trains a classifier of the sample set for some steps and stops it. */
async function trained(/** @type {import('./harness.mjs').Site} */ site, least = 130) {
  await open(site, '#model=classifier-mlp&epochs=0&width=16&height=16');
  await toggle(site.page, 'true');
  await until('some steps', async () => (await steps(site.page)) >= least);
  await toggle(site.page, 'false');
  await site.page.click('.small-chart:has-text("loss")');
}

/** What the readout says of a step: its number, and the training figure. */
async function readout(/** @type {Page} */ page) {
  const text = (await page.locator('#readout span').allTextContents()).join(' | ');
  const number = (/** @type {RegExp} */ pattern) => Number(pattern.exec(text)?.[1].replaceAll(',', '') ?? NaN);
  return { text, step: number(/step ([\d,]+)/), training: number(/training ([\d.]+)/) };
}

async function plotBox(/** @type {Page} */ page) {
  return until('the plot', () => page.locator('#chart .u-over').boundingBox()); // it is made anew for another axis
}

/** The ends of the horizontal axis. */
const ends = (/** @type {Page} */ page) =>
  page.evaluate(async () => {
    const { look } = await import(/** @type {string} */ ('/www/strip/charts/chart.js'));
    return look.range;
  });

test('the chart tells the exact numbers of one step, zooms, pans and has every axis', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await trained(site);
    const series = await askEngine(page, 'series', 0);
    const at = (/** @type {string} */ name, /** @type {number} */ step) =>
      /** @type {any} */ (series)[name][/** @type {any} */ (Object.values(series.step)).indexOf(step)];
    for (const axis of ['step', 'epoch', 'examples', 'seconds']) {
      await page.selectOption('#axis', axis);
      for (const share of [0.2, 0.7]) {
        const told = await until('a hovered step', async () => {
          const { x, y, width } = await plotBox(page);
          await page.mouse.move(x + width * share, y + 30);
          const told = await readout(page);
          return told.step < (await steps(page)) - 2 && told;
        });
        assert.ok(
          Math.abs(told.training - at('loss', told.step)) < 1e-4 * Math.max(1, told.training),
          `${axis}: ${told.text}, ${at('loss', told.step)}`,
        );
      }
      await page.mouse.move(0, 0);
    }

    await page.selectOption('#axis', 'step');
    const { x, y, width } = await plotBox(page);
    await page.mouse.move(x + width * 0.25, y + 30);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.5, y + 40, { steps: 4 });
    await page.mouse.up();
    const zoomed = await until('a zoom', () => ends(page));
    const last = await steps(page);
    assert.ok(Math.abs(zoomed[0] / last - 0.25) < 0.05 && Math.abs(zoomed[1] / last - 0.5) < 0.05, String(zoomed));

    await page.keyboard.down('Shift');
    await page.mouse.down();
    await page.mouse.move(x + width * 0.3, y + 40, { steps: 4 });
    await page.mouse.up();
    await page.keyboard.up('Shift');
    const panned = await until('a pan', async () => {
      const now = await ends(page);
      return now[0] > zoomed[0] && now;
    });
    assert.ok(Math.abs(panned[1] - panned[0] - (zoomed[1] - zoomed[0])) < 1e-6, 'panning keeps the width');

    await page.mouse.wheel(0, 100);
    await until('zooming out a little', async () => {
      const now = await ends(page);
      return now && now[1] - now[0] > 1.2 * (panned[1] - panned[0]);
    });
    await page.mouse.dblclick(x + width * 0.5, y + 40);
    await until('all of it again', async () => (await ends(page)) === null);
    await page.mouse.move(0, 0);

    // Logarithmic by keys, the other figures by a click.
    assert.equal(await page.getAttribute('#log', 'aria-pressed'), 'true');
    await page.locator('body').press('l');
    await page.locator('body').press('Shift+L');
    await page.locator('#log[aria-pressed="false"]').waitFor();
    await page.locator('#log-x[aria-pressed="true"]').waitFor();
    await page.click('.small-chart:has-text("accuracy")');
    await until('accuracies', async () => /training [\d.]+ %.*validation [\d.]+ %/.test((await readout(page)).text));
    await page.click('.small-chart:has-text("learning rate")');
    await until('rates', async () => /epoch [\d.]+ \| 0\.00\d+/.test((await readout(page)).text));
    await page.locator('#log[aria-pressed="true"]').waitFor();

    // Other runs are told at the same step, or not at all.
    await page.click('.small-chart:has-text("loss")');
    await page.evaluate(async () => {
      const { overlay, run } = await import(/** @type {string} */ ('/www/strip/charts/curves.js'));
      const names = ['step', 'epoch', 'examples', 'seconds', 'loss', 'accuracy', 'learning_rate'];
      const half = Object.fromEntries(
        names.map((name) => [
          name,
          run
            .column(name)
            .slice(0, run.length / 2)
            .map((/** @type {number} */ x) => (name === 'loss' ? 7 : x)),
        ]),
      );
      overlay([{ name: 'branch', series: half, validation: run.validation }]);
    });
    await until('the other run beside it', async () => /branch – /.test((await readout(page)).text)); // it has no last step
    const box = await plotBox(page);
    await page.mouse.move(box.x + box.width * 0.3, box.y + 30);
    await until('its loss there', async () => /branch 7\.0000/.test((await readout(page)).text));
  }));

test('a confusion cell opens its images; they are given another class, moved and left out, and training goes on', () =>
  withSite({}, async (site) => {
    const { page, folder } = site;
    pictureFolder(join(folder, 'pictures'), 60);
    await open(site, '#model=classifier-mlp&epochs=0&validation-split=0.3');
    await drop(page, [join(folder, 'pictures')]);
    await until('the pictures', async () => (await page.textContent('#used-count')) === '120');
    await page.click('#strip-tabs [data-value="confusion"]');
    await page.locator('#confusion-hint').waitFor();
    await page.click('#measure');
    const { confusion } = await until('a measurement', () => askEngine(page, 'measurement', 'validation'));
    const counts = /** @type {number[]} */ (Object.values(confusion));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      36,
    );

    // The fullest cell, by the mouse.
    const cell = counts.indexOf(Math.max(...counts));
    const [truth, named] = [Math.floor(cell / 2), cell % 2];
    await page.locator('#confusion-matrix[data-place]').waitFor();
    const place = JSON.parse((await page.getAttribute('#confusion-matrix', 'data-place')) ?? '');
    const box = await page.locator('#confusion-matrix').boundingBox();
    assert.ok(box);
    await page.mouse.click(
      box.x + place.left + (named + 0.5) * place.wide,
      box.y + place.top + (truth + 0.5) * place.high,
    );
    const items = page.locator('#confusion-gallery .gallery-item');
    await until('all images of the cell', async () => (await items.count()) === counts[cell]);
    const shown = await items.evaluateAll((nodes) =>
      nodes.map((node) => Number(/** @type {HTMLElement} */ (node).dataset.example)),
    );
    const { examples } = await askEngine(page, 'worst', 'validation', { label: truth, predicted: named });
    assert.deepEqual(
      shown,
      examples.map((/** @type {{ example: number }} */ one) => one.example),
      'worst first',
    );

    // One is shown large, and gets the other class: it is in another cell at once, and undo brings it back.
    await items.first().click();
    await until(
      'the image in the example card',
      async () => (await page.inputValue('#example-index')) === String(shown[0] + 1),
    );
    await page.selectOption('.gallery-actions select[aria-label^="Another class"] >> visible=true', String(1 - truth));
    await until('one image less in the cell', async () => (await items.count()) === counts[cell] - 1);
    const moved = await askEngine(page, 'measurement', 'validation');
    assert.equal(moved.confusion[(1 - truth) * 2 + named], counts[(1 - truth) * 2 + named] + 1);
    await page.locator('body').press('Control+z');
    await until('it is back', async () => (await items.count()) === counts[cell]);
    await page.click('#data-splits');
    const ofClass = (/** @type {number} */ at) =>
      page.locator('#class-list li').nth(at).locator(':scope > :last-child').textContent();
    await until('the classes are as before', async () => (await ofClass(0)) === '60' && (await ofClass(1)) === '60');

    // Two are moved into training, one is left out.
    await items.nth(0).click();
    await items.nth(1).click({ modifiers: ['Shift'] });
    await page.selectOption('.gallery-actions select[aria-label^="Another split"] >> visible=true', 'train');
    await until('two images less', async () => (await items.count()) === counts[cell] - 2);
    await items.nth(0).click();
    await page.click('.gallery-actions button:has-text("Exclude") >> visible=true');
    await until('three images less', async () => (await items.count()) === counts[cell] - 3);
    const data = await askEngine(page, 'dataSummary');
    assert.deepEqual([data.train, data.validation], [86, 33]);

    const before = await steps(page);
    await toggle(page, 'true');
    await until('training goes on', async () => (await steps(page)) > before + 20);
    await until(
      'a new measurement by itself',
      async () => (await askEngine(page, 'measurement', 'validation')).figures.examples === 33,
    );
    await toggle(page, 'false');
  }));

test('classes are listed with their figures, and the worst images worst first, of every split on demand', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await trained(site, 70);
    await page.click('#strip-tabs [data-value="classes"]');
    const rows = page.locator('#classes-body tr');
    const { classes } = await askEngine(page, 'measurement', 'validation');
    await until('a row for each class', async () => (await rows.count()) === classes.length);
    await page.click('#classes-head [data-key="f1"]');
    const worst = [...classes].sort((a, b) => (a.f1 ?? -1) - (b.f1 ?? -1))[0];
    await until('the worst class first', async () =>
      (await rows.first().locator('td').last().textContent())?.includes(
        worst.f1 === null ? '–' : `${(100 * worst.f1).toFixed(1)} %`,
      ),
    );

    // A row opens the mistakes about its class.
    const name = await rows.first().locator('th').textContent();
    const { examples: all, correct } = classes.find((/** @type {{ name: string }} */ one) => one.name === name);
    await rows.first().locator('button').click();
    await until(
      'its mistakes',
      async () => (await page.locator('#confusion-gallery .gallery-item').count()) === all - correct,
    );

    await page.click('#strip-tabs [data-value="worst"]');
    await page.selectOption('#measure-split', 'train');
    await page.locator('#worst-hint').waitFor();
    await page.click('#measure');
    const items = page.locator('#worst .gallery-item');
    await until('a page of images', async () => (await items.count()) === 60);
    const losses = (/** @type {string[]} */ texts) => texts.map((text) => Number(/loss ([\d.]+)/.exec(text)?.[1]));
    const shown = losses(await items.evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-tip') ?? '')));
    assert.ok(
      shown.every((loss, i) => i === 0 || loss <= shown[i - 1]),
      shown.join(),
    );
    await page.click('#worst button:has-text("more")');
    await until('the next page', async () => (await items.count()) === 120);
    assert.match((await page.textContent('#measure-words')) ?? '', /accuracy [\d.]+ % \([\d.]+ to [\d.]+\)/);
    await page.check('#worst-wrong');
    const { total } = await askEngine(page, 'worst', 'train', { wrong: true });
    await until('mistakes alone', async () => (await items.count()) === Math.min(60, total));
  }));
