// A run that can be trusted: kept for the next visit, stopped when nothing gets better, looked back at, branched.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  askEngine,
  drop,
  numberIn,
  open,
  pictureFolder,
  playVideo,
  steps,
  toggle,
  until,
  withSite,
} from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('./harness.mjs').Site} Site */

const losses = async (/** @type {Page} */ page) =>
  page.evaluate(async () => {
    const { store } = await import(/** @type {string} */ ('/www/app/store.js'));
    const { step, loss } = await store.engine.series(0);
    return { step: [...step], loss: [...loss] };
  });

/** Trains for some steps, keeps the run, and goes on training; gives what was written down at least up to there. */
async function keptInTraining(/** @type {Page} */ page, /** @type {number} */ count) {
  await toggle(page, 'true');
  await until(`${count} steps`, async () => (await steps(page)) >= count);
  await askEngine(page, 'saveSession');
  const known = await losses(page);
  await until('the run goes on', async () => (await askEngine(page, 'status')).step > known.step.length);
  return known;
}

async function reload(/** @type {Site} */ { page }) {
  await page.reload();
  await page.locator('#start:enabled').waitFor({ state: 'attached' });
}

const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('a reload in the middle of training offers the run, and the loss goes on from where it was', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    const first = (await keptInTraining(page, 150)).loss;
    await reload(site);
    await page.locator('#session').waitFor();
    assert.match(
      await page.innerText('#session-text'),
      /coloured shapes, 2,000 images: step [\d,]+, epoch .*, loss 0\.\d+, just now/,
    );
    assert.equal((await askEngine(page, 'status')).step, 0, 'nothing is continued unasked');
    await page.click('#session-continue');
    await page.locator('#session').waitFor({ state: 'hidden' });
    const { step, loss } = await losses(page);
    assert.ok(step.length >= 150, `${step.length} steps came back`);
    const shared = Math.min(loss.length, first.length);
    assert.deepEqual(loss.slice(0, shared), first.slice(0, shared), 'the curve is another one');
    await toggle(page, 'true');
    await until('60 more steps', async () => (await losses(page)).step.length >= step.length + 60);
    const all = await losses(page);
    assert.equal(all.step[step.length], step[step.length - 1] + 1, 'steps go on');
    const [before, after] = [mean(loss.slice(-50)), mean(all.loss.slice(step.length, step.length + 50))];
    assert.ok(
      after < 1.15 * before && after < 0.7 * mean(loss.slice(0, 10)),
      `${before} before the reload, ${after} after`,
    );

    await toggle(page, 'false');
    await reload(site);
    await page.locator('#session').waitFor();
    await page.click('#session-new');
    assert.ok(await page.isVisible('#session'), 'one click loses nothing');
    await page.click('#session-new');
    await reload(site);
    assert.equal(await askEngine(page, 'earlierSession'), null, 'a run that was forgotten is gone');
    assert.equal(await page.isVisible('#session'), false);
  }));

test('a reload in the middle of training keeps the run up to that moment', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=200&model=classifier-mlp&checkpoint-minutes=10');
    const { page } = site;
    await toggle(page, 'true');
    await until('some steps', async () => (await steps(page)) >= 60);
    await reload(site);
    await page.locator('#session').waitFor();
    const kept = Number(/step ([\d,]+)/.exec(await page.innerText('#session-text'))?.[1].replaceAll(',', ''));
    assert.ok(kept >= 60, `step ${kept} was kept`);
  }));

test('a page that goes asks for one save', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=200&model=classifier-mlp&checkpoint-minutes=10');
    const { page } = site;
    await page.evaluate(async () => {
      const { store } = await import(/** @type {string} */ ('/www/app/store.js'));
      const save = store.engine.saveSession;
      sessionStorage.setItem('saves', '0');
      store.engine.saveSession = (/** @type {any[]} */ ...wish) => {
        sessionStorage.setItem('saves', String(Number(sessionStorage.getItem('saves')) + 1));
        return save(...wish);
      };
    });
    await toggle(page, 'true');
    await until('some steps', async () => (await steps(page)) >= 20);
    await reload(site);
    assert.equal(await page.evaluate(() => sessionStorage.getItem('saves')), '1');
    await page.locator('#session').waitFor();
  }));

test('dropped images are kept with the run, and a damaged checkpoint costs only the steps since the one before', () =>
  withSite({}, async (site) => {
    pictureFolder(join(site.folder, 'pictures'), 30);
    await open(site, '#model=classifier-mlp&batch-size=8');
    const { page } = site;
    await drop(page, [join(site.folder, 'pictures')]);
    await until('the images are there', async () => (await askEngine(page, 'dataSummary')).used === 60);
    const older = (await keptInTraining(page, 30)).step.length;
    await until('more steps', async () => (await steps(page)) >= older + 30);
    await askEngine(page, 'saveSession');
    await toggle(page, 'false');
    await askEngine(page, 'saveSession');
    await page.evaluate(async () => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('runs');
      const files = [];
      for await (const [name, handle] of /** @type {any} */ (folder))
        if (/\.run-[01]$/.test(name)) files.push(await handle.getFile());
      if (files.length !== 2) throw new Error(`${files.length} generations`);
      files.sort((a, b) => b.lastModified - a.lastModified);
      const bytes = new Uint8Array(await files[0].arrayBuffer());
      bytes[bytes.length >> 1] ^= 8;
      const writer = await (await folder.getFileHandle(files[0].name)).createWritable();
      await writer.write(bytes);
      await writer.close();
    });
    await reload(site);
    await page.locator('#session').waitFor();
    assert.match(await page.innerText('#session-text'), /classifier-mlp on pictures, 60 images/);
    await page.click('#session-continue');
    await page.locator('#session').waitFor({ state: 'hidden' });
    const data = await askEngine(page, 'dataSummary');
    assert.deepEqual([data.name, data.used, data.classes.length], ['pictures', 60, 2]);
    const { step } = await askEngine(page, 'status');
    assert.ok(step >= 30, `${step}`);
    await toggle(page, 'true');
    await until('it goes on', async () => (await askEngine(page, 'status')).step > step + 5);
  }));

test('a run that has finished goes on as its epochs say by then', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=100&model=classifier-mlp&epochs=2');
    const { page } = site;
    const state = () => page.getAttribute('#state', 'data-state');
    await page.click('#start');
    await until('it stops by itself', async () => (await state()) === 'finished');
    await page.evaluate(() => {
      for (const fold of document.querySelectorAll('#more-settings, #more-settings details'))
        fold.toggleAttribute('open', true);
    });
    await page.fill('#setting-epochs', '');
    await page.press('#setting-epochs', 'Enter');
    await until('there is more to do', async () => (await state()) === 'paused');
    await page.click('#start');
    await until('it goes on', async () => (await askEngine(page, 'status')).epoch > 3);
    assert.equal((await askEngine(page, 'config')).epochs, '0', "without an end of the page's own");
  }));

test('early stopping stops and says why, a plateau lowers the rate, and one epoch is one', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=200&min-delta=1000&plateau-patience=1&plateau-factor=0.5&stop-patience=4');
    const { page } = site;
    await page.evaluate(() => {
      /** @type {HTMLDetailsElement} */ (document.querySelector('#run-fold')).open = true;
    });
    await page.click('#one-epoch');
    await until('an epoch is done', async () => (await page.getAttribute('#state', 'data-state')) === 'paused');
    assert.equal((await askEngine(page, 'status')).epoch, 1);

    await page.click('#start');
    await until('it stops by itself', async () => (await page.getAttribute('#state', 'data-state')) === 'finished');
    assert.match(
      await page.innerText('#state'),
      /^finished: val_loss did not improve for 4 epochs; restored the weights of epoch 1/,
    );
    const status = await askEngine(page, 'status');
    assert.equal(status.epoch, 5);
    const rates = await page.evaluate(async () => {
      const { store } = await import(/** @type {string} */ ('/www/app/store.js'));
      return [...(await store.engine.series(0)).learning_rate];
    });
    assert.ok(Math.abs(rates[rates.length - 1] / Math.max(...rates) - 1 / 8) < 1e-3, 'three plateaus before the end');
    const kinds = status.events.map((/** @type {{ kind: string }} */ { kind }) => kind);
    assert.equal(kinds.filter((/** @type {string} */ kind) => kind === 'plateau').length, 3);
  }));

test('earlier networks are looked at without loss, a branch goes on from one, and the history is a file', () =>
  withSite({}, async (site) => {
    await open(site, '#limit=200');
    const { page } = site;
    await page.evaluate(() => {
      /** @type {HTMLDetailsElement} */ (document.querySelector('#run-fold')).open = true;
    });
    await toggle(page, 'true');
    // A moment is kept when its epoch has been measured, which is later than its last step.
    await until('six epochs are kept', async () => (await askEngine(page, 'snapshots')).steps.length >= 6);
    await toggle(page, 'false');
    const { step } = await askEngine(page, 'status');
    const latest = await askEngine(page, 'embedding', 3);
    const snapshots = await askEngine(page, 'snapshots');
    const move = (/** @type {number} */ to) =>
      page.locator('#snapshot').evaluate((node, to) => {
        /** @type {HTMLInputElement} */ (node).value = String(to);
        node.dispatchEvent(new Event('change', { bubbles: true }));
      }, to);
    await until(
      'the slider knows them',
      async () => Number(await page.getAttribute('#snapshot', 'max')) === snapshots.steps.length,
    );
    await move(1);
    await until('an earlier one is shown', async () => (await page.innerText('#snapshot-text')) === 'epoch 2');
    await until('the state says so', async () => (await page.innerText('#state')) === 'looking back at epoch 2');
    const earlier = await askEngine(page, 'embedding', 3);
    assert.notDeepEqual(earlier, latest);
    await move(snapshots.steps.length);
    await until('the latest again', async () => (await page.innerText('#snapshot-text')) === 'latest');
    assert.deepEqual(await askEngine(page, 'embedding', 3), latest);
    assert.equal((await askEngine(page, 'status')).step, step);

    await move(1);
    await page.click('#branch');
    await until('it goes on from there', async () => (await askEngine(page, 'status')).step === snapshots.steps[1]);
    assert.deepEqual(await askEngine(page, 'embedding', 3), earlier);
    assert.equal(await askEngine(page, 'pastRuns'), 1);
    const laidOver = () =>
      page.evaluate(async () => (await import(/** @type {string} */ ('/www/strip/charts/curves.js'))).others.length);
    await until('the run that was left is on the chart', async () => (await laidOver()) === 1);
    await page.click('#step');
    await until('a step', async () => (await askEngine(page, 'status')).step === snapshots.steps[1] + 1);

    for (const [kind, begin] of [
      ['csv', 'step,epoch,'],
      ['json', '{"epochs":['],
      ['tensorboard', ''],
    ]) {
      const [saved] = await Promise.all([
        page.waitForEvent('download'),
        page.click(`#history-files [data-kind="${kind}"]`),
      ]);
      const bytes = readFileSync(await saved.path());
      assert.ok(bytes.length > 200 && bytes.toString('latin1').startsWith(begin), kind);
      if (kind === 'tensorboard')
        assert.ok(bytes.includes('brain.Event:2') && saved.suggestedFilename().includes('tfevents'));
    }

    pictureFolder(join(site.folder, 'pictures'), 20, 24);
    await drop(page, [join(site.folder, 'pictures')]);
    await until('runs on other images leave the chart', async () => (await laidOver()) === 0);
  }));

test('training is filmed at intervals, and the film plays', () =>
  withSite({}, async (site) => {
    await open(site, '#model=autoencoder-dense');
    const { page } = site;
    await page.evaluate(() => {
      /** @type {HTMLDetailsElement} */ (document.querySelector('#run-fold')).open = true;
    });
    assert.equal(await page.isEnabled('#film-save'), false);
    await page.click('#film-record');
    await toggle(page, 'true');
    const pictures = async () => numberIn(page, '#film-words');
    await until('pictures are taken', async () => (await pictures()) >= 6);
    await toggle(page, 'false');
    await page.click('#film-record');
    const count = await pictures();
    await page.click('#step');
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('#film-save')]);
    assert.equal(await pictures(), count, 'it has ended');
    assert.match(file.suggestedFilename(), /^training-autoencoder-dense\.(webm|mp4)$/);
    const { width, height, at, error } = await playVideo(site, file);
    assert.equal(error, undefined);
    const { width: wide, height: high } = await page.evaluate(() => {
      const { width, height } = /** @type {HTMLCanvasElement} */ (document.querySelector('#network'));
      return { width, height };
    });
    assert.ok(Math.abs((height - 32) / width - high / wide) < 0.02, `${width} x ${height} of ${wide} x ${high}`);
    assert.ok(at > 0.05);
  }));

test('the range test draws, proposes a rate, can be stopped, and leaves no trace', () =>
  withSite({}, async (site) => {
    await open(site, '#model=autoencoder-dense');
    const { page } = site;
    await page.evaluate(() => {
      /** @type {HTMLDetailsElement} */ (document.querySelector('#run-fold')).open = true;
    });
    await page.click('#range');
    await until('some rates are tried', async () => /^\d/.test(await page.innerText('#range-words')));
    await page.click('#range-stop');
    await until('it is free again', async () => page.locator('#range').isEnabled());
    assert.equal((await askEngine(page, 'config'))['learning-rate'], '0.001');
    await page.click('#range');
    await page.locator('#range-take:enabled').waitFor();
    const proposal = (await askEngine(page, 'rangeTest')).proposal;
    assert.ok(proposal > 1e-5 && proposal < 0.3, `${proposal}`);
    assert.equal((await askEngine(page, 'status')).step, 0);
    await page.click('#range-take');
    await until(
      'the rate is taken',
      async () => Number((await askEngine(page, 'config'))['learning-rate']) === Number(proposal.toPrecision(2)),
    );
  }));

test('after a keeping that found no room the run is kept once there is some, and it is told once', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    const { origin } = new URL(site.address);
    const browser = await page.context().newCDPSession(page);
    await browser.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1000 });
    await toggle(page, 'true');
    await until('some steps', async () => (await steps(page)) > 10);
    const told = async () =>
      (await page.isVisible('#notice')) && /not kept for the next visit/.test(await page.innerText('#notice-text'));
    await askEngine(page, 'saveSession');
    await until('it is told', told);
    await page.click('#notice-close');
    await askEngine(page, 'saveSession');
    await page.waitForTimeout(300);
    assert.equal(await told(), false, 'it is told once');
    await browser.send('Storage.overrideQuotaForOrigin', { origin });
    await askEngine(page, 'saveSession');
    await reload(site);
    await page.locator('#session').waitFor();
  }));

test('while training the screen is kept awake, and only then', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await page.addInitScript(() => {
      const locks = { held: 0, asked: 0 };
      Object.assign(globalThis, { locks });
      const request = async (/** @type {string} */ kind) => {
        if (kind !== 'screen') throw new Error(kind);
        locks.asked += 1;
        locks.held += 1;
        const lock = new EventTarget();
        let released = false;
        return Object.assign(lock, {
          release: async () => {
            if (released) return;
            released = true;
            locks.held -= 1;
            lock.dispatchEvent(new Event('release'));
          },
        });
      };
      Object.defineProperty(navigator, 'wakeLock', { value: { request }, configurable: true });
    });
    await open(site, '#limit=200');
    const locks = () => page.evaluate(() => ({ .../** @type {any} */ (globalThis).locks }));
    assert.deepEqual(await locks(), { held: 0, asked: 0 });
    for (const time of [1, 2]) {
      await toggle(page, 'true');
      await until('it is held', async () => (await locks()).held === 1);
      await until('steps', async () => (await steps(page)) > 10 * time);
      await toggle(page, 'false');
      await until('it is let go', async () => (await locks()).held === 0);
    }
    assert.equal((await locks()).asked, 2);
  }));

test('of two pages that go at once neither run is lost: the one kept last is offered, then the other', () =>
  withSite({}, async (site) => {
    const { page, context } = site;
    await open(site, '#limit=200&model=classifier-mlp');
    const second = await context.newPage();
    await open({ ...site, page: second }, '#limit=200&model=autoencoder-dense');
    await keptInTraining(second, 5);
    await keptInTraining(page, 5); // began first, kept last
    await second.close();
    await page.close();
    const third = await context.newPage();
    await open({ ...site, page: third });
    await third.locator('#session').waitFor();
    assert.match(await third.innerText('#session-text'), /^classifier-mlp /);
    await third.click('#session-new');
    await third.click('#session-new'); // the first one asks
    await third.locator('#session').waitFor({ state: 'hidden' });
    await askEngine(third, 'status'); // what was forgotten before this answer is gone
    await reload({ ...site, page: third });
    await third.locator('#session').waitFor();
    assert.match(await third.innerText('#session-text'), /^autoencoder-dense /);
    await third.click('#session-continue');
    await third.locator('#session').waitFor({ state: 'hidden' });
    assert.ok((await askEngine(third, 'status')).step >= 5);
  }));
