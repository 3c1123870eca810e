// Whatever fails, the page says so in one sentence, and what can go on goes on.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { modulesOf } from '../tools/modules.mjs';
import { askEngine, open, steps, toggle, until, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

const anything = { allowed: /./ }; // the browser writes what failed to its console, too

/** The page runs, or says why not: words of its error box, which are empty where it is ready. @param {Page} page */
const ready = (page) =>
  until('the page is ready or says why not', async () => {
    const error = await page.locator('#error').isVisible();
    if (error) return { words: await page.innerText('#error') };
    return (await page.locator('#start:enabled').count()) > 0 && { words: '' };
  });

test('a module that does not load is named, whichever it is', () =>
  withSite(anything, async ({ page, address }) => {
    const all = modulesOf('.', ['www/app/start.js', 'www/ui/theme.js', 'www/app/main.js']);
    const firstOfFolders = all.filter((path, at) => all.findIndex((other) => dirname(other) === dirname(path)) === at);
    for (const module of process.env.NEURARIUM_LONG ? all : firstOfFolders) {
      const blocked = `**/${module}`;
      await page.route(blocked, (route) => route.fulfill({ status: 404 }));
      await page.goto(address);
      const { words } = await ready(page);
      assert.ok(words.includes(`Part of the page could not be loaded: ${module}.`), `${module}: ${words}`);
      assert.match(words, /Reload the page/);
      await page.unroute(blocked);
    }
  }));

/** Runs `work` on a copy of the site, in which files may be changed. @param {(root: string) => Promise<void>} work */
async function withCopy(work) {
  const root = mkdtempSync(join(tmpdir(), 'neurarium-'));
  for (const path of ['index.html', 'www']) cpSync(path, join(root, path), { recursive: true });
  try {
    await work(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

test('a part of the engine that does not load is told', () =>
  withCopy((root) =>
    withSite({ ...anything, root }, async ({ page, address }) => {
      for (const part of ['worker/worker.js', 'worker/pool-thread.js', 'pkg/threads-relaxed/memory.json']) {
        renameSync(join(root, 'www', part), join(root, 'away'));
        await page.goto(address);
        const { words } = await ready(page);
        assert.match(
          words,
          /(could not be loaded|did not load|did not start|could not be started).*Reload the page/,
          part,
        );
        await page.locator('#threads', { hasText: 'not running' }).waitFor();
        renameSync(join(root, 'away'), join(root, 'www', part));
      }
    }),
  ));

test('another thread takes the place of one that never answers', () =>
  withCopy(async (root) => {
    const thread = join(root, 'www/worker/pool-thread.js');
    const script = readFileSync(thread, 'utf8');
    const awake = "self.postMessage('awake');";
    assert.ok(script.includes(awake));
    const silentOnce = `if (await caches.has('silent')) ${awake} else await caches.open('silent');`;
    writeFileSync(thread, script.replace(awake, silentOnce));
    await withSite({ root }, async (site) => {
      await open(site);
      assert.equal(await site.page.evaluate(() => caches.has('silent')), true);
      await toggle(site.page, 'true');
      await until('it trains', async () => (await steps(site.page)) > 5);
    });
  }));

test('a module that throws is told', () =>
  withSite(anything, async ({ page, address }) => {
    await page.route('**/ui/format.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${await response.text()}; throw new RangeError("a wrong word")` });
    });
    await page.goto(address);
    assert.match((await ready(page)).words, /Something went wrong: .*a wrong word\. Reload the page/);
    assert.equal(await page.innerText('#state'), 'not running');
  }));

test('a page to which nothing more comes says so after a while', () =>
  withSite(anything, async ({ page, address }) => {
    await page.clock.install();
    /** @type {(() => Promise<void>)[]} */
    const held = [];
    await page.route('**/worker/worker.js', (route) => void held.push(() => route.continue()));
    await page.goto(address);
    await page.clock.runFor(5000);
    assert.equal(await page.locator('#error').isVisible(), false);
    for (let second = 0; second < 30; second++) await page.clock.runFor(1000);
    await page.getByText('The page is still not ready').waitFor();
    for (const answer of held) await answer();
    await page.clock.resume();
    await page.locator('#start:enabled').waitFor();
    assert.equal(await page.locator('#error').isVisible(), false, 'what came after all is no failure');
  }));

for (const [what, answer] of Object.entries({
  'does not load': { status: 404 },
  throws: { contentType: 'text/javascript', body: 'throw new Error("not here")' },
}))
  test(`without the chart library, which ${what}, all else works`, () =>
    withSite(anything, async (site) => {
      const { page } = site;
      await page.route('**/vendor/uPlot.esm.js', (route) => route.fulfill(answer));
      await open(site);
      await page.getByText('The chart could not be loaded.').waitFor();
      await toggle(page, 'true');
      await page.getByText(/step [\d,]+.*training/).waitFor(); // the readout above the chart
      assert.equal(await page.locator('#error').isVisible(), false);
    }));

test('a system whose language is "C" has its charts', () =>
  withSite({}, async (site) => {
    await site.page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'language', { get: () => 'C' }));
    await open(site);
    await toggle(site.page, 'true');
    await site.page.locator('#chart canvas').waitFor();
  }));

test('an engine whose worker ends by itself is told to be gone', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await open(site);
    await toggle(page, 'true');
    const worker = page.workers().find((each) => each.url().endsWith('/worker/worker.js'));
    await worker?.evaluate(() => self.close()).catch(() => {}); // it may be gone before it answers
    await page.getByText('The engine ended by itself').waitFor();
    assert.equal(await page.locator('#start').isEnabled(), false);
  }));

test('what keeps the engine busy for long without a Cancel has a Reload', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await page.clock.install();
    await open(site);
    const worker = page.workers().find((each) => each.url().endsWith('/worker/worker.js'));
    // A task of its own, so that it is in the worker's queue before the step is.
    await worker?.evaluate(() => {
      setTimeout(() => {
        for (const end = Date.now() + 4000; Date.now() < end;);
      });
    });
    await page.click('#step');
    await page.clock.runFor(2000);
    await page.getByText('Taking one step').waitFor();
    assert.equal(await page.locator('#activity-reload').isVisible(), false);
    for (let second = 0; second < 10; second++) await page.clock.runFor(1000);
    await page.locator('#activity-reload').waitFor();
  }));

test('a browser without private files is told once, in plain words', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await page.route('**/worker/worker.js', async (route) => {
      const response = await route.fetch();
      const body = `Object.defineProperty(navigator, 'storage', { value: undefined });\n${await response.text()}`;
      await route.fulfill({ response, body });
    });
    await open(site, '#checkpoint-minutes=0.01');
    assert.equal(await page.locator('#error').isVisible(), false);
    await toggle(page, 'true');
    const words =
      'The run is not kept for the next visit: this browser gives the page no private files. Save the model instead.';
    await page.getByText(words).waitFor();
    await page.click('#notice-close');
    await page.waitForTimeout(1500);
    assert.equal(await page.locator('#notice').isVisible(), false, 'it is told once');
    assert.equal(await page.locator('#error').isVisible(), false);
    await page.click('#threads-note');
    await page.locator('#machine-words', { hasText: 'This browser gives the page no private files' }).waitFor();
  }));

test('a run that another tab has continued is not continued twice', () =>
  withSite({}, async (site) => {
    const { page, context, address } = site;
    await open(site);
    await toggle(page, 'true');
    await until('some steps', async () => (await steps(page)) > 20);
    await toggle(page, 'false');
    await askEngine(page, 'saveSession');
    await page.goto('about:blank');
    const tabs = [page, await context.newPage()];
    for (const tab of tabs) await tab.goto(address);
    for (const tab of tabs) await tab.locator('#session').waitFor();
    await tabs[0].click('#session-continue');
    await tabs[0].locator('#session').waitFor({ state: 'hidden' });
    await tabs[1].click('#session-continue');
    await tabs[1].getByText('This session is open in another tab').waitFor();
    assert.equal(await steps(tabs[1]), 0, 'nothing was taken over');
    await tabs[1].click('#session-new');
    await tabs[1].click('#session-new'); // the first one asks
    await tabs[1].locator('#session').waitFor({ state: 'hidden' });
    await askEngine(tabs[0], 'saveSession');
    await tabs[0].reload();
    await tabs[0].locator('#session').waitFor(); // its files are still there
  }));

test('an address that asks for a build that cannot be costs one sentence', () =>
  withSite({}, async (site) => {
    for (const wish of ['#build=', '#build=fast']) {
      await site.page.goto('about:blank');
      await open(site, wish);
      await site.page.getByText('Some settings in the address cannot be used: build: expected one of').waitFor();
    }
  }));
