// What takes long shows how far it is, and Cancel leaves everything as it was.
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import test from 'node:test';
import {
  askEngine,
  drop,
  enter,
  open,
  patience,
  pictureFolder,
  steps,
  toggle,
  until,
  withSite,
  writeFiles,
} from './harness.mjs';

/**
 * Makes calls of one method of the engine last until somebody cancels them, half done as the progress says: how long they
 * take by themselves depends on the machine.
 */
function slow(/** @type {import('./harness.mjs').Site} */ { page }, /** @type {string} */ method) {
  return patch(
    page,
    `{
    const [run, stop, done, total] = [0, 1, 2, 3];
    const plain = engine.${method}.bind(engine);
    engine.${method} = (...args) => {
      const numbers = new Uint32Array(memory.buffer, engine.progressAddress(), 4);
      numbers[done] = 50; numbers[total] = 100;
      while (Atomics.load(numbers, stop) !== numbers[run]);
      numbers[done] = 0; numbers[total] = 0;
      return plain(...args);
    };
  }`,
  );
}

/** Puts code into the engine's worker, right behind the making of the engine. */
async function patch(/** @type {import('playwright-core').Page} */ page, /** @type {string} */ code) {
  const made = 'engine = new glue.Engine(wish.config);';
  await page.route('**/www/worker/worker.js', async (route) => {
    const response = await route.fetch();
    const text = await response.text();
    assert.ok(text.includes(made));
    await route.fulfill({ response, body: text.replace(made, made + code) });
  });
}

/** Clicks on Cancel as soon as it is there, and waits for the page to say so. */
async function cancel(
  /** @type {import('playwright-core').Page} */ page,
  /** @type {string} */ words,
  button = '#activity-cancel',
) {
  await page.locator('#activity-cancel').waitFor();
  assert.equal(await page.innerText('#activity-words'), words);
  assert.equal(
    await page.locator('#activity-progress').evaluate((bar) => /** @type {HTMLProgressElement} */ (bar).value),
    0.5,
  );
  await page.click(button);
  await until(
    'it is told',
    async () => (await page.innerText('#notice-text')) === 'Cancelled; everything is as it was.',
  );
  assert.equal(await page.isVisible('#error'), false);
  await page.locator('#activity').waitFor({ state: 'hidden' });
}

/** What the page shows and the engine has. */
async function all(/** @type {import('playwright-core').Page} */ page) {
  const asked = ['modelSummary', 'dataSummary', 'config', 'history', 'journal', 'exampleIndex'];
  const answers = [];
  for (const method of asked) answers.push(await askEngine(page, method));
  return [...answers, (await askEngine(page, 'status')).step, await page.innerText('#loss')];
}

test('a network that takes long to build shows how far it is, and Cancel brings back what was', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await slow(site, 'set');
    await open(site);
    const before = await askEngine(page, 'modelSummary');
    await enter(page, '#embedding-size', '77');
    await cancel(page, 'Building the network...');
    await until(
      'the old value is back',
      async () => (await page.inputValue('#embedding-size')) === String(before.embedding.length),
    );
    assert.deepEqual(await askEngine(page, 'modelSummary'), before);
  }));

test('where no memory is shared, long calls show how far they are too, and can be cancelled again and again', () =>
  withSite({}, async (site) => {
    const { page } = site;
    // As `slow`, by what the engine calls during work.
    await patch(
      page,
      `{
      const plain = engine.set.bind(engine);
      engine.set = (...args) => { while (args[0] === 'embedding' && !globalThis.neurariumProgress(50, 100)); return plain(...args); };
    }`,
    );
    await open(site, '?build=single');
    const before = await all(page);
    for (const size of ['77', '78']) {
      await enter(page, '#embedding-size', size);
      await cancel(page, 'Building the network...');
      assert.deepEqual(await all(page), before);
    }
  }));

test('the reading of an ONNX file shows how far it is, can be given up, and may fail without harm', () =>
  withSite({}, async (site) => {
    const { page } = site;
    const work = 'const value = build[method](...given);';
    let before = 'setInterval(() => tell(50, 100), 200); await new Promise(() => {});';
    await page.route('**/www/worker/file-work.js', async (route) => {
      const response = await route.fetch();
      const text = await response.text();
      assert.ok(text.includes(work));
      await route.fulfill({ response, body: text.replace(work, before + work) });
    });
    await open(site);
    const there = await all(page);
    await drop(page, [resolve('tests/oracle/onnx/plain.onnx')]);
    await page.locator('#loading', { hasText: /Reading plain\.onnx 50 of 100/ }).waitFor();
    await page.click('#loading-cancel');
    await until(
      'it is told',
      async () => (await page.innerText('#notice-text')) === 'Cancelled; everything is as it was.',
    );
    assert.deepEqual(await all(page), there);
    before = 'throw new WebAssembly.RuntimeError("unreachable");';
    await drop(page, [resolve('tests/oracle/onnx/plain.onnx')]);
    await page.locator('#error', { hasText: 'ONNX file: it could not be worked on' }).waitFor();
    assert.deepEqual(await all(page), there);
  }));

test('a file that is long in the making can be given up', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await slow(site, 'save');
    await open(site);
    /** @type {string[]} */
    const downloads = [];
    page.on('download', (download) => downloads.push(download.suggestedFilename()));
    await page.click('#save');
    await page.locator('#activity-cancel').waitFor();
    assert.equal(await page.innerText('#activity-words'), 'Saving the model...');
    await page.click('#activity-cancel');
    await until('it is told', async () => /^Cancelled/.test(await page.innerText('#notice-text')));
    assert.deepEqual(downloads, []);
  }));

test('an undo that takes long can be cancelled, and done afterwards', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await slow(site, 'edit');
    await open(site);
    await enter(page, '#embedding-size', '20');
    await until('it is another', async () => (await askEngine(page, 'modelSummary')).embedding.length === 20);
    await page.locator('#undo:enabled').waitFor();
    const before = await all(page);
    await page.click('#undo');
    await cancel(page, 'Changing the network or the data...');
    assert.deepEqual(await all(page), before);
  }));

test('a journal whose replay is cancelled leaves nothing', () =>
  withSite({}, async (site) => {
    const { page, folder } = site;
    await slow(site, 'replay');
    await open(site);
    const [head] = (await askEngine(page, 'journal')).split('\n');
    const edit = { step: 0, command: { do: 'set', parameters: [3], values: [0.5] } };
    writeFiles(folder, { 'edits.journal': `${head}\n${JSON.stringify(edit)}\n` });
    const before = await all(page);
    await page.setInputFiles('#journal-input', join(folder, 'edits.journal'));
    await cancel(page, 'Replaying the journal...');
    assert.deepEqual(await all(page), before);
  }));

test('images that are read ask for a network, whose building ends with the loading', () =>
  withSite({}, async (site) => {
    const { page, folder } = site;
    await slow(site, 'loadFinish');
    await open(site);
    const before = await all(page);
    for (const button of ['#loading-cancel', '#activity-cancel']) {
      pictureFolder(join(folder, 'pictures'), 30);
      await drop(page, [join(folder, 'pictures')]);
      await cancel(page, 'Building the network...', button);
      await page.locator('#loading').waitFor({ state: 'hidden' });
      assert.deepEqual(await all(page), before);
      await page.click('#notice-close');
    }
  }));

test('a model that takes long to open can be given up, and the network that was there goes on', () =>
  withSite({}, async (site) => {
    const { page, folder } = site;
    await slow(site, 'open');
    await open(site);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    await download.saveAs(join(folder, 'other.safetensors'));
    await page.click('#step');
    await until('a step', async () => (await askEngine(page, 'status')).step === 1);
    const before = await all(page);
    await drop(page, [join(folder, 'other.safetensors')]);
    await cancel(page, 'Opening the model...');
    assert.deepEqual(await all(page), before);
    assert.equal(await page.isVisible('#runs'), false, 'nothing was set aside');
  }));

test('an earlier session that is not brought back after all waits, and its images too', () =>
  withSite({}, async (site) => {
    const { page, folder } = site;
    await open(site);
    pictureFolder(join(folder, 'pictures'), 30);
    await drop(page, [join(folder, 'pictures')]);
    await until('the images are there', async () => (await askEngine(page, 'dataSummary')).used === 60);
    await toggle(page, 'true');
    await until('training', async () => (await steps(page)) > 5);
    await toggle(page, 'false');
    await askEngine(page, 'saveSession');
    await slow(site, 'resume');
    await page.reload();
    await page.locator('#start:enabled').waitFor();
    await page.locator('#session').waitFor({ timeout: patience });
    const before = await all(page);
    await page.click('#session-continue');
    await cancel(page, 'Restoring the earlier session...');
    assert.deepEqual(await all(page), before);
    assert.equal(await page.isVisible('#session'), true);
    await page.unroute('**/www/worker/worker.js');
    await page.reload();
    await page.locator('#session').waitFor({ timeout: patience });
    await page.click('#session-continue');
    await page.locator('#session').waitFor({ state: 'hidden' });
    assert.equal((await askEngine(page, 'dataSummary')).used, 60);
  }));

test('a step that takes long can be given up when training stops, and training goes on afterwards', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await patch(
      page,
      `{
      const [run, stop, done, total] = [0, 1, 2, 3];
      const plain = engine.train.bind(engine);
      let isLong = true;
      engine.train = (budget) => {
        if (!isLong) return plain(budget);
        const numbers = new Uint32Array(memory.buffer, engine.progressAddress(), 4);
        numbers[done] = 50; numbers[total] = 100;
        while (Atomics.load(numbers, stop) !== numbers[run]);
        isLong = false;
        throw 'cancelled';
      };
    }`,
    );
    await open(site);
    await toggle(page, 'true');
    await page.click('#start');
    await page.locator('#activity-cancel').waitFor();
    assert.equal(await page.innerText('#activity-words'), 'Finishing the step...');
    await page.click('#activity-cancel');
    await page.locator('#start[aria-pressed="false"]').waitFor();
    assert.equal((await askEngine(page, 'status')).step, 0);
    assert.equal(await page.isVisible('#error'), false);
    await toggle(page, 'true');
    await until('it trains', async () => (await steps(page)) > 5);
  }));
