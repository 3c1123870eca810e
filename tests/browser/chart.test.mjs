// The chart of the errors: pointed at by keyboard.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askEngine, open, steps, toggle, until, withSite } from './harness.mjs';

test('by keyboard the chart tells the figures of one step after the other', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=200&model=classifier-mlp');
    const { page } = site;
    await toggle(page, 'true');
    await until('30 steps', async () => (await steps(page)) >= 30);
    await toggle(page, 'false');
    const { step: last } = await askEngine(page, 'status');
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
    const loss = (await page.evaluate(async () => {
      const { app } = await import(/** @type {string} */ ('/www/app.js'));
      return [...(await app.engine.series(0)).loss];
    }))[1];
    assert.ok((await page.innerText('#readout')).includes(loss.toPrecision(3)), 'the exact figure of that step');
    assert.equal(await askEngine(page, 'exampleIndex'), await page.evaluate(async () => (await import(/** @type {string} */ ('/www/app.js'))).app.example), 'the arrows are the chart\'s');
    await press('End', last);
    await press('Home', 1);
    await press('Escape', last);
  }));
