// What the browser tests share: a server, a browser that is always closed again, pictures, and waiting.
import { after } from 'node:test';
import { chromium } from 'playwright-core';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { startServer } from '../tools/server.mjs';

export const patience = 60_000; // milliseconds; machines that run tests are often busy

/**
 * @typedef {{ page: import('playwright-core').Page, context: import('playwright-core').BrowserContext, address: string,
 *   errors: string[], folder: string, profile: string, traffic: import('../tools/server.mjs').Traffic }} Site
 *   `folder`: for files of the test; `profile`: that of the browser
 * @typedef {{ context: import('playwright-core').BrowserContext, address: string, profile: string,
 *   traffic: import('../tools/server.mjs').Traffic, close: () => Promise<void> }} Host a server with a browser
 */

/** What most tests of a file need. Their browser is the same: it has compiled the engine already. @type {Host | null} */
let usual = null;

if (process.argv[1]?.endsWith('.test.mjs')) after(() => usual?.close()); // the soak uses this file too

/** Starts a server and a browser. @returns {Promise<Host>} */
async function startHost(/** @type {Parameters<typeof startServer>[0]} */ served, /** @type {string[]} */ flags) {
  const profile = mkdtempSync(join(tmpdir(), 'neurarium-profile-'));
  const { address, close, traffic } = await startServer(served);
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    viewport: { width: 1440, height: 900 },
    acceptDownloads: true,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...flags,
    ],
  });
  return {
    context,
    address,
    profile,
    traffic,
    async close() {
      await context.close();
      await close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Takes everything away that a test has left in the usual browser but what it has fetched. */
async function clear(/** @type {Host} */ { context, address }) {
  const [first, ...others] = context.pages();
  for (const page of others) await page.close();
  await context.clearPermissions();
  const session = await context.newCDPSession(first);
  await session.send('Storage.clearDataForOrigin', { origin: new URL(address).origin, storageTypes: 'all' });
  await session.detach();
}

/**
 * Opens a page on a site, runs `work`, and closes the page whatever happened. Fails where a page wrote an error to the
 * console, threw, or asked another server for anything.
 *
 * @param {{ root?: string, headers?: boolean, base?: string, width?: number, height?: number, allowed?: RegExp,
 *   flags?: string[], line?: import('../tools/server.mjs').Line, compressed?: boolean, own?: boolean }} options
 *   `allowed`: console errors that belong to the test; `flags` of the browser; `line` and `compressed` of the server;
 *   `own`: a browser of its own, which has seen nothing, as it gets with other flags or another server anyway
 * @param {(site: Site) => Promise<void>} work
 */
export async function withSite({ width = 1440, height = 900, allowed, flags = [], own = false, ...served }, work) {
  const isUsual = !own && flags.length === 0 && Object.keys(served).length === 0;
  const host = (isUsual && usual) || (await startHost({ root: '.', ...served }, flags));
  if (isUsual) usual = host;
  const { context, address, profile, traffic } = host;
  const folder = mkdtempSync(join(tmpdir(), 'neurarium-'));
  /** @type {string[]} */
  const errors = [];
  const note = (/** @type {string} */ text) => {
    if (!allowed?.test(text)) errors.push(text);
  };
  const onConsole = (/** @type {import('playwright-core').ConsoleMessage} */ message) => {
    if (message.type() === 'error') note(`console: ${message.text()} (${message.location().url})`);
  };
  const onError = (/** @type {import('playwright-core').WebError} */ error) =>
    note(`uncaught: ${error.error().message}`);
  const onRequest = (/** @type {import('playwright-core').Request} */ request) => {
    const url = request.url();
    if (!url.startsWith(address) && !/^(blob|data|about|file):/.test(url)) errors.push(`asked for ${url}`);
  };
  context.on('console', onConsole).on('weberror', onError).on('request', onRequest);
  let passed = false;
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    // A first visit has few controls and is offered a tour; tests of the former say `view=simple`.
    await page.addInitScript(() => {
      if (!location.protocol.startsWith('http')) return;
      localStorage.setItem('neurarium-view', 'full');
      localStorage.setItem('neurarium-tour', 'seen');
    });
    if (width !== 1440 || height !== 900) await page.setViewportSize({ width, height });
    await work({ page, context, address, errors, folder, profile, traffic });
    if (errors.length > 0) throw new Error(`the page was not quiet:\n${errors.join('\n')}`);
    passed = true;
  } finally {
    context.off('console', onConsole).off('weberror', onError).off('request', onRequest);
    if (isUsual && passed) await clear(host);
    else {
      if (isUsual) usual = null;
      await host.close();
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Waits until `look` gives something true, and returns it.
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} look
 * @returns {Promise<Exclude<T, false | 0 | '' | null | undefined>>}
 */
export async function until(what, look, milliseconds = patience) {
  for (const end = Date.now() + milliseconds; ;) {
    const found = await look();
    if (found) return /** @type {any} */ (found);
    if (Date.now() > end) throw new Error(`waited ${milliseconds / 1000} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The first number in what an element shows or holds; NaN where there is none. */
export async function numberIn(/** @type {import('playwright-core').Page} */ page, /** @type {string} */ selector) {
  const element = page.locator(selector);
  const text = await element.evaluate((node) => ('value' in node ? String(node.value) : (node.textContent ?? '')));
  return Number(/-?\d[\d,]*(\.\d+)?(e[-+]?\d+)?/i.exec(text)?.[0].replaceAll(',', '') ?? NaN);
}

/** Opens the page and waits until it can train. */
export async function open(/** @type {Site} */ { page, address }, query = '') {
  page.on('dialog', (dialog) => dialog.accept()); // leaving with something unsaved
  await page.goto(address + query);
  await page.locator('#start:enabled').waitFor({ state: 'attached' }); // on a telephone the one at the thumb shows
}

export async function toggle(
  /** @type {import('playwright-core').Page} */ page,
  /** @type {'true' | 'false'} */ pressed,
) {
  if ((await page.getAttribute('#start', 'aria-pressed')) !== pressed) await page.click('#start');
  await page.locator(`#start[aria-pressed="${pressed}"]`).waitFor();
}

export const steps = (/** @type {import('playwright-core').Page} */ page) => numberIn(page, '#step-count');

/** Writes a number into a box and leaves it, as a person does. */
export async function enter(
  /** @type {import('playwright-core').Page} */ page,
  /** @type {string} */ selector,
  /** @type {string} */ value,
) {
  await page.fill(selector, value);
  await page.press(selector, 'Enter');
}

/** Asks the page's own engine, which answers between two mini-batches. */
export function askEngine(
  /** @type {import('playwright-core').Page} */ page,
  /** @type {string} */ method,
  /** @type {any[]} */ ...args
) {
  return page.evaluate(async ([method, args]) => {
    const { store } = await import(/** @type {string} */ ('/www/app/store.js'));
    return store.engine[method](...args);
  }, /** @type {[string, any[]]} */ ([method, args]));
}

/** The network as it will stay: drawn, and fitted to its place. */
export async function settled(/** @type {import('playwright-core').Page} */ page) {
  await page.locator('#network-placeholder').waitFor({ state: 'hidden' });
  await until('the network stands still', async () => {
    const look = await canvasLook(page, '#network');
    await page.waitForTimeout(150);
    return look.colours > 8 && (await canvasLook(page, '#network')).width === look.width;
  });
}

/** The middle of a neuron's cell, where the mouse finds it. */
export async function cellPlace(
  /** @type {import('playwright-core').Page} */ page,
  /** @type {{ block: number, index: number }} */ { block, index },
) {
  await settled(page);
  const cell = await askEngine(page, 'cell', block, index);
  const { x, y } = /** @type {{ x: number, y: number }} */ (await page.locator('#network').boundingBox());
  const ratio = await page.evaluate(() => devicePixelRatio);
  return { x: x + (cell.left + cell.width / 2) / ratio, y: y + (cell.top + cell.height / 2) / ratio };
}

/** What the network makes of the example shown, once it has settled. */
export async function outputLook(/** @type {import('playwright-core').Page} */ page) {
  let last = await canvasLook(page, '#output-image');
  for (let calm = 0; calm < 5;) {
    await page.waitForTimeout(100);
    const now = await canvasLook(page, '#output-image');
    calm = now.print === last.print ? calm + 1 : 0;
    last = now;
  }
  return last;
}

/** A short fingerprint of a canvas, and how many different colours it shows. */
export async function canvasLook(/** @type {import('playwright-core').Page} */ page, /** @type {string} */ selector) {
  return page.locator(selector).evaluate((node) => {
    const canvas = /** @type {HTMLCanvasElement} */ (node);
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const { data } = context.getImageData(0, 0, Math.max(1, canvas.width), Math.max(1, canvas.height));
    const words = new Uint32Array(data.buffer);
    let print = 0;
    for (const word of words) print = (Math.imul(print, 31) + word) >>> 0;
    return { width: canvas.width, height: canvas.height, print, colours: new Set(words).size };
  });
}

/** The RGBA values of a canvas, row by row. */
export async function canvasPixels(/** @type {import('playwright-core').Page} */ page, /** @type {string} */ selector) {
  return page.locator(selector).evaluate((node) => {
    const canvas = /** @type {HTMLCanvasElement} */ (node);
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    return [...context.getImageData(0, 0, canvas.width, canvas.height).data];
  });
}

// --- Pictures ---------------------------------------------------------------------------------------------------

/**
 * A PNG file of 8-bit RGB (PNG specification, sections 5 and 11).
 * @param {number} width
 * @param {number} height
 * @param {(x: number, y: number) => [number, number, number]} colour
 */
export function png(width, height, colour) {
  const rows = Buffer.alloc(height * (1 + 3 * width)); // each row begins with its filter, 0: none
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows.set(colour(x, y), y * (1 + 3 * width) + 1 + 3 * x);
  }
  const chunk = (/** @type {string} */ name, /** @type {Buffer} */ data) => {
    const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
    const length = Buffer.alloc(4);
    const check = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // bits, colour type RGB, deflate, no more filters, not interlaced
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Writes files, by their paths below `folder`. */
export function writeFiles(/** @type {string} */ folder, /** @type {Record<string, Uint8Array | string>} */ files) {
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}

/** A folder of PNGs in two classes: discs and stripes, of `size` x `size` pixels, none like another. */
export function pictureFolder(/** @type {string} */ folder, count = 40, size = 24) {
  /** @type {Record<string, Uint8Array>} */
  const files = {};
  for (let index = 0; index < count; index++) {
    const hue = (index * 37) % 256;
    const radius = size * (0.2 + 0.02 * (index % 12));
    files[`discs/${index}.png`] = png(size, size, (x, y) =>
      Math.hypot(x - size / 2, y - size / 2) < radius ? [255, hue, 40] : [20, 30, 255 - hue],
    );
    files[`stripes/${index}.png`] = png(size, size, (x) => ((x + index) % 8 < 4 ? [hue, 220, 60] : [10, 10, 40]));
  }
  writeFiles(folder, files);
}

/** Drops a file or folder of the disk on a place of the page, its middle unless told, as a hand would. */
export async function drop(
  /** @type {import('playwright-core').Page} */ page,
  /** @type {string[]} */ paths,
  /** @type {{ x: number, y: number } | undefined} */ place = undefined,
) {
  const session = await page.context().newCDPSession(page);
  const { width, height } = page.viewportSize() ?? { width: 800, height: 600 };
  for (const type of /** @type {const} */ (['dragEnter', 'dragOver', 'drop'])) {
    await session.send('Input.dispatchDragEvent', {
      type,
      x: place?.x ?? width / 2,
      y: place?.y ?? height / 2,
      data: { items: [], files: paths, dragOperationsMask: 1 },
    });
  }
  await session.detach();
}

const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/**
 * Opens an empty page of the site, isolated or not.
 * @param {Site} site
 */
export async function openEmpty({ page, address }, { isolated = true } = {}) {
  const headers = isolated ? isolation : undefined;
  const body = '<!doctype html><link rel="icon" href="data:,"><title>empty</title>';
  await page.route('**/empty.html*', (route) => route.fulfill({ contentType: 'text/html', body, headers }));
  await page.goto(`${address}empty.html`);
}

/**
 * Plays a saved video in a page of its own for a moment, since the page itself plays none.
 * @param {Site} site
 * @param {import('playwright-core').Download} file
 */
export async function playVideo({ context }, file) {
  const kind = `video/${file.suggestedFilename().split('.')[1]}`;
  const source = `data:${kind};base64,${readFileSync(await file.path()).toString('base64')}`;
  const player = await context.newPage();
  return player.evaluate(async (source) => {
    const video = document.createElement('video');
    video.muted = true;
    video.src = source;
    await video.play();
    await new Promise((resolve) => setTimeout(resolve, 700));
    return { width: video.videoWidth, height: video.videoHeight, at: video.currentTime, error: video.error?.message };
  }, source);
}
