// The main paths through the page in three browsers. What is done is written once; how each browser is driven is in
// drivers/. Everything runs inside the page, but for the mouse: the drivers have only that in common.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'node:test';
import { startServer } from '../tools/server.mjs';
import * as chromium from './drivers/chromium.mjs';
import * as firefox from './drivers/firefox.mjs';
import * as webkit from './drivers/webkit.mjs';
import { png, until } from './harness.mjs';

/** @import { Driver } from './drivers/driver.mjs' */

// --- What is done in the page

/** The engine of the page, wherever the site lies. Runs in the page. */
const helpers = () => {
  const tools = {
    store: async () => (await import(new URL('www/app/store.js', document.baseURI).href)).store,
    element: (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id)),
  };
  Object.assign(globalThis, { tools });
  return document.readyState === 'complete' && tools.element('start')?.disabled === false;
};

/** @param {Driver} browser */
async function ready(browser) {
  // While the page isolates itself it may go away between two looks.
  await until('the page can train', () => browser.run(helpers).catch(() => false));
}

/** Something that the page knows. @param {Driver} browser @param {string} path such as model.parameters @returns {Promise<any>} */
const known = (browser, path) =>
  browser.run(async (path) => {
    const store = await /** @type {any} */ (globalThis).tools.store();
    return path.split('.').reduce((value, name) => value?.[name], store);
  }, path);

/** @param {Driver} browser @param {string} id */
const click = (browser, id) => browser.run((id) => document.getElementById(id)?.click(), id);

/** @param {Driver} browser @param {string} id */
const text = (browser, id) =>
  browser.run((id) => /** @type {HTMLElement | null} */ (document.getElementById(id))?.innerText.trim() ?? '', id);

/** @param {Driver} browser @param {number} steps */
async function trainBy(browser, steps) {
  const from = (await engine(browser, 'status')).step;
  await click(browser, 'start');
  await until('it trains', async () => (await engine(browser, 'status')).step >= from + steps);
  await click(browser, 'start');
  await until('it stops', async () => (await text(browser, 'start')) === 'Start');
}

/** @param {Driver} browser @param {string} method @param {any[]} values @returns {Promise<any>} */
const engine = (browser, method, ...values) =>
  browser.run(
    async (method, values) => (await /** @type {any} */ (globalThis).tools.store()).engine[method](...values),
    method,
    values,
  );

/** Gives files to the page: through an input, or dropped on the whole. @param {Driver} browser @param {string} where @param {Record<string, string>} files base64 by name */
const give = (browser, where, files) =>
  browser.run(
    (where, files) => {
      const transfer = new DataTransfer();
      for (const [name, base64] of Object.entries(files))
        transfer.items.add(
          new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type: 'image/png' }),
        );
      const input = document.getElementById(where);
      if (input instanceof HTMLInputElement) {
        input.files = transfer.files;
        input.dispatchEvent(new Event('change', { bubbles: true }));
      } else
        for (const kind of ['dragenter', 'dragover', 'drop'])
          document.body.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
    },
    where,
    files,
  );

/** Makes 24 pictures the data. @param {Driver} browser @param {Can} can */
async function dropPictures(browser, can) {
  /** @type {Record<string, string>} */
  const files = {};
  for (let at = 0; at < 24; at++)
    files[`${at}.png`] = png(16, 16, (x, y) => [x * 15, y * 15, at * 10]).toString('base64');
  await give(browser, can.drop ? 'page' : 'files-input', files);
  await until('the pictures are the data', async () => (await known(browser, 'data.used')) === 24);
}

/** @param {Driver} browser */
async function isQuiet(browser) {
  assert.equal(await browser.run(() => document.getElementById('error')?.hidden), true, await text(browser, 'error'));
  assert.deepEqual(browser.errors, []);
}

// --- The paths

/** @type {[string, (browser: Driver, address: string, can: Can, folder: string) => Promise<void>][]} */
const PATHS = [
  [
    'the page is ready, isolated, and runs the best build that fits',
    async (browser, address, can) => {
      await browser.go(address);
      await ready(browser);
      assert.equal(await browser.run(() => crossOriginIsolated), true);
      const build = await known(browser, 'engine.build');
      assert.equal(build !== 'single', can.threads, build);
      assert.equal((await known(browser, 'engine.threads')) > 1, can.threads);
      assert.match(await text(browser, 'threads'), /^\d+ threads?$/);
      await isQuiet(browser);
    },
  ],
  [
    'training lowers the loss and draws its curve',
    async (browser, _, can) => {
      await trainBy(browser, 60);
      const isTold = async () =>
        /The run is not kept for the next visit: this browser/.test(await text(browser, 'notice'));
      if (!can.keepRuns) await until('that is told', isTold);
      const { step, loss } = await browser.run(async () => {
        const { step, loss } = await (await /** @type {any} */ (globalThis).tools.store()).engine.series(0);
        return { step: step.length, loss: [...loss] };
      });
      assert.ok(step >= 60 && loss[loss.length - 1] < 0.6 * loss[0], `${loss[0]} to ${loss[loss.length - 1]}`);
      await until('the chart is there', () => browser.run(() => !!document.querySelector('#chart canvas')));
      await isQuiet(browser);
    },
  ],
  [
    'a neuron is clicked and edited, and the edit undone',
    async (browser) => {
      const { x, y } = await browser.run(async () => {
        const { engine } = await /** @type {any} */ (globalThis).tools.store();
        const cell = await engine.cell(1, 40);
        const { left, top } = /** @type {Element} */ (document.getElementById('network')).getBoundingClientRect();
        const middle = (/** @type {number} */ from, /** @type {number} */ size) => (from + size / 2) / devicePixelRatio;
        return { x: left + middle(cell.left, cell.width), y: top + middle(cell.top, cell.height) };
      });
      await browser.press(x, y);
      const box = '.item [aria-label="Bias, as a number"]';
      const item = await until('the neuron is in the inspector', () =>
        browser.run((box) => document.querySelector(box)?.closest('li')?.dataset.item, box),
      );
      const [block, index] = item.split('.').map(Number);
      const bias = async () =>
        (await engine(browser, 'inspect', [{ block, index, strongest: 0, image: false }]))[0].bias.value;
      const before = await bias();
      await browser.run((box) => {
        const input = /** @type {HTMLInputElement} */ (document.querySelector(box));
        input.value = '0.75';
        for (const kind of ['input', 'change']) input.dispatchEvent(new Event(kind, { bubbles: true }));
      }, box);
      await until('the bias is set', async () => (await bias()) === 0.75);
      await until('the page knows of it', () =>
        browser.run(() => /** @type {any} */ (globalThis).tools.element('undo').disabled === false),
      );
      await click(browser, 'undo');
      await until('the bias is back', async () => (await bias()) === before);
      await isQuiet(browser);
    },
  ],
  [
    'a saved model opens again as it was',
    async (browser) => {
      await browser.run(() => {
        /** @type {any} */ (globalThis).saved = null;
        const make = URL.createObjectURL;
        URL.createObjectURL = (blob) => {
          /** @type {any} */ (globalThis).saved = blob;
          return make(blob);
        };
      });
      await click(browser, 'save');
      const file = await until('the file is there', () =>
        browser.run(async () => {
          /** @type {Blob | null} */
          const blob = /** @type {any} */ (globalThis).saved;
          if (!blob) return '';
          let letters = '';
          for (const byte of new Uint8Array(await blob.arrayBuffer())) letters += String.fromCharCode(byte);
          return btoa(letters);
        }),
      );
      const { step } = await engine(browser, 'status');
      const parameters = await known(browser, 'model.parameters');
      await click(browser, 'reset');
      await until('it began again', async () => (await engine(browser, 'status')).step === 0);
      await give(browser, 'model-input', { 'saved.safetensors': file });
      await until('the model is back', async () => (await engine(browser, 'status')).step === step);
      assert.equal(await known(browser, 'model.parameters'), parameters);
      await isQuiet(browser);
    },
  ],
  [
    'dropped pictures become the data',
    async (browser, _, can) => {
      await dropPictures(browser, can);
      await trainBy(browser, 10);
      await isQuiet(browser);
    },
  ],
  [
    'after a reload the run goes on, where the browser can keep it',
    async (browser, _, can) => {
      const { step } = await engine(browser, 'status');
      await engine(browser, 'saveSession');
      assert.equal(await engine(browser, 'keepsRuns'), can.keepRuns);
      await browser.reload();
      await ready(browser);
      if (!can.keepRuns) return isQuiet(browser);
      await until('the run is offered', () => browser.run(() => !document.getElementById('session')?.hidden));
      await click(browser, 'session-continue');
      await until('the run is back', async () => (await engine(browser, 'status')).step === step);
      assert.equal(await known(browser, 'data.used'), 24);
      await trainBy(browser, 5);
      await isQuiet(browser);
    },
  ],
  [
    'a trained model as one HTML file answers from disk as the page does',
    async (browser, address, _, folder) => {
      await browser.go('about:blank');
      await browser.go(`${address}#model=classifier-cnn&width=16&height=16`);
      await ready(browser);
      await trainBy(browser, 20);
      const image = png(37, 21, (x, y) => [5 * x, 9 * y, (7 * x * y) % 256]).toString('base64');
      const [page, expected] = await browser.run(async (base64) => {
        const store = await /** @type {any} */ (globalThis).tools.store();
        const { playerPage } = await import(new URL('www/rail/model/player-page.js', document.baseURI).href);
        const { bytes } = await store.engine.finishedFile(true);
        const image = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const { probabilities } = await store.engine.ownInput('own.png', image);
        return [
          await playerPage(bytes, 'alone'),
          Object.fromEntries(probabilities.map((/** @type {any} */ one) => [one.name, one.value])),
        ];
      }, image);
      const path = join(folder, 'alone.html');
      writeFileSync(path, page);
      await browser.go(pathToFileURL(path).href);
      await until('the model is there', async () => /images of 16/.test(await text(browser, 'about')));
      await give(browser, 'file', { 'own.png': image });
      /** @returns {Promise<[string, number][]>} names and probabilities */
      const answers = () =>
        browser.run(() =>
          [...document.querySelectorAll('#answers li')].map((item) => [
            item.querySelector('.name')?.textContent ?? '',
            Number(/** @type {HTMLElement} */ (item).dataset.value),
          ]),
        );
      await until('the same answers', async () => {
        const found = await answers();
        // The page lists only the likeliest.
        const off = found.filter(([name]) => name in expected).map(([name, value]) => Math.abs(expected[name] - value));
        return found.length === 8 && off.length > 0 && off.every((difference) => difference < 1e-5);
      });
      await isQuiet(browser);
    },
  ],
];

/**
 * What a browser can do; the table in the README says the same.
 * @typedef {{ threads: boolean, keepRuns: boolean, drop: boolean }} Can `drop`: a drop can be made by a script
 */

/** @type {{ driver: { name: string, isThere: boolean, start: (profile: string) => Promise<Driver> }, can: Can }[]} */
const BROWSERS = [
  { driver: chromium, can: { threads: true, keepRuns: true, drop: true } },
  { driver: firefox, can: { threads: true, keepRuns: true, drop: true } },
  { driver: webkit, can: { threads: false, keepRuns: false, drop: false } },
];

for (const { driver, can } of BROWSERS)
  test(driver.name, { skip: driver.isThere ? false : `${driver.name} is not installed` }, async (all) => {
    const profile = mkdtempSync(join(tmpdir(), 'neurarium-'));
    const { address, close } = await startServer({ root: '.' });
    const browser = await driver.start(profile);
    try {
      for (const [what, path] of PATHS) await all.test(what, () => path(browser, address, can, profile));
      await all.test(
        'the deployed site, below a path and without headers, isolates itself and works offline',
        async () => {
          const host = { root: 'dist', headers: false, base: '/some/where/' };
          const online = await startServer(host);
          try {
            await browser.go(online.address);
            await ready(browser);
            assert.equal(await browser.run(() => crossOriginIsolated), true, 'it isolated itself');
            await trainBy(browser, 3);
          } finally {
            await online.close(); // now it is offline
          }
          await browser.reload();
          await ready(browser);
          await trainBy(browser, 3);
          await dropPictures(browser, can);
          await isQuiet(browser);
        },
      );
    } finally {
      await browser.close();
      await close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    }
  });
