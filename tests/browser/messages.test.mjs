// How much the page and the engine's worker say to each other: one move of a control is one request and one answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askEngine, open, settled, until, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** Notes every message between the page and its worker, from the start of the page on. */
async function listen(/** @type {Page} */ page) {
  await page.addInitScript(() => {
    /** @type {string[]} */
    const messages = [];
    Object.assign(globalThis, { messages });
    // Others are those of the threads.
    const isOfEngine = (/** @type {any} */ message) => message.method || message.event || message.id;
    const Plain = Worker;
    globalThis.Worker = class extends Plain {
      /** @param {string | URL} url @param {WorkerOptions} [options] */
      constructor(url, options) {
        super(url, options);
        this.addEventListener('message', ({ data }) => {
          if (isOfEngine(data)) messages.push(`< ${data.event ?? `answer ${data.id}`}`);
        });
      }

      /** @param {any} message @param {any} transfer */
      postMessage(message, transfer) {
        if (isOfEngine(message))
          messages.push(`> ${message.method} ${message.id}: ${JSON.stringify(message.args).slice(0, 1000)}`);
        super.postMessage(message, transfer);
      }
    };
  });
}

/** The messages of what `act` does, once nothing more comes for a while. */
async function messagesOf(/** @type {Page} */ page, /** @type {() => Promise<unknown>} */ act) {
  const count = () => page.evaluate(() => /** @type {any} */ (globalThis).messages.length);
  const quiet = async () => {
    const before = await count();
    await page.waitForTimeout(1500);
    return (await count()) === before;
  };
  await until('the page is quiet', quiet);
  const from = await count();
  await act();
  await until('the page is quiet again', quiet);
  return page.evaluate((from) => /** @type {any} */ (globalThis).messages.slice(from), from);
}

/** One input event on a slider, as one pixel of a drag makes it. */
const nudge = (/** @type {import('playwright-core').Locator} */ slider, /** @type {number} */ share) =>
  slider.evaluate((node, share) => {
    const input = /** @type {HTMLInputElement} */ (node);
    input.value = String(Number(input.min) + share * (Number(input.max) - Number(input.min)));
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }, share);

test('a move of the learning rate is one request and one answer', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await listen(page);
    await open(site);
    await settled(page);
    const messages = await messagesOf(page, () => nudge(page.locator('#rate'), 0.4));
    assert.equal(messages.length, 2, messages.join('\n'));
    assert.match(messages[0], /^> set /);
    const rate = Number((await askEngine(page, 'config'))['learning-rate']);
    assert.ok(Math.abs(rate - 0.001) < 1e-9, `${rate}`);
  }));

test('a move of a bias is one request and one answer, which brings all pictures', () =>
  withSite({}, async (site) => {
    const { page } = site;
    await listen(page);
    await open(site);
    await settled(page);
    const { embedding } = await askEngine(page, 'modelSummary');
    await page.evaluate(async (block) => {
      const { choose } = await import(/** @type {string} */ ('/www/network/selection.js'));
      choose({ kind: 'neuron', block, index: 3 });
    }, embedding.block);
    const bias = page.getByRole('slider', { name: 'Bias', exact: true });
    await bias.waitFor();
    const messages = await messagesOf(page, () => nudge(bias, 0.7));
    assert.equal(messages.length, 2, messages.join('\n'));
    assert.match(messages[0], /^> editAndLook .*set-bias/);
    for (const view of ['example', 'code', 'render', 'inspect']) assert.ok(messages[0].includes(`["${view}"`), view);
  }));
