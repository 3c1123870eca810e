// The page as a person uses it: the sample set, a dropped folder, sliders, saving, mistakes.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import {
  askEngine,
  canvasLook,
  drop,
  enter,
  numberIn,
  open,
  outputLook,
  pictureFolder,
  steps,
  toggle,
  until,
  withSite,
  writeFiles,
} from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

async function saved(/** @type {Page} */ page, /** @type {string} */ path) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
  await download.saveAs(path);
  return path;
}

const imageCount = (/** @type {Page} */ page) => numberIn(page, '#used-count');

test('the page opens ready, isolated, with threads, and with the network drawn', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    assert.equal(await page.evaluate(() => crossOriginIsolated), true);
    assert.ok((await numberIn(page, '#threads')) > 1);
    assert.equal(await imageCount(page), 2000);
    await until('the network is drawn', async () => (await canvasLook(page, '#network')).colours > 8);
    assert.equal(await page.locator('#error').isVisible(), false);
  }));

test('training lowers the loss, changes the picture, and stops where it is told to', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    await page.click('#step');
    const first = await until('the first loss', () => numberIn(page, '#loss'));
    const untrained = await until('a frame', async () => {
      const look = await canvasLook(page, '#network');
      return look.colours > 8 && look;
    });
    await toggle(page, 'true');
    await until('a lower loss', async () => (await numberIn(page, '#loss')) < 0.7 * first);
    await until('speed is told', async () => (await numberIn(page, '#images-per-second')) > 0);
    await until('the frame changes', async () => (await canvasLook(page, '#network')).print !== untrained.print);
    await toggle(page, 'false');
    const stopped = await steps(page);
    await page.waitForTimeout(300);
    assert.equal(await steps(page), stopped);
  }));

test('sliders act during training, and training goes on', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    await toggle(page, 'true');
    await until('training', async () => (await steps(page)) > 3);
    const before = await steps(page);
    const rate = await numberIn(page, '#rate-number');
    await page.focus('#rate');
    for (let press = 0; press < 5; press++) await page.keyboard.press('ArrowLeft');
    const lower = await until('the rate follows the slider', async () => {
      const now = await numberIn(page, '#rate-number');
      return now < rate && now;
    });
    await enter(page, '#batch-number', '16');
    await until('more steps', async () => (await steps(page)) > before + 3);
    assert.equal(await numberIn(page, '#rate-number'), lower);
    assert.equal(await numberIn(page, '#batch-number'), 16);
    assert.equal(await page.getAttribute('#start', 'aria-pressed'), 'true');
  }));

test('a dropped folder of PNGs becomes the data, and what is no image is listed with its reason', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    pictureFolder(join(folder, 'pictures'));
    writeFiles(join(folder, 'pictures'), {
      'discs/notes.txt': 'no image',
      'stripes/cut.png': new Uint8Array([137, 80, 78, 71]),
    });
    await drop(page, [join(folder, 'pictures')]);
    await until('the images are in use', async () => (await imageCount(page)) === 80);
    assert.equal(await numberIn(page, '#skipped'), 2);
    await page.click('#skipped');
    const list = await page.locator('#skipped-list').innerText();
    assert.match(list, /notes\.txt/);
    assert.match(list, /cut\.png/);
    await page.keyboard.press('Escape');
    await toggle(page, 'true');
    await until('it trains', async () => (await steps(page)) > 3);
  }));

test('the folder button does what the drop does', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    pictureFolder(join(folder, 'pictures'), 10);
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.click('#open-folder')]);
    await chooser.setFiles(join(folder, 'pictures'));
    await until('the images are in use', async () => (await imageCount(page)) === 20);
  }));

test('a file that is no image is told in one sentence, and the data stays', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    writeFiles(folder, { 'broken.png': 'this is no picture' });
    await drop(page, [join(folder, 'broken.png')]);
    await page.locator('#error').waitFor();
    assert.match(await page.locator('#error').innerText(), /broken\.png/);
    assert.equal(await imageCount(page), 2000);
    await toggle(page, 'true');
    await until('it still trains', async () => (await steps(page)) > 3);
  }));

test('a broken model file is told in one sentence', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    writeFiles(folder, { 'model.safetensors': 'this is no model' });
    await drop(page, [join(folder, 'model.safetensors')]);
    await page.locator('#error').waitFor();
    assert.ok((await page.locator('#error').innerText()).trim().length > 20);
  }));

test('a saved model gives the same output after a reload', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    await toggle(page, 'true');
    await until('training', async () => (await steps(page)) > 20);
    await toggle(page, 'false');
    const trained = await outputLook(page);
    const at = await steps(page);
    const file = await saved(page, join(folder, 'saved.safetensors'));

    await page.reload();
    await page.locator('#start:enabled').waitFor();
    assert.notEqual((await outputLook(page)).print, trained.print, 'an untrained network answers differently');
    await drop(page, [file]);
    await until('the model is open', async () => (await steps(page)) === at);
    await until('the same output', async () => (await outputLook(page)).print === trained.print);
  }));

test('a code that is asked for while another network takes the place of its own is no mistake', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    await page.evaluate(async () => {
      const { store, touch } = await import(/** @type {string} */ ('/www/app/store.js'));
      await store.engine.set('model', 'classifier-mlp'); // the page hears of it later than it asks
      touch();
    });
    await page.waitForTimeout(1500);
    assert.equal(await page.isVisible('#error'), false, await page.innerText('#error'));
  }));

test('what takes no time is not told in the status bar', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    await page.evaluate(() => {
      const busy = /** @type {HTMLElement} */ (document.querySelector('#activity'));
      /** @type {string[]} */
      const told = [];
      Object.assign(globalThis, { told });
      new MutationObserver(() => {
        if (!busy.hidden) told.push(busy.innerText);
      }).observe(busy, { attributes: true });
    });
    await saved(page, join(folder, 'small.safetensors'));
    assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).told), []);
  }));

test('the page fits a telephone, and starts there too', () =>
  withSite({ width: 390, height: 844 }, async (site) => {
    await open(site);
    const { page } = site;
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${overflow} pixels too wide`);
    await page.locator('#start-thumb').click();
    await until('training', async () => (await steps(page)) > 3);
    await page.locator('#start-thumb').click();

    const right = async (/** @type {string} */ selector) => {
      const box = await page.locator(selector).boundingBox();
      return box ? box.x + box.width : Infinity;
    };
    await page.evaluate(async () => {
      const { showLoading, showProgress } = await import(/** @type {string} */ ('/www/ui/messages.js'));
      showLoading('Reading many-pictures.zip', () => {});
      showProgress(
        1000,
        3000,
        'many-pictures.zip/a-folder-of-many/another-folder-within/a-picture-with-a-long-name.png',
      );
    });
    assert.ok((await right('#loading-cancel')) < 390, 'Cancel is in reach');

    await page.click('.tabs [data-section="model"]');
    await page.click('#edit-layers');
    await page.locator('.layer-row').first().waitFor();
    const cut = await page.locator('.layer-row select[aria-label$="kind"]').evaluateAll(
      (all) =>
        all.filter((select) => {
          const chosen = /** @type {HTMLSelectElement} */ (select);
          const ink = /** @type {CanvasRenderingContext2D} */ (document.createElement('canvas').getContext('2d'));
          const { font, paddingLeft, paddingRight } = getComputedStyle(chosen);
          ink.font = font;
          return (
            chosen.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) <
            ink.measureText(chosen.value).width
          );
        }).length,
    );
    assert.equal(cut, 0, 'every kind of layer is read whole');
  }));

for (const [width, height] of [
  [1440, 900],
  [390, 844],
]) {
  test(`on a screen ${width} wide an offer covers neither the network nor its controls`, () =>
    withSite({ width, height }, async (site) => {
      await open(site);
      const { page } = site;
      for (const offer of ['#session', '#runs']) {
        await page.locator(offer).evaluate((element) => {
          element.removeAttribute('hidden');
          element.toggleAttribute('open', true);
        });
        const box = await page.locator(offer).boundingBox();
        assert.ok(box && box.height > 30, offer);
        for (const covered of ['#network-frame', '#view-modes', '#rate', '#step', '#guide']) {
          const other = await page.locator(covered).boundingBox();
          if (!other) continue;
          const apart =
            box.y + box.height <= other.y ||
            other.y + other.height <= box.y ||
            box.x + box.width <= other.x ||
            other.x + other.width <= box.x;
          assert.ok(apart, `${offer} lies on ${covered}`);
        }
        await page.locator(offer).evaluate((element) => element.setAttribute('hidden', ''));
      }
    }));
}

// Real and constructed files that loaders stumble over; not part of the repository.
const awkward = resolve('../shared/data/awkward-images');

test(
  'every one of many awkward files is used or listed with its reason, in little memory',
  { skip: !existsSync(awkward) },
  () =>
    withSite({}, async (site) => {
      await open(site);
      const { page } = site;
      await drop(page, [awkward]);
      const used = await until(
        'the images are in use',
        async () => (await imageCount(page)) !== 2000 && imageCount(page),
      );
      assert.ok(used > 200, `${used} images used`);
      assert.ok((await numberIn(page, '#skipped')) > 50);
      await page.click('#skipped');
      const list = await page.locator('#skipped-list').innerText();
      for (const name of ['zero-byte.png', 'html-error-page.jpg', 'bomb-65535x65535-claimed.png'])
        assert.ok(list.includes(name), name);
      await page.keyboard.press('Escape');
      await toggle(page, 'true');
      await until('it trains', async () => (await steps(page)) > 1);
      assert.ok((await numberIn(page, '#memory')) < 1024, 'MiB of memory');
    }),
);
