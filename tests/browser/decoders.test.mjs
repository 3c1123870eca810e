// Files that make their decoder fail, or never end: they cost themselves, while training goes on.
import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import {
  askEngine,
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

const count = 30; // good images of each of two classes
const bad = ['webp-exif-claims-2g.webp', 'webp-exif-claims-1g.webp', 'bomb-claimed-60000x60000.gif'];
const shared = '../shared/data';

/**
 * The page's list of files that were left out.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<{ path: string, reason: string }[]>}
 */
const listed = async (page) => (await askEngine(page, 'dataSummary')).skippedList;

test('pictures that ended the engine or made a decoder fail are used or listed while training goes on', (context) => {
  if (!existsSync(shared)) return context.skip(`${shared} is not there`);
  return withSite({}, async (site) => {
    const { page, folder } = site;
    const pictures = join(folder, 'pictures');
    pictureFolder(pictures, count);
    for (const name of bad) copyFileSync(join(shared, 'hostile-files', name), join(pictures, 'discs', name));
    const tiff = 'planar-tiled.tif';
    copyFileSync(join(shared, 'field-cases/64-tiff-planar-tiled-float', tiff), join(pictures, 'stripes', tiff));
    await open(site);
    await toggle(page, 'true');
    await until('it trains', async () => (await steps(page)) > 3);
    await drop(page, [pictures]);
    await until('the images are in use', async () => (await numberIn(page, '#used-count')) === 2 * count + 2);
    assert.equal(await page.locator('#error').isVisible(), false);
    const skipped = (await listed(page)).map(({ path, reason }) => `${path.split('/').at(-1)}: ${reason}`).sort();
    assert.equal(skipped.length, 2, skipped.join('\n'));
    assert.match(skipped[0], /^bomb-claimed-60000x60000\.gif: claims 60000 x 60000 pixels/);
    assert.match(skipped[1], /^planar-tiled\.tif: an unsupported kind of TIFF/);
  });
});

/**
 * A copy of the site whose decoders fail on files called trap, and never end on those called hang: no real file is known
 * that does. Its path, for `work`.
 * @param {(root: string) => Promise<void>} work
 */
async function withSabotage(work) {
  const root = mkdtempSync(join(tmpdir(), 'neurarium-site-'));
  try {
    mkdirSync(join(root, 'www'));
    symlinkSync(resolve('index.html'), join(root, 'index.html'));
    for (const name of readdirSync('www').filter((name) => name !== 'worker')) {
      symlinkSync(resolve('www', name), join(root, 'www', name));
    }
    cpSync('www/worker', join(root, 'www/worker'), { recursive: true });
    const change = (/** @type {string} */ script, /** @type {string} */ from, /** @type {string} */ to) => {
      const path = join(root, 'www/worker', script);
      const text = readFileSync(path, 'utf8');
      assert.ok(text.includes(from), `${script} has no ${from}`);
      writeFileSync(path, text.replace(from, to));
    };
    const unreachable = 'Uint8Array.of(0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,8,1,0,10,5,1,3,0,0,11)';
    const decode = 'const item = decoder.decode(index, options);';
    change(
      'decoder.js',
      decode,
      `if (/trap/.test(decoder.path(index))) new WebAssembly.Instance(new WebAssembly.Module(${unreachable}));
       while (/hang/.test(decoder.path(index)));
       ${decode}`,
    );
    change('decoders.js', 'const patienceMs = 60_000;', 'const patienceMs = 2_000;');
    await work(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

test('a decoder that traps or hangs costs one file each, also inside an archive, and training goes on meanwhile', () =>
  withSabotage((root) =>
    withSite({ root }, async (site) => {
      const { page, folder } = site;
      const pictures = join(folder, 'pictures');
      pictureFolder(pictures, count);
      const picture = png(24, 24, () => [200, 30, 90]);
      /** @type {Record<string, Uint8Array>} */
      const inside = {};
      for (let index = 0; index < 40; index++) inside[`discs/in-${index}${index === 21 ? '-trap' : ''}.png`] = picture;
      writeFiles(pictures, { 'discs/trap.png': picture, 'stripes/hang.png': picture, 'more.zip': storedZip(inside) });
      await open(site);
      await toggle(page, 'true');
      await until('it trains', async () => (await steps(page)) > 3);
      const before = (await askEngine(page, 'status')).step;
      await drop(page, [pictures]);
      await page.waitForTimeout(1200); // the decoder that hangs is given up after two seconds
      assert.ok((await askEngine(page, 'status')).step > before, 'it trains meanwhile');
      await until('the images are in use', async () => (await numberIn(page, '#used-count')) === 2 * count + 39);
      const reasons = Object.fromEntries(
        (await listed(page)).map(({ path, reason }) => [path.slice(path.indexOf('/') + 1), reason]),
      );
      assert.deepEqual(reasons, {
        'discs/trap.png': 'its decoder failed on it',
        'stripes/hang.png': 'was not decoded within 2 s and was given up',
        'more.zip/discs/in-21-trap.png': 'its decoder failed on it',
      });
      await toggle(page, 'true');
      const now = (await askEngine(page, 'status')).step;
      await until('it trains on the new images', async () => (await askEngine(page, 'status')).step > now);
    }),
  ));

test('an image of the user that its decoder fails on is told, and the page goes on', () =>
  withSabotage((root) =>
    withSite({ root }, async (site) => {
      const { page, folder } = site;
      writeFiles(folder, { 'trap.png': png(24, 24, () => [1, 2, 3]), 'good.png': png(24, 24, () => [200, 2, 3]) });
      await open(site);
      await page.setInputFiles('#own-input', join(folder, 'trap.png'));
      await page.locator('#error').waitFor();
      assert.match(await page.locator('#error').innerText(), /trap\.png: its decoder failed on it/);
      await page.setInputFiles('#own-input', join(folder, 'good.png'));
      await until('it is shown', async () => (await askEngine(page, 'exampleIndex')) === -1);
    }),
  ));

/** A zip of stored files (APPNOTE 4.3). @param {Record<string, Uint8Array>} files */
function storedZip(files) {
  const parts = [];
  const list = [];
  let at = 0;
  for (const [name, bytes] of Object.entries(files)) {
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt32LE(crc32(bytes), 10);
    facts.writeUInt32LE(bytes.length, 14);
    facts.writeUInt32LE(bytes.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const offset = Buffer.alloc(14);
    offset.writeUInt32LE(at, 10);
    list.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), facts, offset, Buffer.from(name));
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), facts, Buffer.from(name), bytes);
    at += 30 + name.length + bytes.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(Buffer.concat(list).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...list, end]);
}
