// No trained network is lost: whatever takes its place, it is set aside and can be restored, saved or discarded.
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { askEngine, drop, numberIn, open, pictureFolder, steps, toggle, until, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** Trains for a few steps and stops; gives the step it stopped at. */
async function train(/** @type {Page} */ page, least = 5) {
  await toggle(page, 'true');
  await until(`${least} steps`, async () => (await steps(page)) >= least);
  await toggle(page, 'false');
  return until('the last step is shown', async () => {
    const { step } = await askEngine(page, 'status');
    return (await steps(page)) === step && step;
  });
}

/** The steps of the runs that are set aside, the last first. */
const aside = async (/** @type {Page} */ page) =>
  (await page.locator('#runs-list > li').allInnerTexts()).map((text) =>
    Number(/([\d,]+) steps?/.exec(text)?.[1].replaceAll(',', '')),
  );

/** Restores the run with this many steps, and sees that it is the one. */
async function restore(/** @type {Page} */ page, /** @type {number} */ step) {
  const row = page.locator('#runs-list > li', { hasText: `${step.toLocaleString('en-US')} steps` }).first();
  await row.getByRole('button', { name: 'Restore' }).click();
  await until(`the run of ${step} steps is back`, async () => (await askEngine(page, 'status')).step === step);
}

test('two files that are opened one after the other leave the trained network at hand', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    const trained = await train(page);
    for (const name of ['plain', 'residual']) {
      const file = resolve(`tests/oracle/onnx/${name}.onnx`);
      await drop(page, [file]);
      await until(`${name} is open`, async () =>
        (await page.innerText('#notice-text')).startsWith(`${name}.onnx: opened`),
      );
      await page.click('#notice-close');
    }
    assert.deepEqual(await aside(page), [trained], 'a network that has learnt nothing here takes no place in the list');
    await restore(page, trained);
    await until('nothing is set aside any more', async () => (await aside(page)).length === 0);
  }));

test('kinds that are tried one after the other leave the trained network at hand', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=200');
    const { page } = site;
    const trained = await train(page);
    for (const kind of ['classifier-cnn', 'classifier-mlp', 'autoencoder-dense', 'classifier-mlp']) {
      await page.selectOption('#preset', kind);
      await until(kind, async () => (await askEngine(page, 'modelSummary')).preset === kind);
    }
    await until('it is set aside', async () => (await aside(page)).length > 0);
    assert.deepEqual(await aside(page), [trained]);
    const second = await train(page, trained + 7);
    await restore(page, trained);
    await until('the other one makes way', async () => (await aside(page)).join() === String(second));
    await restore(page, second);
    await until('and this one again', async () => (await aside(page)).join() === String(trained));
  }));

test('other images, and others again, leave every trained network at hand', () =>
  withSite({}, async (site) => {
    await open(site, '#model=classifier-mlp');
    const { page, folder } = site;
    const trained = [await train(page)];
    for (const [name, size] of /** @type {const} */ ([
      ['second', 20],
      ['third', 28],
    ])) {
      pictureFolder(join(folder, name), 15, size);
      await drop(page, [join(folder, name)]);
      await until(`${name} is there`, async () => (await askEngine(page, 'dataSummary')).name === name);
      await page.locator('#loading').waitFor({ state: 'hidden' });
      if (name === 'second') trained.push(await train(page, trained[0] + 10));
    }
    await until('both are set aside', async () => (await aside(page)).length === 2);
    assert.deepEqual(await aside(page), [...trained].reverse());
    for (const step of trained) await restore(page, step);
  }));

test('a run that was set aside is saved as a file and discarded by hand, and waits for both', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=200&model=classifier-mlp');
    const { page, folder } = site;
    const trained = await train(page);
    await page.click('#reset');
    await until('it starts again', async () => (await steps(page)) === 0);
    const row = page.locator('#runs-list > li');
    await row.waitFor();
    assert.match(await row.getByRole('textbox').inputValue(), /classifier-mlp/);
    assert.match(await row.innerText(), /on coloured shapes/);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      row.getByRole('button', { name: 'Save' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), `classifier-mlp-${trained}.safetensors`);
    const path = join(folder, 'saved.safetensors');
    await download.saveAs(path);
    assert.equal(await row.count(), 1, 'a saved one stays');
    await row.getByRole('button', { name: 'Discard' }).click();
    await page.locator('#runs').waitFor({ state: 'hidden' });
    await drop(page, [path]);
    await until('the file holds the run', async () => (await numberIn(page, '#step-count')) === trained);
  }));

test('thirty openings, kinds, drops, resets and undos in any order lose no run that has learnt', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=60&model=classifier-mlp');
    const { page, folder } = site;
    for (const [name, size] of /** @type {const} */ ([
      ['first', 12],
      ['second', 16],
    ]))
      pictureFolder(join(folder, name), 8, size);
    let seed = 7;
    const any = (/** @type {number} */ below) => {
      seed = (seed * 48271) % 2147483647;
      return seed % below;
    };
    const current = async () => (await askEngine(page, 'status')).step;
    /** Step counts of the runs that have learnt, each its own. @type {Set<number>} */
    const learnt = new Set();
    const quiet = async () => {
      await page.locator('#loading').waitFor({ state: 'hidden' });
      await askEngine(page, 'status');
    };
    const acts = {
      async train() {
        const from = await current();
        let to = from + 1;
        while (learnt.has(to)) to += 1;
        // An opened model may know other classes than the images have.
        for (let step = from; step < to; step++) await askEngine(page, 'step').catch(() => {});
        if ((await current()) !== to) return;
        learnt.delete(from);
        learnt.add(to);
      },
      async kind() {
        const kinds = ['classifier-mlp', 'classifier-cnn', 'autoencoder-dense'];
        await page.selectOption('#preset', kinds[any(kinds.length)]);
      },
      async reset() {
        await page.click('#reset');
      },
      async drop() {
        await drop(page, [join(folder, any(2) === 0 ? 'first' : 'second')]);
        await page.waitForTimeout(300);
      },
      async open() {
        await drop(page, [resolve(`tests/oracle/onnx/${any(2) === 0 ? 'plain' : 'residual'}.onnx`)]);
        await page.waitForTimeout(300);
      },
      async undo() {
        await page.focus('#network');
        await page.keyboard.press('Control+z');
      },
    };
    const names = /** @type {(keyof typeof acts)[]} */ (Object.keys(acts));
    const done = [];
    for (let round = 0; round < 30; round++) {
      const name = round % 3 === 0 ? 'train' : names[any(names.length)];
      done.push(name);
      await acts[name]();
      await quiet();
      await page.waitForTimeout(200);
      const there = () => aside(page).then(async (steps) => [...steps, await current()]);
      await until(`all runs after ${done.join(', ')}`, async () => {
        const found = await there();
        return [...learnt].every((step) => found.includes(step));
      });
    }
  }));

test('a run that was set aside has a picture and a name of its own, and its curve is drawn beside the present one', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=200&model=classifier-mlp');
    const { page } = site;
    const trained = await train(page);
    await page.waitForTimeout(2000); // a picture is taken now and then
    await page.click('#reset');
    const row = page.locator('#runs-list > li').first();
    await row.locator('canvas.run-picture').waitFor();
    await row.getByRole('textbox', { name: 'Name of the run' }).fill('my best');
    await page.keyboard.press('Enter');
    await row.getByRole('button', { name: 'Compare' }).click();
    await train(page, trained);
    await until('both are told', async () => /my best/.test(await page.innerText('#readout')));
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      row.getByRole('button', { name: 'Save' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'my-best.safetensors');
  }));
