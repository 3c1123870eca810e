// In windows of every size each control can be reached: none lies under another one, and none is cut off.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askEngine, cellPlace, open, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** Telephones upright and on their side, laptops, and a laptop at 200 % zoom. */
const SIZES = [
  [390, 844],
  [844, 390],
  [720, 450],
  [1280, 720],
  [1366, 768],
  [1440, 900],
];

/** What is wrong with the controls that are on the page now, each scrolled to first. @param {Page} page */
const faults = (page) =>
  page.evaluate(() => {
    const found = [];
    const name = (/** @type {Element | null} */ element) =>
      element && (element.id ? `#${element.id}` : `${element.tagName.toLowerCase()}.${element.className}`);
    for (const control of document.querySelectorAll('button, input, select, textarea, summary, canvas[tabindex]')) {
      const { pointerEvents, textOverflow } = getComputedStyle(control);
      if (!control.checkVisibility({ visibilityProperty: true }) || pointerEvents === 'none') continue;
      if (control.closest('dialog')) continue;
      control.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      const { left, right, top, bottom } = control.getBoundingClientRect();
      const told = `${name(control)} "${control.textContent?.trim().slice(0, 20)}"`;
      const isCut = (/** @type {DOMRect} */ box) =>
        left < box.left - 1 || right > box.right + 1 || top < box.top - 1 || bottom > box.bottom + 1;
      if (isCut(new DOMRect(0, 0, innerWidth, innerHeight))) found.push(`${told} is cut by the window`);
      for (let around = control.parentElement; around && around !== document.body; around = around.parentElement)
        if (
          getComputedStyle(around).overflow !== 'visible' &&
          around.offsetParent &&
          isCut(around.getBoundingClientRect())
        )
          found.push(`${told} is cut by ${name(around)}`);
      const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      if (!hit || !(control.contains(hit) || hit.contains(control))) found.push(`${told} is under ${name(hit)}`);
      const isShort = textOverflow !== 'ellipsis' && control.matches('button, summary');
      if (isShort && control.scrollWidth > control.clientWidth + 1) found.push(`${told} is too narrow for its words`);
    }
    const wide = document.documentElement.scrollWidth - innerWidth;
    return wide > 0 ? [...found, `the page is ${wide} pixels too wide`] : found;
  });

/** The button that starts is on the screen, and the pointer finds it. @param {Page} page */
const startIsThere = (page) =>
  page.evaluate(() => {
    scrollTo(0, 0);
    for (const rail of document.querySelectorAll('.rail, .main')) rail.scrollTop = 0;
    return ['start', 'start-thumb'].some((id) => {
      const { left, right, top, bottom } = /** @type {Element} */ (document.getElementById(id)).getBoundingClientRect();
      return document.elementFromPoint((left + right) / 2, (top + bottom) / 2)?.closest('button')?.id === id;
    });
  });

for (const [width, height] of SIZES)
  test(`at ${width} x ${height} no control is covered or cut`, () =>
    withSite({ width, height }, async (site) => {
      const { page } = site;
      for (const model of ['autoencoder', 'classifier-cnn']) {
        await page.goto('about:blank');
        await open(site, `#model=${model}`);
        assert.ok(await startIsThere(page), 'Start is in sight');
        const isNarrow = await page.locator('#start-thumb').isVisible();
        const place = await cellPlace(page, { block: 1, index: 40 });
        await page.mouse.click(place.x, place.y);
        await page.locator('.item-body input').first().waitFor({ state: 'attached' });
        assert.ok(await startIsThere(page), 'Start is in sight beside the inspector');
        await page.evaluate(() => document.querySelector('#run-fold')?.toggleAttribute('open', true));
        /** @type {string[]} */
        const found = [];
        const sections = isNarrow ? ['data', 'model', 'train', 'look', 'inspect', 'charts'] : ['all'];
        for (const section of sections)
          for (const top of isNarrow && section === 'look' ? ['example', 'network'] : ['network']) {
            if (isNarrow) await page.click(`.tabs [data-section="${section}"]`);
            if (isNarrow) await page.click(`#top-switch [data-value="${top}"]`);
            for (const tab of ['charts', 'worst'])
              if (!isNarrow || section === 'charts') {
                await page.click(`#strip-tabs [data-value="${tab}"]`);
                await page.waitForTimeout(100); // a frame or two
                found.push(...(await faults(page)).map((fault) => `${model}, ${section}, ${tab}: ${fault}`));
              } else if (tab === 'charts')
                found.push(...(await faults(page)).map((fault) => `${model}, ${section}, ${top}: ${fault}`));
          }
        assert.deepEqual([...new Set(found)], []);
        assert.ok(await askEngine(page, 'status'));
      }
    }));

for (const [width, height] of SIZES)
  test(`at ${width} x ${height} no control of the simple view is covered or cut, nor any of Try it`, () =>
    withSite({ width, height }, async (site) => {
      const { page } = site;
      await open(site, '#view=simple&model=classifier-cnn');
      assert.ok(await startIsThere(page), 'Start is in sight');
      const isNarrow = await page.locator('#start-thumb').isVisible();
      /** @type {string[]} */
      const found = [];
      for (const section of isNarrow ? ['begin', 'data', 'look', 'charts'] : ['all'])
        for (const top of isNarrow && section === 'look' ? ['example', 'network'] : ['network']) {
          if (isNarrow) await page.click(`.tabs [data-section="${section}"]`);
          if (isNarrow) await page.click(`#top-switch [data-value="${top}"]`);
          await page.waitForTimeout(100);
          found.push(...(await faults(page)).map((fault) => `${section}, ${top}: ${fault}`));
        }
      await page.click(isNarrow ? '#try-tab' : '#try');
      await page.locator('#try-dialog canvas').first().waitFor();
      const outside = await page.locator('#try-dialog').evaluate((dialog) =>
        [...dialog.querySelectorAll('button, input, canvas[tabindex]')]
          .filter((control) => control.checkVisibility())
          .filter((control) => {
            const { left, right, top, bottom } = control.getBoundingClientRect();
            const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
            return left < 0 || top < 0 || right > innerWidth || bottom > innerHeight || !hit || !control.contains(hit);
          })
          .map((control) => `Try it: ${control.id || control.getAttribute('aria-label') || control.textContent}`),
      );
      assert.deepEqual([...new Set(found), ...outside], []);
    }));

/** The sum of all layout shifts, as browsers measure them, at a first visit and with all tools. */
const MOST_SHIFT = /** @type {const} */ ({ simple: 0.016, full: 0.03 });

for (const view of /** @type {(keyof typeof MOST_SHIFT)[]} */ (Object.keys(MOST_SHIFT)))
  test(`from its opening until it trains nearly everything stays in its place, ${view} view`, () =>
    withSite({}, async ({ page, address }) => {
      await page.addInitScript((view) => {
        localStorage.setItem('neurarium-view', view);
        const all = /** @type {any} */ (globalThis);
        all.shifts = [];
        new PerformanceObserver((list) => {
          for (const { hadRecentInput, value, sources } of /** @type {any[]} */ (list.getEntries()))
            if (!hadRecentInput)
              all.shifts.push([value, ...sources.map((/** @type {any} */ { node }) => node?.id || node?.nodeName)]);
        }).observe({ type: 'layout-shift', buffered: true });
      }, view);
      await page.goto(address);
      await page.locator('#start:enabled').waitFor();
      await page.waitForTimeout(1000);
      await page.click('#start');
      await page.waitForTimeout(3000);
      /** @type {[number, ...string[]][]} */
      const shifts = await page.evaluate(() => /** @type {any} */ (globalThis).shifts);
      const sum = shifts.reduce((sum, [value]) => sum + value, 0);
      assert.ok(sum <= MOST_SHIFT[view], `${sum}: ${shifts.join('; ')}`);
    }));
