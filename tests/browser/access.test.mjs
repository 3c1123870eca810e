// What keeps people with assistive technology out: axe-core on the states of the page, in every size and both themes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { open, steps, until, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const SIZES = [
  [1440, 900],
  [1280, 720],
  [720, 450],
  [844, 390],
  [390, 844],
];

/** What is wrong on the page as it is now. */
async function findings(/** @type {Page} */ page) {
  await page.evaluate(source);
  return page.evaluate(async (rules) => {
    const { axe } = /** @type {any} */ (globalThis);
    const { violations } = await axe.run(document, { runOnly: { type: 'tag', values: rules } });
    // A target that is half scrolled out of a list is small only until it is scrolled to, and one that is large and on top
    // is not made smaller by what is scrolled away beneath it.
    const isCut = (/** @type {string} */ selector) => {
      const element = document.querySelector(selector);
      element?.scrollIntoView({ block: 'center' });
      const box = element?.getBoundingClientRect();
      if (element && box && Math.min(box.width, box.height) >= 24) {
        const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        if (top === element) return true;
      }
      for (let around = element?.parentElement; around && box; around = around.parentElement) {
        const frame = around.getBoundingClientRect();
        const scrolls = around.scrollHeight > around.clientHeight && getComputedStyle(around).overflowY !== 'visible';
        if (scrolls && (box.bottom > frame.bottom || box.top < frame.top)) return true;
      }
      return false;
    };
    return violations.flatMap((/** @type {any} */ { id, help, nodes }) =>
      nodes
        .filter((/** @type {any} */ { target }) => id !== 'target-size' || !isCut(target[0]))
        .map((/** @type {any} */ { target }) => `${id} (${help}): ${target.join(' ')}`),
    );
  }, RULES);
}

/** Name, address, the way there, and what shows that it is reached. @type {[string, string, (page: Page) => Promise<unknown>, string][]} */
const STATES = [
  ['simple', '#view=simple', async () => {}, '[data-view="simple"]'],
  ['full', '#view=full', async () => {}, '[data-view="full"]'],
  ['classifier, trained', '#view=simple&model=classifier-cnn&limit=200', trained, '#guide:not([hidden])'],
  [
    'confusion',
    '#view=full&model=classifier-cnn&limit=200',
    (page) => trained(page).then(() => showTab(page, 'confusion')),
    '#strip[data-tab="confusion"]',
  ],
  ['worst', '#view=full&model=classifier-mlp&limit=200', (page) => showTab(page, 'worst'), '#strip[data-tab="worst"]'],
  ['map', '#view=full', (page) => showTab(page, 'map'), '#strip[data-tab="map"]'],
  ['try it', '#view=simple&model=classifier-mlp', (page) => press(page, '#try'), '#try-dialog[open]'],
  ['make a data set', '#view=full', (page) => press(page, '#collect'), '#collect-dialog[open]'],
  ['help', '#view=full', (page) => press(page, '#help-button'), '#help[open]'],
  ['layers', '#view=full', (page) => press(page, '#edit-layers'), '#layers-dialog[open]'],
];

/** Presses a button, wherever a narrow screen has it. */
const press = (/** @type {Page} */ page, /** @type {string} */ selector) =>
  page.locator(selector).evaluate((button) => /** @type {HTMLElement} */ (button).click());

async function trained(/** @type {Page} */ page) {
  await press(page, '#start');
  await until('it trains', async () => (await steps(page)) > 12);
  await press(page, '#start');
}

async function showTab(/** @type {Page} */ page, /** @type {string} */ tab) {
  await press(page, `.tabs [data-section="charts"]`);
  await press(page, `#strip-tabs [data-value="${tab}"]`);
}

for (const [width, height] of SIZES)
  test(`axe finds nothing at ${width} x ${height}`, () =>
    withSite({ width, height, allowed: /webcam|getUserMedia/ }, async (site) => {
      const { page } = site;
      /** @type {string[]} */
      const found = [];
      for (const [name, hash, act, reached] of STATES) {
        await page.goto('about:blank');
        await open(site, hash);
        await act(page);
        await page.locator(reached).waitFor();
        for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' }); // colours change at once
          await page.waitForTimeout(250);
          found.push(...(await findings(page)).map((/** @type {string} */ each) => `${name}, ${colorScheme}: ${each}`));
        }
        await page.emulateMedia({ colorScheme: 'light' });
      }
      assert.deepEqual(found, []);
    }));
