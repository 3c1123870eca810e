// Fonts that are dropped give their letters, which show and are learnt; the built-in letters are a button.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { askEngine, canvasLook, drop, numberIn, open, steps, toggle, until, withSite } from './harness.mjs';

const isFont = (/** @type {string} */ path) => !/\.(md|py)$/.test(path);
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

test('dropped fonts become letters in 52 classes, and faces are listed with reasons', () =>
  withSite({}, async (site) => {
    await open(site, '#model=classifier-mlp');
    const { page, folder } = site;
    const fonts = join(folder, 'fonts');
    cpSync('tests/data/fonts', fonts, { recursive: true, filter: isFont });
    const before = await canvasLook(page, '#thumbnails');
    await drop(page, [fonts]);
    await until('the letters are in use', async () => (await numberIn(page, '#used-count')) === 8 * 52);
    const { classes, faces, skippedList, width, height, channels, validation } = await askEngine(page, 'dataSummary');
    assert.deepEqual([width, height, channels], [36, 36, 1]);
    assert.equal(classes.map((/** @type {{ name: string }} */ { name }) => name).join(''), letters);
    assert.equal(validation % 52, 0, 'faces are held out as a whole');
    assert.equal(faces.length, 8);
    assert.equal(await page.innerText('#faces-title'), '8 faces');
    assert.equal(skippedList.length, 7);
    await until('letters are shown', async () => (await canvasLook(page, '#thumbnails')).print !== before.print);
    await page.click('#skipped-open');
    assert.match(await page.innerText('#skipped-list'), /wide\.ttf\s+W leaves the frame/);
    await page.keyboard.press('Escape');
    await toggle(page, 'true');
    await until('it trains', async () => (await steps(page)) > 3);
  }));

test('the built-in letters are chosen by their button', () =>
  withSite({}, async (site) => {
    await open(site, '#model=classifier-mlp&limit=520');
    const { page } = site;
    await page.click('#sample-letters');
    await until('letters are there', async () => (await numberIn(page, '#used-count')) === 520);
    assert.equal(await page.getAttribute('#sample-letters', 'aria-pressed'), 'true');
    const { classes, validation, faces } = await askEngine(page, 'dataSummary');
    assert.deepEqual([classes.length, validation % 52, faces.length], [52, 0, 10]);
    await page.click('#sample');
    await until('shapes are there', async () => (await askEngine(page, 'dataSummary')).classes.length === 8);
  }));
