// A table beside the images: its classes and its numbers.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { askEngine, drop, open, png, toggle, until, withSite, writeFiles } from './harness.mjs';

/** Grey pictures, a line of the table for each. @param {string} folder @param {string} head @param {(level: number) => string} line */
function withTable(folder, head, line) {
  /** @type {Record<string, Uint8Array>} */
  const files = {};
  const lines = [head];
  for (let index = 0; index < 60; index++) {
    const level = (index * 4) % 256;
    files[`${index}.png`] = png(12, 12, () => [level, level, level]);
    lines.push(`${index}.png,${line(level)}`);
  }
  writeFiles(folder, { ...files, 'table.csv': new TextEncoder().encode(`${lines.join('\n')}\n`) });
}

test('numbers of a table are estimated by a manifold, with their names', () =>
  withSite({}, async (site) => {
    await open(site, '#width=12&height=12&channels=1');
    const { page, folder } = site;
    const set = join(folder, 'levels');
    withTable(set, 'file,light,dark', (level) => `${level / 255},${1 - level / 255}`);
    await drop(page, [set]);
    await until('they are read', async () => (await askEngine(page, 'dataSummary')).used === 60);
    assert.deepEqual((await askEngine(page, 'dataSummary')).numbers, ['light', 'dark']);

    await page.selectOption('#preset', 'manifold');
    await until('it estimates', async () => (await askEngine(page, 'modelSummary')).task === 'regressor');
    await toggle(page, 'true');
    await until('it has learnt', async () => (await askEngine(page, 'example', 5, false)).loss < 0.05);
    await toggle(page, 'false');
    const facts = await page.locator('#example-facts').innerText();
    assert.match(facts, /light/);
    assert.match(facts, /dark/);
  }));

test('words of a table are the classes', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    const set = join(folder, 'levels');
    withTable(set, 'id,species', (level) => (level < 128 ? 'moth' : 'swan'));
    await drop(page, [set]);
    await until('they are read', async () => (await askEngine(page, 'dataSummary')).used === 60);
    const { classes } = await askEngine(page, 'dataSummary');
    assert.deepEqual(
      classes.map((/** @type {{ name: string }} */ { name }) => name),
      ['moth', 'swan'],
    );
  }));

test('a table that is none is one sentence, and the images are used', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    const set = join(folder, 'levels');
    withTable(set, 'file', () => 'more,than,the,first,line');
    await drop(page, [set]);
    await until('they are read', async () => (await askEngine(page, 'dataSummary')).used === 60);
    const { skippedList } = await askEngine(page, 'dataSummary');
    assert.match(skippedList.map((/** @type {{ reason: string }} */ { reason }) => reason).join(), /table|first line/);
  }));
