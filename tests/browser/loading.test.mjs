// How the deployed page loads: on a slow line, on a host that compresses nothing, and again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until, withSite } from './harness.mjs';

const SLOW = { megabits: 10, latency: 40 };
/** An idle machine takes 2 to 3 seconds; the best of a few visits counts where other tests run beside. */
const READY_MILLISECONDS = 4000;
const VISITS = 3;
/** Bytes of the whole first visit, as they travel; four fifths of them are the engine. */
const MOST_COMPRESSED = 1.6e6;

/** @import { Site } from './harness.mjs' */
/** @import { Traffic } from '../tools/server.mjs' */

const bytesOf = (/** @type {Traffic} */ answers) => answers.reduce((sum, { bytes }) => sum + bytes, 0);
const builds = (/** @type {Traffic} */ answers) =>
  answers.filter(({ path, status }) => /\.wasm/.test(path) && status === 200);
const isDecoder = (/** @type {Traffic[number]} */ { path }) => path.includes('/decoder/');
const engines = (/** @type {Traffic} */ answers) => builds(answers).filter((answer) => !isDecoder(answer));

/**
 * Goes to the page and notes what it says in the place of the network.
 * @param {Site} site
 * @returns {Promise<{ text: string, share: number }[]>}
 */
async function watchLoading({ page, address }) {
  /** @type {{ text: string, share: number }[]} */
  const said = [];
  await page.exposeFunction('say', (/** @type {string} */ text, /** @type {number} */ share) =>
    said.push({ text, share }),
  );
  await page.addInitScript(() => {
    let last = '';
    new MutationObserver(() => {
      const bar = /** @type {HTMLProgressElement | null} */ (document.getElementById('engine-progress'));
      const text = document.getElementById('engine-words')?.textContent;
      if (!bar || !text || text === last) return;
      last = text;
      /** @type {any} */ (globalThis).say(text, bar.value);
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
  await page.goto(address, { waitUntil: 'commit' });
  await page.locator('#start:enabled').waitFor({ state: 'attached' });
  return said;
}

test('at 10 megabits a second the page is ready within four seconds', async (context) => {
  let ready = Infinity;
  for (let visit = 0; visit < VISITS && ready >= READY_MILLISECONDS; visit++) {
    await withSite({ root: 'dist', line: SLOW }, async ({ page, address }) => {
      const begin = performance.now();
      await page.goto(address, { waitUntil: 'commit' });
      await page.locator('#start:enabled').waitFor({ state: 'attached' });
      ready = Math.min(ready, performance.now() - begin);
    });
  }
  context.diagnostic(`ready after ${ready.toFixed(0)} ms`);
  assert.ok(ready < READY_MILLISECONDS, `${ready.toFixed(0)} ms until it was ready`);
});

test('while it loads the page says how far the engine is', () =>
  withSite({ root: 'dist', line: SLOW }, async (site) => {
    const said = await watchLoading(site);
    const first = [...site.traffic];
    assert.equal(builds(first).length, 1, 'the engine travels once, and the decoders have time');
    assert.ok(bytesOf(first) < MOST_COMPRESSED, `${bytesOf(first)} bytes`);

    const words = said
      .map(({ text }) => /^Loading the engine: ([\d.]+) of ([\d.]+) MB$/.exec(text))
      .filter((found) => found !== null);
    assert.ok(words.length > 3, JSON.stringify(said));
    const total = Number(words[0][2]);
    assert.ok(Math.abs(total - engines(first)[0].bytes / 1e6) <= 0.05, `${total} MB`);
    assert.ok(words.every(([, here, all]) => Number(here) <= total && Number(all) === total));
    const shares = said.map(({ share }) => share);
    assert.deepEqual(
      shares,
      shares.toSorted((a, b) => a - b),
      'the bar only grows',
    );

    // The site is kept for use without a network, of which nothing travels twice.
    const isKept = () =>
      site.page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.active != null);
    await until('the site is kept', isKept);
    assert.equal(engines(site.traffic).length, 1, 'the engine still travels once');
    assert.equal(builds(site.traffic).filter(isDecoder).length, 1, 'the decoders come once');
  }));

test('a reload from the checkout fetches nothing again', () =>
  withSite({ own: true }, async ({ page, address, traffic }) => {
    await page.goto(address);
    await page.locator('#start:enabled').waitFor({ state: 'attached' });
    const before = traffic.length;
    page.on('dialog', (dialog) => dialog.accept());
    await page.reload();
    await page.locator('#start:enabled').waitFor({ state: 'attached' });
    const again = traffic.slice(before);
    assert.deepEqual(
      again.filter(({ status }) => status !== 304),
      [],
    );
    assert.ok(
      again.some(({ path }) => path === 'index.html'),
      'it asks whether something changed',
    );
  }));

test('a host that neither compresses nor sends headers gives out the compressed engine, once', () =>
  withSite({ root: 'dist', line: SLOW, headers: false, compressed: false, base: '/some/where/' }, async (site) => {
    const said = await watchLoading(site);
    assert.equal(await site.page.evaluate(() => globalThis.crossOriginIsolated), true);
    const [packed, ...others] = engines(site.traffic).filter(({ path }) => path.endsWith('.gz'));
    assert.equal(others.length, 0);
    assert.ok(packed.bytes < 2e6, `${packed.bytes} bytes`);
    const unpacked = engines(site.traffic).filter(({ path }) => path.endsWith('.wasm'));
    assert.ok(bytesOf(unpacked) < packed.bytes, 'what was not compressed is dropped at once');
    const total = (packed.bytes / 1e6).toFixed(1);
    assert.ok(
      said.some(({ text }) => text.endsWith(` of ${total} MB`)),
      JSON.stringify(said),
    );
  }));
