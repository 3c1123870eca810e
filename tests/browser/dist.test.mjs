// The deployed site, on a host that sends no headers and puts it under a sub-path.
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { distribute } from '../tools/dist.mjs';
import { askEngine, numberIn, until, withSite, writeFiles } from './harness.mjs';
import { entriesOf } from './zip.mjs';

const host = { root: 'dist', headers: false, base: '/some/where/' };

/** Waits until the engine of the page is there, and presses Start. */
async function trainFrom(/** @type {import('playwright-core').Page} */ page) {
  await page.locator('#start:enabled').click();
  await until('a few steps of training', async () => (await numberIn(page, '#step-count')) >= 3);
}

/** The page reloads itself once, so it may go away while it is asked. */
const isIsolated = (/** @type {import('playwright-core').Page} */ page) =>
  page.evaluate(() => globalThis.crossOriginIsolated).catch(() => false);

test('on a host without headers the page isolates itself with one reload, trains on threads, and works offline', () =>
  withSite(host, async ({ page, context, address }) => {
    let loads = 0;
    page.on('domcontentloaded', () => loads++);
    await page.goto(address);
    await until('the page is isolated', () => isIsolated(page));
    await trainFrom(page);
    assert.equal(loads, 2, 'loads until the page was isolated');
    assert.ok((await numberIn(page, '#threads')) > 1);

    await context.setOffline(true);
    page.on('dialog', (dialog) => dialog.accept()); // that what was learned is not saved yet
    await page.reload();
    assert.equal(await isIsolated(page), true);
    await trainFrom(page);
    assert.ok((await numberIn(page, '#threads')) > 1);
    await context.setOffline(false);
  }));

test('the page and its workers may connect to their own host only', () =>
  withSite(host, async ({ page, address }) => {
    await page.goto(address);
    await until('the page is isolated', () => isIsolated(page));
    const policies = await page.evaluate(async () => [
      document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content'),
      (await fetch('www/worker/worker.js')).headers.get('Content-Security-Policy'),
    ]);
    for (const policy of policies) {
      assert.match(policy ?? '', /connect-src 'self'(;|$)/);
      assert.match(policy ?? '', /default-src '(self|none)'(;|$)/);
      assert.doesNotMatch(policy ?? '', /'unsafe-(inline|eval)'|\*|https?:/);
    }
  }));

test('the site gives itself away with the model in it, which opens on another host', async () => {
  const holder = mkdtempSync(join(tmpdir(), 'neurarium-'));
  const other = join(holder, 'dist'); // all of which the server gives out
  try {
    let step = 0;
    await withSite(host, async ({ page, address, folder }) => {
      await page.goto(`${address}#model=classifier-mlp&width=16&height=16`);
      await until('the page is isolated', () => isIsolated(page));
      await trainFrom(page);
      await page.click('#start');
      await page.click('#export-fold summary');
      step = await numberIn(page, '#step-count');
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('#export-site')]);
      await download.saveAs(join(folder, 'site.zip'));
      const entries = entriesOf(readFileSync(join(folder, 'site.zip')));
      writeFiles(other, Object.fromEntries(entries));
    });
    const card = readFileSync(join(other, 'README.md'), 'utf8');
    assert.match(card, new RegExp(`trained with Neurarium in ${step} steps`));
    assert.match(card, /^app_file: start.html$[^]*^\| accuracy \| 0?\.?\d+ \| [\d.]+ to [\d.]+ \|$/m);
    for (const name of ['_headers', 'www/files.txt', 'service-worker.js', 'LICENSE', 'NOTICES.txt'])
      assert.deepEqual(readFileSync(join(other, name)), readFileSync(join('dist', name)), name);
    await withSite({ root: other }, async ({ page, address }) => {
      await page.goto(`${address}start.html`);
      await until('the model is open', async () => (await numberIn(page, '#step-count')) === step);
      assert.equal((await askEngine(page, 'dataSummary')).width, 16);
    });
  } finally {
    rmSync(holder, { recursive: true, force: true });
  }
});

test('a new deployment replaces the old one whole, at the second load', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'neurarium-'));
  try {
    const source = join(folder, 'source');
    for (const path of ['index.html', 'LICENSE', 'NOTICES.txt', 'www'])
      cpSync(path, join(source, path), { recursive: true });
    const root = join(folder, 'dist');
    await distribute(source, root);
    await withSite({ ...host, root }, async ({ page, address }) => {
      const newest = () => page.evaluate(() => /** @type {any} */ (globalThis).deployed ?? 'old');
      await page.goto(address);
      await until('the page is isolated', () => isIsolated(page));
      assert.equal(await newest(), 'old');

      appendFileSync(join(source, 'www/ui/theme.js'), "\nglobalThis.deployed = 'new';\n");
      await distribute(source, root);
      await page.reload();
      assert.equal(await newest(), 'old', 'the kept version is shown at once');
      await until('the new version has been fetched', () =>
        page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.waiting !== null),
      );
      await page.reload();
      await until('the new version is shown', async () => (await newest().catch(() => '')) === 'new');
      assert.equal(await page.evaluate(async () => (await caches.keys()).length), 1, 'the old files are gone');
      assert.equal(await isIsolated(page), true);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a folder with files of others is not replaced', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'neurarium-'));
  try {
    for (const name of ['index.html', 'LICENSE', 'notes.txt']) {
      writeFileSync(join(folder, name), 'of somebody else');
      await assert.rejects(distribute('.', folder), /expected an empty folder or an earlier distribution/);
      assert.equal(readFileSync(join(folder, name), 'utf8'), 'of somebody else');
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the deployed site has the licences of all it contains', () => {
  for (const name of ['LICENSE', 'NOTICES.txt']) {
    assert.equal(readFileSync(join('dist', name), 'utf8'), readFileSync(name, 'utf8'));
  }
});

test('the deployed site names only its own files, by relative addresses, and carries no source maps', () => {
  const paths = readdirSync('dist', { recursive: true }).map(String);
  assert.deepEqual(
    paths.filter((path) => /\.map$|\.ts$|\.stamp$/.test(path)),
    [],
  );
  const page = readFileSync('dist/index.html', 'utf8');
  for (const [, address] of page.matchAll(/(?:src|href)="([^"]*)"/g)) {
    assert.doesNotMatch(address, /^\/|^https?:/, 'an address that a sub-path would break');
  }
  for (const path of paths.filter((path) => /\.(js|css)$/.test(path))) {
    assert.doesNotMatch(readFileSync(join('dist', path), 'utf8'), /sourceMappingURL/, path);
  }
});
