// An image of one's own: run through the network, never trained on.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  askEngine,
  canvasLook,
  canvasPixels,
  drop,
  numberIn,
  open,
  outputLook,
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

test('one image dropped on the example is run, and the data stay', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    const before = await outputLook(page);
    const example = await askEngine(page, 'exampleIndex');
    writeFiles(folder, { 'mine.png': png(40, 30, (x) => (x < 20 ? [250, 40, 40] : [20, 20, 200])) });
    const card = await page.locator('#input-image').boundingBox();
    assert.ok(card);
    await drop(page, [join(folder, 'mine.png')], { x: card.x + 10, y: card.y + 10 });
    await until('it is shown', () => isOwn(page));
    await until('it is named', async () => (await page.locator('#example-name').innerText()) === 'mine.png');
    assert.equal(await numberIn(page, '#used-count'), 2000);
    assert.notEqual((await outputLook(page)).print, before.print);

    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#output-save')]);
    const path = join(folder, 'output.png');
    await download.saveAs(path);
    const bytes = readFileSync(path);
    assert.deepEqual([...bytes.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
    assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [32, 32]);

    await page.click('#own-leave');
    await until('the example is back', async () => (await askEngine(page, 'exampleIndex')) === example);
    await until('with its output', async () => (await outputLook(page)).print === before.print);
  }));

test('a picture that is redrawn worse than all held-out images is said to be unlike them', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=300&epochs=6');
    const { page, folder } = site;
    await page.click('#start');
    await until('it has ended', async () => (await page.getAttribute('#state', 'data-state')) === 'finished');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#output-save')]);
    await download.saveAs(join(folder, 'alike.png'));
    writeFiles(folder, { 'checks.png': png(32, 32, (x, y) => ((x + y) % 2 === 0 ? [255, 255, 255] : [0, 0, 0])) });
    const unlike = page.locator('#own-unlike');
    await drop(page, [join(folder, 'checks.png')]);
    await until('it is shown', () => isOwn(page));
    await unlike.waitFor();
    assert.match(await unlike.innerText(), /^Unlike what it was trained on/);
    await page.click('#try');
    await page.locator('#try-sure', { hasText: 'Unlike what it was trained on' }).waitFor();
    await page.keyboard.press('Escape');
    await drop(page, [join(folder, 'alike.png')]);
    await until('the other is shown', async () => (await page.innerText('#example-name')) === 'alike.png');
    await unlike.waitFor({ state: 'hidden' });
  }));

test('a picture far from all that a classifier has learnt from is said to be unlike it, and one of its kind is not', () =>
  withSite({}, async (site) => {
    await open(site, '#sample=digits&model=classifier-cnn&limit=900&epochs=4');
    const { page, folder } = site;
    await page.click('#start');
    await until('it has ended', async () => (await page.getAttribute('#state', 'data-state')) === 'finished');
    const { width, height, input } = await askEngine(page, 'example', 850, false);
    const grey = (/** @type {number} */ value) => /** @type {[number, number, number]} */ ([value, value, value]);
    writeFiles(folder, {
      'alike.png': png(width, height, (x, y) => grey(input[4 * (y * width + x)])),
      'checks.png': png(width, height, (x, y) => (((x >> 1) + (y >> 1)) % 2 === 0 ? [255, 255, 255] : [0, 0, 0])),
    });
    const unlike = page.locator('#own-unlike');
    await drop(page, [join(folder, 'checks.png')]);
    await until('it is shown', () => isOwn(page));
    await unlike.waitFor();
    assert.match(await unlike.innerText(), /^Unlike what it was trained on: 99 of 100 images/);
    await page.click('#try');
    await page.locator('#try-sure', { hasText: 'Unlike what it was trained on' }).waitFor();
    assert.equal(await page.innerText('#try-words'), 'Perhaps it is');
    await page.keyboard.press('Escape');
    await drop(page, [join(folder, 'alike.png')]);
    await until('the other is shown', async () => (await page.innerText('#example-name')) === 'alike.png');
    await unlike.waitFor({ state: 'hidden' });
  }));

test('a classifier tells the probabilities of an image that was opened', () =>
  withSite({}, async (site) => {
    await open(site, '#model=classifier-mlp');
    const { page, folder } = site;
    writeFiles(folder, { 'mine.png': png(24, 24, (x, y) => [x * 10, y * 10, 90]) });
    await page.setInputFiles('#own-input', join(folder, 'mine.png'));
    await until('it is shown', () => isOwn(page));
    const shares = await page.locator('#probabilities .share').allInnerTexts();
    const sum = shares.reduce((sum, text) => sum + Number.parseFloat(text), 0);
    assert.ok(Math.abs(sum - 100) < 1, `${shares.join(' + ')}`);
    await page.click('#example-next');
    await until('an example again', async () => !(await isOwn(page)));
  }));

test('a drawing is run while it is drawn', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    await page.click('#own-draw');
    await until('the empty paper is shown', () => isOwn(page));
    const empty = await outputLook(page);
    const paper = await page.locator('#own-pad canvas').boundingBox();
    assert.ok(paper);
    await page.mouse.move(paper.x + 30, paper.y + 40);
    await page.mouse.down();
    await page.mouse.move(paper.x + 120, paper.y + 110, { steps: 6 });
    await page.mouse.up();
    await until('the output follows', async () => (await outputLook(page)).print !== empty.print);
  }));

test('noise and the eraser change an own picture, and the answer follows at once', () =>
  withSite({}, async (site) => {
    await open(site, '#model=classifier-mlp');
    const { page, folder } = site;
    const shares = async () => (await page.locator('#probabilities .share').allInnerTexts()).join();
    const picture = async () => (await canvasLook(page, '#input-image')).print;
    assert.ok(await page.locator('#own-noise').isHidden(), 'an example is as it is');
    writeFiles(folder, { 'mine.png': png(40, 30, (x) => (x < 20 ? [250, 40, 40] : [20, 20, 200])) });
    await page.setInputFiles('#own-input', join(folder, 'mine.png'));
    await until('it is shown', () => isOwn(page));
    const [plain, answer] = [await picture(), await shares()];
    const noise = page.locator('#own-noise');
    await noise.fill('0.3');
    await until('it is noisy', async () => (await picture()) !== plain);
    await until('and answered', async () => (await shares()) !== answer);
    assert.equal(await page.innerText('#example-name'), 'mine.png');
    const noisy = await picture();
    await noise.fill('0.6');
    await until('noisier', async () => (await picture()) !== noisy);
    await noise.fill('0.3');
    await until('the same noise again', async () => (await picture()) === noisy);
    await noise.fill('0');

    await page.click('#own-draw');
    await page.getByRole('button', { name: 'Copy picture' }).click();
    await until('it is on the paper', async () => (await page.innerText('#example-name')) === 'drawing');
    await until('with its colours', async () => {
      const pixels = await canvasPixels(page, '#input-image');
      const at = 4 * (16 * 32 + 4);
      return pixels[at] > 200 && pixels[at + 1] < 90;
    });
    const whole = await picture();
    await page.getByRole('button', { name: 'Erase' }).first().click();
    const paper = await page.locator('#own-pad canvas').boundingBox();
    assert.ok(paper);
    await page.mouse.move(paper.x + 10, paper.y + 80);
    await page.mouse.down();
    await page.mouse.move(paper.x + 50, paper.y + 80, { steps: 4 });
    await page.mouse.up();
    await until('a part of it is gone', async () => {
      const pixels = await canvasPixels(page, '#input-image');
      const at = 4 * (16 * 32 + 5);
      return Math.min(...pixels.slice(at, at + 3)) > 220 && (await picture()) !== whole;
    });
  }));

test('several images dropped on the example are data as anywhere else', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    pictureFolder(join(folder, 'pictures'), 10);
    const card = await page.locator('#input-image').boundingBox();
    assert.ok(card);
    await drop(page, [join(folder, 'pictures')], { x: card.x + 10, y: card.y + 10 });
    await until('the images are in use', async () => (await numberIn(page, '#used-count')) === 20);
    assert.equal(await isOwn(page), false);
  }));

test('an image on the clipboard is run when it is pasted', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, context, address } = site;
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(address).origin });
    await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(50, 20);
      const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
      pen.fillStyle = '#e02020';
      pen.fillRect(0, 0, 50, 20);
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': await canvas.convertToBlob() })]);
    });
    await page.keyboard.press('Control+v');
    await until('it is shown', () => isOwn(page));
    const look = await until('red alone', async () => {
      const pixels = await canvasPixels(page, '#input-image');
      return pixels.some((value, i) => i % 4 === 0 && value > 200 && pixels[i + 1] < 60) && pixels;
    });
    assert.ok(look.length > 0);
    assert.equal(await numberIn(page, '#used-count'), 2000, 'the data stay');
  }));

test('the webcam is run until it is switched off, and is let go', () =>
  withSite({ flags: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] }, async (site) => {
    const { page } = site;
    await page.addInitScript(() => {
      const devices = navigator.mediaDevices;
      const ask = devices?.getUserMedia.bind(devices);
      /** @type {any} */ (globalThis).streams = [];
      if (devices)
        devices.getUserMedia = async (wish) => {
          const stream = await ask(wish);
          /** @type {any} */ (globalThis).streams.push(stream);
          return stream;
        };
    });
    await open(site);
    const example = await askEngine(page, 'exampleIndex');
    await page.evaluate(() => {
      const button = /** @type {HTMLElement} */ (document.getElementById('own-camera'));
      button.click();
      button.click(); // an impatient second one
    });
    await until('its pictures are shown', () => isOwn(page));
    const first = (await canvasLook(page, '#input-image')).print;
    await until('they move', async () => (await canvasLook(page, '#input-image')).print !== first);
    await page.click('#own-camera');
    await until('the example is back', async () => (await askEngine(page, 'exampleIndex')) === example);
    const lives = () =>
      page.evaluate(
        () =>
          /** @type {any} */ (globalThis).streams
            .flatMap((/** @type {MediaStream} */ stream) => stream.getTracks())
            .filter((/** @type {MediaStreamTrack} */ track) => track.readyState === 'live').length,
      );
    await until('no stream is open', async () => (await lives()) === 0);
  }));

test('without a webcam that is what is said', () =>
  withSite({}, async (site) => {
    await open(site);
    await site.page.click('#own-camera');
    await site.page.getByText('No webcam was found. Open or draw an image instead.').waitFor();
  }));

test('while training the names of the classes stay in their places', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site, '#model=classifier-cnn&learning-rate=0.01');
    const names = () => page.locator('#probabilities .name-of').allInnerTexts();
    await until('the classes are there', async () => (await names()).length === 8);
    const before = await names();
    await page.evaluate(() => {
      const list = /** @type {HTMLElement} */ (document.getElementById('probabilities'));
      const names = () => [...list.querySelectorAll('.name-of')].map(({ textContent }) => textContent).join(', ');
      const seen = [names()];
      /** @type {any} */ (globalThis).seen = seen;
      new MutationObserver(() => {
        if (names() !== seen.at(-1)) seen.push(names());
      }).observe(list, { subtree: true, childList: true, characterData: true });
    });
    await toggle(page, 'true');
    await until('it trains', async () => (await steps(page)) > 150);
    assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).seen), [before.join(', ')]);
    assert.deepEqual(await names(), before);
    const shares = (await page.locator('#probabilities .share').allInnerTexts()).map(parseFloat);
    const winner = await page.locator('#probabilities .winner .share').first().innerText();
    assert.equal(parseFloat(winner), Math.max(...shares));
  }));

test('an own image stays while training asks for everything again and again, until other data take it away', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    writeFiles(folder, { 'mine.png': png(40, 30, (x) => (x < 20 ? [250, 40, 40] : [20, 20, 200])) });
    pictureFolder(join(folder, 'pictures'), 10);
    await page.click('#start');
    for (let round = 0; round < 12; round++) {
      await page.setInputFiles('#own-input', join(folder, 'mine.png'));
      await until('it is shown', async () => (await page.locator('#example-name').innerText()) === 'mine.png', 10_000);
      assert.ok(await isOwn(page), `round ${round}`);
      await page.click('#example-next');
      await until('an example again', async () => !(await isOwn(page)));
    }
    await page.setInputFiles('#own-input', join(folder, 'mine.png'));
    await until('it is shown', () => isOwn(page));
    await drop(page, [join(folder, 'pictures')], { x: 700, y: 300 });
    await until('the images are in use', async () => (await numberIn(page, '#used-count')) === 20);
    await until(
      'an example of them',
      async () => (await page.locator('#example-split').innerText()) !== 'yours, not trained on',
    );
    assert.ok(await page.locator('#error').isHidden(), await page.locator('#error').innerText());
  }));
