// Drives Chromium for browsers.test.mjs, with Playwright.
import { chromium } from 'playwright-core';
import { existsSync } from 'node:fs';
import { sourceOf } from './driver.mjs';

/** @import { Driver } from './driver.mjs' */

const path = process.env.CHROMIUM ?? '/usr/bin/chromium';

export const name = 'Chromium';
export const isThere = existsSync(path);

/** @param {string} profile an empty folder @returns {Promise<Driver>} */
export async function start(profile) {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: path,
    viewport: { width: 1400, height: 900 },
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  /** @type {string[]} */
  const errors = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  return {
    errors,
    go: async (address) => void (await page.goto(address)),
    reload: async () => void (await page.reload()),
    run: async (work, ...values) => JSON.parse(await page.evaluate(`(${sourceOf(work)})(${JSON.stringify(values)})`)),
    press: (x, y) => page.mouse.click(x, y),
    close: () => context.close(),
  };
}
