// Files for other programs: each is made on the page, and used as its reader would.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'node:test';
import { askEngine, drop, open, outputLook, png, steps, toggle, until, withSite, writeFiles } from './harness.mjs';
import { entriesOf } from './zip.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** Trains a little and opens the export fold. @param {Page} page */
async function trained(page) {
  await toggle(page, 'true');
  await until('some steps', async () => (await steps(page)) > 20);
  await toggle(page, 'false');
  await page.click('#export-fold summary');
}

/** Presses a button and saves what comes. @param {Page} page @param {string} button @param {string} folder */
async function saved(page, button, folder) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  return path;
}

/** What the page itself answers for an image. @param {Page} page @param {Buffer} image */
const answered = (page, image) =>
  page.evaluate(
    async (bytes) => {
      const { store } = await import(/** @type {string} */ ('/www/app/store.js'));
      const example = await store.engine.ownInput('own.png', new Uint8Array(bytes));
      return { probabilities: example.probabilities, output: example.output && [...example.output] };
    },
    [...image],
  );

test('a network becomes an ONNX file that is compared at once, a table of answers, and labels', () =>
  withSite({}, async (site) => {
    const { page, folder } = site;
    await open(site, '#model=classifier-cnn&width=16&height=16');
    await trained(page);
    for (const form of ['tensor', 'bytes']) {
      await page.selectOption('#export-input', form);
      const path = await saved(page, '#export-onnx', folder);
      assert.equal(readFileSync(path)[0], 8, path);
      await page.locator('#export-check').waitFor();
      const words = await page.innerText('#export-check');
      assert.match(words, /^Opened here again: largest difference over 8 images (none|\d\.\de-[6-9])$/);
    }
    const table = readFileSync(await saved(page, '#export-predictions', folder), 'utf8')
      .trim()
      .split('\n');
    const images = await askEngine(page, 'dataSummary');
    assert.equal(table.length, images.used + 1);
    const labels = readFileSync(await saved(page, '#export-labels', folder), 'utf8')
      .trim()
      .split('\n');
    assert.equal(table[0], ['path', 'class', 'confidence', ...labels].join(','));
  }));

test('sparse layers and two networks for letters open again as they are', () =>
  withSite({}, async (site) => {
    const { page, folder } = site;
    await open(site, '#sample=letters&model=letters-sparse&limit=104&width=16&height=16');
    await trained(page);
    for (const part of ['whole', 'partner']) {
      await page.selectOption('#export-part', part);
      await saved(page, '#export-onnx', folder);
      await page.locator('#export-check').waitFor();
      assert.match(await page.innerText('#export-check'), /largest difference over 8 images (none|\d\.\de-[6-9])$/);
    }
  }));

const python = process.env.PYTHON ?? 'python3';
const hasTorch = spawnSync(python, ['-c', 'import torch, safetensors, numpy']).status === 0;

test('a training becomes a folder for PyTorch, which goes on at its very step', () =>
  withSite({}, async (site) => {
    const { page, folder } = site;
    await open(site, '#model=classifier-cnn&width=16&height=16&batch-size=16');
    await trained(page);
    const path = await saved(page, '#export-python', folder);
    assert.match(path, /classifier-cnn-\d+-pytorch\.zip$/);
    const entries = entriesOf(readFileSync(path));
    const names = ['README.md', 'check.json', 'images.npy', 'model.py', 'train.py', 'weights.safetensors'];
    for (const name of names) assert.ok(entries.get(name)?.length, name);
    const json = (/** @type {string} */ name) => JSON.parse(String(entries.get(name)));
    const at = await steps(page);
    assert.deepEqual([json('position.json').step, json('check.json').step], [at, at + 1]);
    if (hasTorch) {
      writeFiles(join(folder, 'pytorch'), Object.fromEntries(entries));
      const run = spawnSync(python, ['check.py'], { cwd: join(folder, 'pytorch'), encoding: 'utf8' });
      assert.match(run.stdout, /this folder is as it was written/, run.stderr);
    }
  }));

test('a manifold, whose connections follow from its curves, is refused as a folder for PyTorch in one sentence', () =>
  withSite({ allowed: /PyTorch cannot go on/ }, async (site) => {
    const { page } = site;
    await open(site, '#model=manifold&width=16&height=16');
    await page.evaluate(() => {
      /** @type {HTMLDetailsElement} */ (document.querySelector('#export-fold')).open = true;
    });
    await page.click('#export-python');
    await page.locator('#error').waitFor();
    assert.match(await page.innerText('#error'), /PyTorch cannot go on with this network: its connections follow/);
  }));

test('a project goes on where it was saved', () =>
  withSite({}, async (site) => {
    const { page, folder } = site;
    await open(site, '#model=autoencoder-dense&width=16&height=16');
    await trained(page);
    const [at, look] = [await steps(page), await outputLook(page)];
    const path = await saved(page, '#export-project', folder);
    writeFiles(folder, { 'cut.zip': readFileSync(path).subarray(0, 4000) });
    await open(site, '#model=classifier-mlp&width=20&height=20&seed=5');
    await drop(page, [join(folder, 'cut.zip')]);
    await page.locator('#error').waitFor();
    assert.match(await page.innerText('#error'), /project: its list of entries: expected a whole zip/);
    await drop(page, [path]);
    await until('the project is open', async () => (await steps(page)) === at);
    assert.equal((await outputLook(page)).print, look.print);
  }));

// The autoencoder has 445,000 parameters, of two bytes each.
for (const [model, settings, most] of /** @type {const} */ ([
  ['classifier-cnn', 'width=24&height=24&resize=crop', 2 << 20],
  ['autoencoder', 'width=24&height=24&background=%23204060', 2 << 20],
]))
  test(`${model}: one HTML file answers from disk, without a request, as the page does`, () =>
    withSite({}, async (site) => {
      const { page, context, folder } = site;
      await open(site, `#model=${model}&${settings}`);
      await trained(page);
      const path = await saved(page, '#export-page', folder);
      assert.ok(statSync(path).size < most, `${statSync(path).size} bytes`);
      const image = Buffer.from(png(37, 21, (x, y) => [5 * x, 9 * y, (7 * x * y) % 256]));
      writeFiles(folder, { 'odd.png': image });
      const expected = await answered(page, image);

      await context.setOffline(true);
      const alone = await context.newPage();
      /** @type {string[]} */
      const asked = [];
      alone.on('request', (request) => asked.push(request.url().split(':')[0]));
      await alone.goto(pathToFileURL(path).href);
      await until('the model is there', async () => /images of 24/.test(await alone.innerText('#about')));
      await alone.setInputFiles('#file', join(folder, 'odd.png'));
      if (expected.probabilities?.length) {
        await until('an answer', async () => (await alone.locator('#answers li').count()) > 0);
        const near = async () => {
          const found = await alone
            .locator('#answers li')
            .evaluateAll((items) =>
              items.map((item) => ({
                name: item.querySelector('.name')?.textContent,
                value: Number(/** @type {HTMLElement} */ (item).dataset.value),
              })),
            );
          return found.every(({ name, value }) => {
            const wanted = expected.probabilities.find((/** @type {any} */ one) => one.name === name);
            return !wanted || Math.abs(wanted.value - value) < 1e-5;
          });
        };
        await until('the same answer', near);
      } else {
        const pixels = () =>
          alone.evaluate(() => {
            const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('picture'));
            return [...(canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [])];
          });
        await until('the same picture', async () => {
          const found = await pixels();
          return (
            found.length === expected.output.length && found.every((v, i) => Math.abs(v - expected.output[i]) <= 1)
          );
        });
      }
      await alone.mouse.move(100, 300);
      assert.deepEqual(
        asked.filter((scheme) => scheme !== 'data' && scheme !== 'blob'),
        ['file'],
      );
      for (const width of [390, 1440]) {
        await alone.setViewportSize({ width, height: 844 });
        assert.ok((await alone.evaluate(() => document.documentElement.scrollWidth)) <= width, `too wide at ${width}`);
      }
      assert.equal(await alone.isVisible('#error'), false);
      await context.setOffline(false);
      await alone.close();
    }));
