// The first minutes: one picture is a question, experiments are one click, one sentence follows the run, few controls.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  askEngine,
  canvasLook,
  canvasPixels,
  drop,
  numberIn,
  open,
  pictureFolder,
  png,
  steps,
  toggle,
  until,
  withSite,
  writeFiles,
} from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

const isOwn = async (/** @type {Page} */ page) => (await askEngine(page, 'exampleIndex')) === -1;

/** What the built-in sets are called. @type {Record<string, string>} */
const NAMES = {
  shapes: 'coloured shapes',
  digits: 'drawn digits',
  smileys: 'smileys',
  letters: 'built-in alphabet',
  sums: 'sums of normal variables',
  blurred: 'blurred shapes',
};

/** Draws strokes of points, as shares of the paper of Try it. */
async function drawOn(/** @type {Page} */ page, /** @type {[number, number][][]} */ strokes) {
  const paper = await page.locator('#try-pad canvas').boundingBox();
  assert.ok(paper);
  for (const [first, ...others] of strokes) {
    const place = (/** @type {[number, number]} */ [x, y]) =>
      /** @type {const} */ ([paper.x + x * paper.width, paper.y + y * paper.height]);
    await page.mouse.move(...place(first));
    await page.mouse.down();
    for (const point of others) await page.mouse.move(...place(point), { steps: 4 });
    await page.mouse.up();
  }
}

/** Notes the streams of the webcam; the returned function counts the tracks that are live. */
async function watchWebcam(/** @type {Page} */ page, delay = 0) {
  await page.addInitScript((delay) => {
    const devices = navigator.mediaDevices;
    const ask = devices?.getUserMedia.bind(devices);
    /** @type {MediaStream[]} */
    const streams = [];
    Object.assign(globalThis, { streams });
    if (devices)
      devices.getUserMedia = async (wish) => {
        const stream = await ask(wish);
        streams.push(stream);
        await new Promise((resolve) => setTimeout(resolve, delay)); // the person takes their time
        return stream;
      };
  }, delay);
  return () =>
    page.evaluate(() => {
      const streams = /** @type {MediaStream[]} */ (/** @type {any} */ (globalThis).streams);
      const tracks = streams.flatMap((stream) => stream.getTracks());
      return { asked: streams.length, live: tracks.filter(({ readyState }) => readyState === 'live').length };
    });
}

test('a newcomer draws a digit and reads the right answer, in a few clicks', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site, '#view=simple');
    await page.getByRole('link', { name: 'Digits you draw' }).click();
    await until('the digits are there', async () => (await askEngine(page, 'dataSummary')).name === 'drawn digits');
    await until(
      'and a network for them',
      async () => (await askEngine(page, 'modelSummary')).preset === 'classifier-cnn',
    );
    await page.click('#start');
    await page.locator('#guide [data-action="try"]').waitFor({ timeout: 180_000 }); // the sentence offers it
    await until('six epochs', async () => (await askEngine(page, 'status')).epoch >= 6, 180_000);
    await toggle(page, 'false');
    await page.click('#guide [data-action="try"]');
    // A seven: a bar and a leg.
    await drawOn(page, [
      [
        [0.25, 0.2],
        [0.75, 0.2],
        [0.42, 0.82],
      ],
    ]);
    await until('it is read', async () => (await page.innerText('#try-large')) === '7');
    await page.getByRole('button', { name: 'Clear' }).last().click();
    await drawOn(page, [
      [
        [0.5, 0.15],
        [0.5, 0.85],
      ],
    ]);
    await until('and a one', async () => (await page.innerText('#try-large')) === '1');
    await page.keyboard.press('Escape');
    await until('the example is back', async () => !(await isOwn(page)));
  }));

test('every experiment is a link and begins with a click', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site, '#view=simple&limit=200');
    const links = page.locator('#experiments a');
    const addresses = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''));
    for (const [at, address] of addresses.entries()) {
      const wish = new URLSearchParams(address.slice(1));
      if (!wish.has('sample')) continue; // the person brings the pictures
      await begin(at);
    }
    // From any to any: a network for pairs, letters, numbers or classes gives way to the next.
    for (const [one, other] of [
      ['digits', 'sums'],
      ['letters', 'digits'],
      ['blurred', 'sums'],
      ['sums', 'letters'],
      ['digits', 'blurred'],
    ])
      for (const sample of [one, other]) await begin(addresses.findIndex((address) => address.includes(sample)));

    async function begin(/** @type {number} */ at) {
      const wish = new URLSearchParams(addresses[at].slice(1));
      await links.nth(at).click();
      const title = await links.nth(at).locator('b').innerText();
      await page.locator('#notice-text', { hasText: `${title}: press Start` }).waitFor();
      await until('it is marked', async () => (await links.nth(at).getAttribute('aria-current')) === 'true');
      assert.equal((await askEngine(page, 'config')).sample, wish.get('sample'));
      assert.equal((await askEngine(page, 'dataSummary')).name, NAMES[wish.get('sample') ?? '']);
      assert.equal((await askEngine(page, 'modelSummary')).preset, wish.get('model'));
      assert.ok(await page.locator('#error').isHidden(), await page.locator('#error').innerText());
    }
  }));

test('two experiments chosen in haste end in the second', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site, '#view=simple&limit=200');
    await page.evaluate(() => {
      for (const sample of ['letters', 'digits', 'sums'])
        /** @type {HTMLElement} */ (document.querySelector(`#experiments a[href*="sample=${sample}"]`)).click();
    });
    await page.locator('#notice-text', { hasText: 'Wires itself: press Start' }).waitFor();
    await page.waitForTimeout(500); // nothing comes after it
    assert.equal((await askEngine(page, 'dataSummary')).name, NAMES.sums);
    assert.equal((await askEngine(page, 'modelSummary')).preset, 'manifold');
  }));

test('every experiment is an address', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site, '#view=simple');
    const addresses = await page
      .locator('#experiments a')
      .evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''));
    for (const address of addresses) {
      const wish = new URLSearchParams(address.slice(1));
      const sample = wish.get('sample');
      if (!sample) continue;
      await page.goto('about:blank');
      await open(site, address);
      assert.ok(await page.locator('#error').isHidden(), await page.locator('#error').innerText());
      assert.equal((await askEngine(page, 'dataSummary')).name, NAMES[sample]);
      assert.equal((await askEngine(page, 'modelSummary')).preset, wish.get('model'));
    }
  }));

test('a folder in classes chosen as an experiment gets a classifier, also where a network for pairs was', () =>
  withSite({}, async (site) => {
    const { page, folder } = site;
    await open(site, '#view=simple&sample=blurred&model=unet');
    pictureFolder(join(folder, 'pictures'), 15, 32);
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('link', { name: 'Your folders' }).click(),
    ]);
    await chooser.setFiles(join(folder, 'pictures'));
    await until('a classifier', async () => (await askEngine(page, 'modelSummary')).preset === 'classifier-cnn');
    assert.equal((await askEngine(page, 'dataSummary')).used, 30);
  }));

test('a first visit has few controls', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await page.addInitScript(() => {
      if (location.protocol.startsWith('http')) localStorage.removeItem('neurarium-view');
    });
    await open(site);
    assert.equal(await page.getAttribute('html', 'data-view'), 'simple');
    assert.ok(await page.locator('#rate').isHidden());
  }));

test('closing Try it lets the webcam go, also where the person allows it afterwards', () =>
  withSite({ flags: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] }, async (site) => {
    const { page } = site;
    const tracks = await watchWebcam(page, 700);
    await open(site);
    await page.click('#try');
    await page.click('#try-ways [data-value="webcam"]');
    await until('its pictures are shown', () => isOwn(page));
    assert.deepEqual(await tracks(), { asked: 1, live: 1 });
    await page.keyboard.press('Escape');
    await until('it is let go', async () => (await tracks()).live === 0);
    await page.click('#try');
    await page.click('#try-ways [data-value="webcam"]');
    await until('it is asked for', async () => (await tracks()).asked === 2);
    await page.keyboard.press('Escape');
    await until('it is let go', async () => (await tracks()).live === 0);
    await page.waitForTimeout(500);
    assert.equal(await isOwn(page), false);
    assert.ok(await page.locator('#error').isHidden());
  }));

test('a picture given to Try it is there again after a drawing, and a drawing is seen to its last point', () =>
  withSite({}, async (site) => {
    const { page, folder } = site;
    writeFiles(folder, { 'mine.png': png(40, 30, (x) => (x < 20 ? [250, 40, 40] : [20, 20, 200])) });
    await open(site, '#view=simple&model=classifier-mlp');
    await page.click('#try');
    assert.equal(await page.innerText('#try-large'), '?');
    await page.setInputFiles('#try-input', join(folder, 'mine.png'));
    await until('it is answered', async () => (await page.innerText('#try-large')) !== '?');
    await page.click('#try-ways [data-value="draw"]');
    await until('nothing is drawn yet', async () => (await page.innerText('#try-large')) === '?');
    await drawOn(page, [
      [
        [0.1, 0.1],
        [0.9, 0.9],
      ],
    ]);
    await until('it is answered', async () => (await page.innerText('#try-large')) !== '?');
    // The end of the stroke, dark or coloured, is in what the network sees.
    await until('the last point is seen', async () => {
      const { width, height } = await canvasLook(page, '#try-seen');
      const pixels = await canvasPixels(page, '#try-seen');
      const at = 4 * (Math.floor(0.88 * height) * width + Math.floor(0.88 * width));
      return Math.abs(pixels[at] - pixels[0]) > 60;
    });
    await page.click('#try-ways [data-value="picture"]');
    await until('the picture again', async () => (await page.innerText('#try-large')) !== '?');
    assert.ok(await page.locator('#try-image').isVisible());
    assert.equal((await page.locator('#try-dialog #notice').count()) > 0, true); // where it can be seen
  }));

test('the simple view has at most twenty stops of the Tab key, and the full one comes with one of them', () =>
  withSite({}, async (site) => {
    const { page } = site;
    for (const experiment of ['', '&model=classifier-cnn']) {
      await page.goto('about:blank');
      await open(site, `#view=simple${experiment}`);
      /** @type {string[]} */
      const stops = [];
      for (let press = 0; press < 80; press++) {
        await page.keyboard.press('Tab');
        const words = await page.evaluate(() => {
          const at = document.activeElement;
          if (!at || at === document.body || at.hasAttribute('data-was-here')) return '';
          at.setAttribute('data-was-here', '');
          return `${at.tagName}#${at.id} ${at.textContent?.trim().slice(0, 20)}`;
        });
        if (words === '') break;
        stops.push(words);
      }
      assert.ok(stops.length > 5 && stops.length <= 20, `${stops.length}:\n${stops.join('\n')}`);
    }
    assert.ok(await page.locator('#rate').isHidden());
    await page.click('#view-mode');
    assert.ok(await page.locator('#rate').isVisible());
    await page.reload();
    await page.locator('#start:enabled').waitFor();
    assert.ok(await page.locator('#rate').isVisible(), 'the choice goes before the link');
  }));

test('one picture dropped anywhere is run while training goes on, and is trained on only when that is asked for', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    pictureFolder(join(folder, 'pictures'), 10);
    writeFiles(folder, { 'mine.png': png(40, 30, (x) => (x < 20 ? [250, 40, 40] : [20, 20, 200])) });
    await drop(page, [join(folder, 'pictures')]);
    await until('the images are in use', async () => (await numberIn(page, '#used-count')) === 20);
    await toggle(page, 'true');
    await drop(page, [join(folder, 'mine.png')], { x: 500, y: 300 }); // on the drawn network
    await until('it is shown', () => isOwn(page));
    assert.equal(await numberIn(page, '#used-count'), 20);
    assert.equal(await page.getAttribute('#start', 'aria-pressed'), 'true');
    await page.click('#own-train');
    await until('it is the data', async () => (await numberIn(page, '#used-count')) === 1);
    await page.getByRole('button', { name: 'Back to pictures' }).click();
    await until('the images are back', async () => (await numberIn(page, '#used-count')) === 20);
    await page.getByRole('button', { name: 'Back to mine.png' }).waitFor();
  }));

test('two classes are made with the webcam, trained, told apart, and saved as a zip', () =>
  withSite({ flags: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] }, async (site) => {
    const { page, folder } = site;
    await open(site, '#view=simple');
    await page.getByRole('link', { name: 'Show it things' }).click();
    const rows = page.locator('.collect-class');
    await page.locator('#collect-camera video').waitFor();
    for (const [at, name] of ['disc', 'other'].entries()) {
      const row = rows.nth(at);
      await row.getByRole('textbox').fill(name);
      if (at === 1) {
        /** @type {Record<string, Uint8Array>} */
        const files = {};
        for (let n = 0; n < 12; n++) files[`${n}.png`] = png(32, 32, (x, y) => [200, (x * 8 + n) % 256, (y * 8) % 256]);
        writeFiles(folder, files);
        await row.locator('input[type=file]').setInputFiles(Object.keys(files).map((file) => join(folder, file)));
        continue;
      }
      const box = await row.getByRole('button', { name: 'Hold to film' }).boundingBox();
      assert.ok(box);
      await page.mouse.move(box.x + 10, box.y + 10);
      await page.mouse.down();
      await until('a dozen frames', async () => Number.parseInt(await row.locator('.muted').innerText(), 10) >= 12);
      await page.mouse.up();
    }
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#collect-save')]);
    const path = join(folder, 'my-pictures.zip');
    await download.saveAs(path);
    await page.click('#collect-train');
    await until('they are the data', async () => (await askEngine(page, 'dataSummary')).name === 'my pictures');
    const { classes, used } = await askEngine(page, 'dataSummary');
    assert.deepEqual(
      classes.map((/** @type {{ name: string }} */ { name }) => name),
      ['disc', 'other'],
    );
    await until('a classifier', async () => (await askEngine(page, 'modelSummary')).preset === 'classifier-cnn');
    await page.click('#start');
    await until('it has learnt', async () => (await askEngine(page, 'status')).epoch >= 12);
    await page.click('#try');
    await page.click('#try-ways [data-value="webcam"]');
    await until('it knows what it sees', async () => (await page.innerText('#try-large')) === 'disc');
    await page.keyboard.press('Escape');
    await drop(page, [path]);
    await until('the zip holds the same', async () => {
      const summary = await askEngine(page, 'dataSummary');
      return summary.name === 'my-pictures.zip' && summary.used === used && summary.classes.length === 2;
    });
  }));

test('settings are found by any of their words', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site);
    await page.click('#more-settings > summary');
    await page.fill('#settings-search', 'rotates');
    const found = page.locator('.setting:visible label');
    await until('one is left', async () => (await found.count()) === 1);
    assert.match(await found.innerText(), /turn at random/);
    await page.fill('#settings-search', 'no such words');
    await page.getByText('No setting has these words.').waitFor();
  }));

test('the sentence above the chart follows the run', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site, '#model=classifier-cnn&limit=300');
    const sentence = () => page.innerText('#guide-text');
    assert.match(await sentence(), /learn to name.*Press Start/);
    await toggle(page, 'true');
    await until('it begins', async () => /first pictures|never seen|kept out of training/.test(await sentence()));
    await until('it is measured', async () => /never seen|kept out of training/.test(await sentence()));
    await toggle(page, 'false');
    await until('it offers something', async () => (await page.locator('#guide-actions button').count()) > 0);
  }));

test('a model for other classes says so when it is opened, and gets a new last layer', () =>
  withSite({}, async (site) => {
    await open(site, '#model=classifier-mlp&limit=200');
    const { page, folder } = site;
    await toggle(page, 'true');
    await until('it trains', async () => (await steps(page)) > 5);
    await toggle(page, 'false');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    const path = join(folder, 'shapes.safetensors');
    await download.saveAs(path);
    pictureFolder(join(folder, 'pictures'), 15, 32);
    await drop(page, [join(folder, 'pictures')]);
    await until('other images', async () => (await numberIn(page, '#used-count')) === 30);
    await drop(page, [path]);
    await page.locator('#guide-text', { hasText: 'This network knows circle, cross, heart and 5 more' }).waitFor();
    await page.getByRole('button', { name: 'New last layer' }).click();
    await until('it knows these', async () => {
      const { attribution } = await askEngine(page, 'modelSummary');
      return attribution.classes.join() === 'discs,stripes';
    });
    await page.click('#start'); // so small a network may be done before the button is looked at
    await until('the head is fitted', async () => (await askEngine(page, 'status')).step > 0);
    assert.ok(await page.locator('#error').isHidden(), await page.locator('#error').innerText());
  }));

test('a tour is offered once, leads by keyboard past five places, and covers none of them', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await page.addInitScript(() => {
      if (!location.protocol.startsWith('http') || sessionStorage.getItem('came')) return;
      sessionStorage.setItem('came', 'before');
      localStorage.removeItem('neurarium-view');
      localStorage.removeItem('neurarium-tour');
    });
    await open(site);
    await page.locator('#guide [data-action="tour"]').focus();
    await page.keyboard.press('Enter');
    /** @type {string[]} */
    const told = [];
    for (let stop = 0; stop < 5; stop++) {
      const ringed = page.locator('.ringed:visible').first();
      await ringed.waitFor();
      const box = await ringed.boundingBox();
      assert.ok(box && box.y >= 0 && box.y + box.height <= 900, `stop ${stop + 1} is in sight`);
      told.push(await page.innerText('#guide-text'));
      assert.equal(await page.evaluate(() => document.activeElement?.closest('#guide-actions') !== null), true);
      assert.ok(await page.locator('#start').isVisible());
      await page.keyboard.press('Enter');
      await until('it goes on', async () => (await page.innerText('#guide-text')) !== told.at(-1));
    }
    assert.equal(new Set(told).size, 5);
    assert.equal(await page.locator('.ringed').count(), 0);
    assert.match(await page.innerText('#guide-text'), /Press Start/);
    await page.evaluate(() => localStorage.setItem('neurarium-view', 'simple'));
    await page.evaluate(() => sessionStorage.setItem('came', 'before'));
    await page.reload();
    await page.locator('#guide-text', { hasText: 'Press Start' }).waitFor();
    assert.equal(await page.locator('#guide [data-action="tour"]').count(), 0);
  }));

test('a folder that is not read after all leaves the network with what it has learnt', () =>
  withSite({}, async (site) => {
    const { page, folder } = site;
    await open(site, '#view=simple&sample=blurred&model=unet&limit=100');
    await page.click('#start');
    await until('it trains', async () => (await steps(page)) > 4);
    await toggle(page, 'false');
    const { step } = await askEngine(page, 'status');
    writeFiles(folder, { 'texts/a.txt': 'no image', 'texts/b.txt': 'none either' });
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('link', { name: 'Your folders' }).click(),
    ]);
    await chooser.setFiles(join(folder, 'texts'));
    await page.locator('#error').waitFor();
    await until('the network is there again', async () => (await askEngine(page, 'modelSummary')).preset === 'unet');
    assert.equal((await askEngine(page, 'status')).step, step);
  }));

test('what a person changes while other data are read stays, also where the data do not come', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site, '#sample=blurred&model=unet&limit=100');
    const bias = await page.evaluate(async () => {
      const { withWay } = await import(/** @type {string} */ ('/www/rail/data/make-way.js'));
      const { edit } = await import(/** @type {string} */ ('/www/app/commands.js'));
      const { store } = await import(/** @type {string} */ ('/www/app/store.js'));
      const neuron = { block: 1, index: 0 };
      await withWay(async () => {
        const neurons = [{ block: neuron.block, indices: [neuron.index] }];
        await edit({ do: 'set-bias', neurons, value: 0.5 });
        return null;
      });
      const [found] = await store.engine.inspect([neuron]);
      return found?.bias.value;
    });
    assert.equal(bias, 0.5, 'the edit is undone');
    assert.match((await askEngine(page, 'modelSummary')).preset, /^autoencoder/);
  }));

test('what is said in a dialog is below its title', () =>
  withSite({}, async (site) => {
    const { page, folder } = site;
    await open(site, '#view=simple');
    writeFiles(folder, { 'words.png': 'no image' });
    await page.click('#try');
    await page.setInputFiles('#try-input', join(folder, 'words.png'));
    await page.locator('#error').waitFor();
    const box = await page.locator('#error').boundingBox();
    const head = await page.locator('#try-dialog .dialog-head').boundingBox();
    assert.ok(box && head && box.y >= head.y + head.height, `${box?.y} is in the title`);
  }));
