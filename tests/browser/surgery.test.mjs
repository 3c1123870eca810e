// Surgery on a layer: the preview before it, the network after it, undo, and what is refused; by pointer and by keys.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askEngine, open, toggle, until, withSite } from './harness.mjs';

const parameters = async (/** @type {import('playwright-core').Page} */ page) =>
  (await askEngine(page, 'modelSummary')).parameters;
const change = (/** @type {import('playwright-core').Page} */ page) => page.innerText('#surgery-change');

test('a layer is widened without any change of an output, trains on, and undo brings the old one back', () =>
  withSite({}, async (site) => {
    await open(site, '#model=classifier-mlp&limit=200&width=12&height=12');
    const { page } = site;
    await toggle(page, 'true');
    await until('it trains', async () => (await askEngine(page, 'status')).step > 20);
    await page.locator('#strip-tabs button:text-is("surgery")').click();
    await until('a preview', async () => /^No output changes, to the last bit/.test(await change(page)));
    const before = await parameters(page);
    await page.fill('#surgery-controls input[type=number]', '9');
    await page.keyboard.press('Tab');
    await until('the preview of 9', async () => !(await page.isDisabled('#surgery-apply')));
    const cells = await page.locator('#surgery-parameters td').allInnerTexts();
    await page.click('#surgery-apply');
    await until('a larger network', async () => (await parameters(page)) > before);
    assert.equal(Number(cells[1].replaceAll(',', '')), await parameters(page));
    const { step } = await askEngine(page, 'status');
    await until('it trains on', async () => (await askEngine(page, 'status')).step > step + 20);
    await toggle(page, 'false');
    await page.keyboard.press('Control+z');
    await until('the old network', async () => (await parameters(page)) === before);
  }));

test('neurons are chosen by what they contribute, and what cannot be done is said in one sentence', () =>
  withSite({}, async (site) => {
    await open(site, '#model=classifier-mlp&limit=200&width=12&height=12');
    const { page } = site;
    await page.locator('#strip-tabs button:text-is("surgery")').click();
    await page.locator('#surgery-kinds button:text-is("widen")').focus();
    for (const key of ['ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    await page.locator('#surgery-census:has-text("that nothing wakes")').waitFor();
    await page.selectOption('#surgery-controls select', 'missed');
    await until('bars', async () => (await page.locator('.surgery-bars i').count()) > 10);
    await until('a preview', async () => !(await page.isDisabled('#surgery-apply')));
    const before = await parameters(page);
    await page.focus('#surgery-apply');
    await page.keyboard.press('Enter');
    await until('a smaller network', async () => (await parameters(page)) < before);

    const last = page.locator('#surgery-layer option').last();
    await page.selectOption('#surgery-layer', await last.getAttribute('value'));
    await page.locator('#surgery-kinds button:text-is("remove")').click();
    await page.locator('#surgery-status:has-text("whose outputs are those of the task")').waitFor();
    assert.equal(await page.isDisabled('#surgery-apply'), true);
  }));
