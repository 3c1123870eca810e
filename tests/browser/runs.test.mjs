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

const kept = (/** @type {Page} */ page) => page.locator('#runs-list > li[data-kept]');

async function reload(/** @type {Page} */ page) {
  await page.reload();
  await page.locator('#start:enabled').waitFor({ state: 'attached' });
}

/** Names of the files of runs that are kept. */
const shelfFiles = (/** @type {Page} */ page) =>
  page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('shelf', { create: true });
    const names = [];
    for await (const name of /** @type {any} */ (folder).keys()) names.push(name);
    return names.sort();
  });

test('runs that were set aside are kept over reloads with name and picture, until they are restored or discarded', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=200&model=classifier-mlp');
    const { page, folder } = site;
    const first = await train(page);
    await page.waitForTimeout(2000); // a picture is taken now and then
    await page.click('#reset');
    await page.getByRole('textbox', { name: 'Name of the run' }).fill('my best');
    await page.keyboard.press('Enter');
    const second = await train(page, first + 7);
    await page.selectOption('#preset', 'classifier-cnn');
    await page.locator('#runs-kept', { hasText: /Kept for the next visit.* of 256 MiB/ }).waitFor();
    await until('both are in files', async () => (await shelfFiles(page)).length === 6);
    const label = () =>
      page.evaluate(async () => {
        const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('shelf');
        for await (const [name, file] of /** @type {any} */ (folder))
          if (name.endsWith('.json') && (await (await file.getFile()).text()).includes('my best')) return true;
        return false;
      });
    await until('one with its name', label);

    await reload(page);
    await until('both are listed', async () => (await kept(page).count()) === 2);
    await page.click('#runs-title');
    assert.deepEqual(await aside(page), [second, first]);
    const names = page.getByRole('textbox', { name: 'Name of the run' });
    const titles = await names.evaluateAll((all) => all.map((input) => /** @type {HTMLInputElement} */ (input).value));
    const named = kept(page).nth(titles.indexOf('my best'));
    const other = kept(page).nth(1 - titles.indexOf('my best'));
    assert.match(await named.innerText(), /on coloured shapes[^]*Kept just now/);
    assert.ok(
      await named
        .locator('img.run-picture')
        .evaluate((image) => /** @type {HTMLImageElement} */ (image).naturalWidth > 0),
    );
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      named.getByRole('button', { name: 'Save' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'my-best.safetensors');
    await download.saveAs(join(folder, 'kept.safetensors'));

    await other.getByRole('textbox').fill('my second');
    await page.keyboard.press('Enter');
    await other.getByRole('button', { name: 'Compare' }).click();
    await page.locator('#chart').hover();
    await until('its curve is on the chart', async () => /my second/.test(await page.innerText('#readout')));

    await named.getByRole('button', { name: 'Restore' }).click();
    await until('it is the network', async () => (await askEngine(page, 'status')).step === first);
    await until('and leaves the list', async () => (await kept(page).count()) === 1);
    await page.locator('#chart').hover();
    const readout = () => page.innerText('#readout');
    await until(
      'with its curve',
      async () => /my best, before/.test(await readout()) && /my second/.test(await readout()),
    );
    await page.waitForTimeout(1000);
    assert.match(await readout(), /my best, before/);
    await page.click('#reset');
    await until('which leaves with it', async () => !/my best, before/.test(await readout()));
    await page.getByRole('button', { name: 'Undo' }).first().click();
    await until('it is the network again', async () => (await askEngine(page, 'status')).step === first);
    const [last] = await kept(page).all();
    await last.getByRole('button', { name: 'Discard' }).click();
    await page.locator('#runs').waitFor({ state: 'hidden' });
    await until('nothing is left in files', async () => (await shelfFiles(page)).length === 0);

    await reload(page);
    await page.locator('#session', { hasText: `step ${first}` }).waitFor();
    assert.equal(await kept(page).count(), 0);
  }));

test('a run that is restored within the visit is not listed twice after a reload', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=200&model=classifier-mlp');
    const { page } = site;
    const first = await train(page);
    await page.selectOption('#preset', 'classifier-cnn');
    await until('it is in files', async () => (await shelfFiles(page)).length === 3);
    await page.focus('#network');
    await page.keyboard.press('Control+z');
    await until('it is back', async () => (await askEngine(page, 'status')).step === first);
    await until('its files are gone', async () => (await shelfFiles(page)).length === 0);
    await reload(page);
    await page.locator('#session', { hasText: `step ${first}` }).waitFor();
    assert.ok(await page.locator('#runs').isHidden());
  }));

test('what another open page has set aside is its own', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=200&model=classifier-mlp');
    const { page, context, address } = site;
    await train(page);
    await page.selectOption('#preset', 'classifier-cnn');
    await until('it is in files', async () => (await shelfFiles(page)).length === 3);
    const other = await context.newPage();
    await other.goto(address);
    await other.locator('#start:enabled').waitFor({ state: 'attached' });
    await other.waitForTimeout(2500);
    assert.equal(await kept(other).count(), 0);
    await other.close();
  }));

test('a run that has no room within the budget is said not to be kept, and damaged notes do no harm', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=200&model=classifier-mlp');
    const { page } = site;
    await page.evaluate(async () => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('shelf', { create: true });
      const write = async (/** @type {string} */ name, /** @type {string | Uint8Array<ArrayBuffer>} */ data) => {
        const writer = await (await folder.getFileHandle(name, { create: true })).createWritable();
        await writer.write(data);
        await writer.close();
      };
      await write('1-1.json', '{"name": 3');
      await write('1-1.safetensors', 'nothing');
      await write('other', new Uint8Array(256 << 20));
    });
    await reload(page);
    await train(page);
    await page.selectOption('#preset', 'classifier-cnn');
    await page.locator('#runs-kept', { hasText: 'Not all are kept for the next visit: 256 MiB are taken.' }).waitFor();
    assert.equal((await aside(page)).length, 1, 'it is at hand all the same');
    assert.deepEqual(await shelfFiles(page), ['other']);
  }));
