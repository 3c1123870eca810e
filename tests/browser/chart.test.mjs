// The chart of the errors: pointed at by keyboard, and with the example in the colours of the theme.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  askEngine,
  canvasPixels,
  drop,
  open,
  settled,
  steps,
  toggle,
  until,
  withSite,
  writeFiles,
} from './harness.mjs';

test('by keyboard the chart tells the figures of one step after the other', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=200&model=classifier-mlp');
    const { page } = site;
    await toggle(page, 'true');
    await until('30 steps', async () => (await steps(page)) >= 30);
    await toggle(page, 'false');
    const { step: last } = await askEngine(page, 'status');
    const pressed = page.locator('.small-chart[aria-pressed="true"]');
    assert.match(await pressed.innerText(), /^accuracy/, "a classifier's large chart");
    await page.click('.small-chart:has-text("loss")');
    const told = async () => Number(/step ([\d,]+)/.exec(await page.innerText('#readout'))?.[1].replaceAll(',', ''));
    await until('all steps are drawn', async () => (await told()) === last);
    await page.focus('#chart');
    const press = async (/** @type {string} */ key, /** @type {number} */ step) => {
      await page.keyboard.press(key);
      assert.equal(await told(), step, key);
    };
    await press('ArrowLeft', last);
    await press('ArrowLeft', last - 1);
    await press('ArrowRight', last);
    await press('ArrowRight', last); // there is nothing beyond
    await press('Home', 1);
    await press('ArrowRight', 2);
    const loss = (
      await page.evaluate(async () => {
        const { store } = await import(/** @type {string} */ ('/www/app/store.js'));
        return [...(await store.engine.series(0)).loss];
      })
    )[1];
    assert.ok((await page.innerText('#readout')).includes(loss.toPrecision(3)), 'the exact figure of that step');
    assert.equal(
      await askEngine(page, 'exampleIndex'),
      await page.evaluate(async () => (await import(/** @type {string} */ ('/www/app/store.js'))).store.example),
      "the arrows are the chart's",
    );
    await press('End', last);
    await press('Home', 1);
    await press('Escape', last);
  }));

test('training and validation have colours of their own, which the words above the chart have too', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=200&model=classifier-mlp');
    const { page } = site;
    await toggle(page, 'true');
    await until('an evaluation', async () => (await askEngine(page, 'status')).accuracy !== null);
    await toggle(page, 'false');
    const keys = page.locator('#readout .key');
    await until('both are told', async () => (await keys.count()) === 2);
    const looks = await keys.evaluateAll((all) =>
      all.map((key) => {
        const { borderTopColor, borderTopStyle } = getComputedStyle(key, '::before');
        return { words: key.textContent?.split(' ')[0], borderTopColor, borderTopStyle };
      }),
    );
    assert.deepEqual(
      looks.map(({ words, borderTopStyle }) => [words, borderTopStyle]),
      [
        ['training', 'solid'],
        ['validation', 'dashed'],
      ],
    );
    assert.notEqual(looks[0].borderTopColor, looks[1].borderTopColor);
    // The line of validation is drawn in its colour.
    const drawn = (/** @type {string} */ words) =>
      page.locator('#chart canvas').evaluate((node, words) => {
        const [red, green, blue] = (words.match(/\d+/g) ?? []).map(Number);
        const { width, height } = /** @type {HTMLCanvasElement} */ (node);
        const ink = /** @type {CanvasRenderingContext2D} */ (/** @type {HTMLCanvasElement} */ (node).getContext('2d'));
        const { data } = ink.getImageData(0, 0, width, height);
        let found = 0;
        for (let at = 0; at < data.length; at += 4)
          found += Number(data[at] === red && data[at + 1] === green && data[at + 2] === blue && data[at + 3] > 250);
        return found;
      }, words);
    for (const { words, borderTopColor } of looks)
      await until(`${words} is drawn in its colour`, async () => (await drawn(borderTopColor)) > 3, 5000);
  }));

test('while training runs the chart takes the colours of the system at each change', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await page.emulateMedia({ colorScheme: 'light' });
    await open(site, '#limit=200&model=classifier-mlp');
    await toggle(page, 'true');
    await until('steps', async () => (await steps(page)) >= 10);
    /** Whether the chart has lines of the colour that every line of the page now has. */
    const agrees = () =>
      page.locator('#chart canvas').evaluate((node) => {
        const { width, height } = /** @type {HTMLCanvasElement} */ (node);
        const ink = /** @type {CanvasRenderingContext2D} */ (/** @type {HTMLCanvasElement} */ (node).getContext('2d'));
        const { data } = ink.getImageData(0, 0, width, height);
        const { borderBottomColor } = getComputedStyle(/** @type {Element} */ (document.querySelector('.header')));
        const [red, green, blue] = borderBottomColor.match(/\d+/g)?.map(Number) ?? [];
        let found = 0;
        for (let at = 0; at < data.length; at += 4) {
          found += Number(data[at] === red && data[at + 1] === green && data[at + 2] === blue && data[at + 3] === 255);
        }
        return found > 500;
      });
    for (let change = 0; change < 30; change++) {
      const colorScheme = change % 2 === 0 ? 'dark' : 'light';
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(100);
      await until(`the chart is ${colorScheme}, change ${change}`, agrees, 5000);
    }
  }));

test('the difference has the colours of the theme from the first, and follows it while nothing runs', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await page.emulateMedia({ colorScheme: 'dark' });
    await open(site);
    await settled(page);
    const brightness = async () => {
      const pixels = await canvasPixels(page, '#difference-image');
      return pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
    };
    const dark = await brightness();
    await page.emulateMedia({ colorScheme: 'light' });
    await until('it is bright', async () => (await brightness()) > dark + 10);
    await page.emulateMedia({ colorScheme: 'dark' });
    await until('it is as it was', async () => (await brightness()) === dark);
  }));

test('the figures of the last step are told again after files that could not be used', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=200&model=classifier-mlp');
    const { page, folder } = site;
    writeFiles(folder, { 'words.txt': 'no image' });
    await toggle(page, 'true');
    await until('10 steps', async () => (await steps(page)) >= 10);
    await toggle(page, 'false');
    const { step } = await askEngine(page, 'status');
    const told = async () => (await page.innerText('#readout')).startsWith(`step ${step}`);
    await until('the last step is told', told);
    await drop(page, [join(folder, 'words.txt')]);
    await page.locator('#error').waitFor();
    await page.waitForTimeout(300);
    await until('it is told again', told);
  }));
