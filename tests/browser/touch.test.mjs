// Touching the network as a person does: choosing neurons and connections, changing them while training runs, undoing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { askEngine, cellPlace, open, outputLook, settled, steps, toggle, until, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** The embedding's block and a neuron of it. */
async function codeNeuron(/** @type {Page} */ page, index = 5) {
  const model = await askEngine(page, 'modelSummary');
  return { block: model.embedding.block, index };
}

async function clickNeuron(/** @type {Page} */ page, /** @type {{ block: number, index: number }} */ neuron) {
  const { x, y } = await cellPlace(page, neuron);
  await page.mouse.click(x, y);
  return page.locator(`[data-item="${neuron.block}.${neuron.index}"]`);
}

const inspect = async (/** @type {Page} */ page, /** @type {object} */ item) =>
  (await askEngine(page, 'inspect', [item]))[0];

/** A neuron of the embedding in the inspector: its bias as the engine has it, and what enters another as a hand would. */
async function chosenBias(/** @type {Page} */ page) {
  const neuron = await codeNeuron(page);
  const box = (await clickNeuron(page, neuron)).getByRole('spinbutton', { name: 'Bias, as a number' });
  const bias = async () => (await inspect(page, neuron)).bias.value;
  const enter = async (/** @type {number} */ value) => {
    await box.fill(String(value));
    await box.press('Enter');
    await until('the bias is set', async () => (await bias()) === value);
  };
  return { box, bias, enter };
}

/** Drags a slider's thumb to a share of its width, in some moves. */
async function dragTo(
  /** @type {Page} */ page,
  /** @type {import('playwright-core').Locator} */ slider,
  /** @type {number} */ share,
) {
  await slider.scrollIntoViewIfNeeded();
  const box = await slider.boundingBox();
  assert.ok(box);
  const at = await slider.evaluate((node) => {
    const { value, min, max } = /** @type {HTMLInputElement} */ (node);
    return (Number(value) - Number(min)) / (Number(max) - Number(min));
  });
  const place = (/** @type {number} */ of) => box.x + 8 + of * (box.width - 16);
  await page.mouse.move(place(at), box.y + box.height / 2);
  await page.mouse.down();
  for (let move = 1; move <= 8; move++)
    await page.mouse.move(place(at + ((share - at) * move) / 8), box.y + box.height / 2);
  await page.mouse.up();
  return slider.evaluate((node) => Math.fround(Number(/** @type {HTMLInputElement} */ (node).value)));
}

test('the canvas, of which only changed parts are drawn anew, shows what is drawn from nothing', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    await settled(page);
    const differs = () =>
      page.evaluate(async () => {
        const { store } = await import(/** @type {string} */ ('/www/app/store.js'));
        const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('network'));
        const { width, height } = canvas;
        const look = {
          mode: 'activation',
          by: 'strength',
          cut: 0,
          connections: 2000,
          highlight: null,
          selected: [],
          selectedConnections: [],
        };
        const { pixels } = await store.engine.render({
          scale: 0,
          left: 0,
          top: 0,
          width,
          height,
          ratio: devicePixelRatio,
          theme: 'light',
          held: 0,
          ...look,
        });
        const shown = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')).getImageData(
          0,
          0,
          width,
          height,
        ).data;
        let count = 0;
        for (let at = 0; at < pixels.length; at++) count += Number(pixels[at] !== shown[at]);
        return count;
      });
    await toggle(page, 'true');
    await until('some steps', async () => (await steps(page)) > 40);
    const box = await page.locator('#network').boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + 100, box.y + 100);
    await page.mouse.wheel(0, -400);
    await page.waitForTimeout(300);
    await page.setViewportSize({ width: 1300, height: 800 });
    await page.waitForTimeout(300);
    await page.click('#fit');
    const from = await steps(page);
    await until('more steps', async () => (await steps(page)) > from + 40);
    await toggle(page, 'false');
    await page.mouse.move(5, 5); // nothing is pointed out
    await until('they are the same', async () => (await differs()) === 0);
    await page.click('#example-next');
    // A frame that is asked for beside the page's own takes the place of its pixels, so the page draws first.
    await page.waitForTimeout(300);
    await until('with the next example too', async () => (await differs()) === 0);
  }));

test('a bias is moved while training runs, is held by its pin, and comes back bit for bit', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    const neuron = await codeNeuron(page);
    await toggle(page, 'true');
    await until('training', async () => (await steps(page)) > 5);
    const item = await clickNeuron(page, neuron);
    await item.getByRole('button', { name: 'Pin', exact: true }).click();
    await until('it is pinned', async () => (await inspect(page, neuron)).pinned === 'all');
    const before = (await inspect(page, neuron)).bias.value;
    const entries = (await askEngine(page, 'history')).entries.length;

    const wanted = await dragTo(page, item.getByRole('slider', { name: 'Bias' }), 0.85);
    await until('the engine has the bias', async () => (await inspect(page, neuron)).bias.value === wanted);
    assert.notEqual(wanted, before);
    assert.equal((await askEngine(page, 'history')).entries.length, entries + 1, 'one drag is one entry');
    const from = (await askEngine(page, 'status')).step;
    await until('50 steps', async () => (await askEngine(page, 'status')).step >= from + 50);
    assert.equal((await inspect(page, neuron)).bias.value, wanted);
    assert.match(await page.locator('#last-edit').innerText(), /bias|parameter.*loss .* → /);

    await page.focus('#network');
    await page.keyboard.press('Control+z');
    await until('the old bias', async () => (await inspect(page, neuron)).bias.value === before);
    await page.keyboard.press('Control+Shift+z');
    await until('the new bias', async () => (await inspect(page, neuron)).bias.value === wanted);
    assert.equal(await page.getAttribute('#start', 'aria-pressed'), 'true');
    const { events } = await askEngine(page, 'status');
    assert.ok(
      events.some((/** @type {{ kind: string }} */ event) => event.kind === 'edit'),
      'the chart has marks',
    );
  }));

test('an unpinned bias that was moved goes on learning', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    const { bias, enter } = await chosenBias(page);
    await enter(0.5);
    await toggle(page, 'true');
    await until('it moves', async () => (await bias()) !== 0.5);
  }));

test('a neuron held at zero changes the output image, and its release brings the image back', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    const code = await askEngine(page, 'embedding', 0);
    const values = Object.values(code).map(Number);
    const strongest = values.reduce((best, value, i) => (Math.abs(value) > Math.abs(values[best]) ? i : best), 0);
    const neuron = await codeNeuron(page, strongest);
    const before = await outputLook(page);
    const item = await clickNeuron(page, neuron);
    await item.getByRole('button', { name: 'Hold at' }).click();
    await until('the image changes', async () => (await outputLook(page)).print !== before.print);
    assert.equal((await inspect(page, neuron)).value, 0);
    await item.getByRole('button', { name: 'Held at' }).click();
    await until('the image is as it was', async () => (await outputLook(page)).print === before.print);
  }));

test('a connection is clicked, changed and changed back', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    const place = await until('a connection in the picture', () =>
      page.evaluate(async () => {
        const { store } = await import(/** @type {string} */ ('/www/app/store.js'));
        const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('network'));
        const { left, top } = canvas.getBoundingClientRect();
        for (let x = 8; x < canvas.width; x += 8) {
          for (let y = 8; y < canvas.height; y += 8) {
            if (!(await store.engine.hit(x, y)) && (await store.engine.hitConnection(x, y, 2)))
              return { x: left + x / devicePixelRatio, y: top + y / devicePixelRatio };
          }
        }
        return null;
      }),
    );
    await page.mouse.click(place.x, place.y);
    const item = page.locator('[data-item*="-"]');
    await item.waitFor();
    const [source, target] = String(await item.getAttribute('data-item'))
      .split('-')
      .map((name) => name.split('.').map(Number));
    const connection = {
      source: { block: source[0], index: source[1] },
      target: { block: target[0], index: target[1] },
    };
    const before = (await inspect(page, connection)).weight;
    const box = item.getByRole('spinbutton', { name: 'Weight, as a number' });
    await box.fill('-0.75');
    await box.press('Enter');
    await until('the weight is set', async () => (await inspect(page, connection)).weight === -0.75);
    await page.click('#undo');
    await until('the weight is as it was', async () => (await inspect(page, connection)).weight === before);
  }));

test('a rectangle chooses neurons, and what is done acts on all of them', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    const { block } = await codeNeuron(page);
    const [from, to] = [await cellPlace(page, { block, index: 0 }), await cellPlace(page, { block, index: 9 })];
    await page.keyboard.down('Shift');
    await page.mouse.move(from.x - 3, from.y - 3);
    await page.mouse.down();
    await page.mouse.move(to.x + 3, to.y + 3, { steps: 4 });
    await page.mouse.up();
    await page.keyboard.up('Shift');
    const item = page.locator('#inspector-list > li').first();
    await item.waitFor();
    const count = Number(/^(\d+) neurons/.exec(await item.innerText())?.[1]);
    assert.ok(count >= 4, `${count} neurons`);
    await item.getByRole('button', { name: 'Pin', exact: true }).click();
    const pinned = async () => {
      const items = Array.from({ length: 128 }, (_, index) => ({ block, index, strongest: 0 }));
      return (await askEngine(page, 'inspect', items)).filter(
        (/** @type {{ pinned: string } | null} */ view) => view?.pinned === 'all',
      ).length;
    };
    await until('all are pinned', async () => (await pinned()) === count);
    await page.click('#undo');
    await until('none is pinned', async () => (await pinned()) === 0);
  }));

test('weights are painted, from the keyboard too', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    const neuron = await codeNeuron(page);
    const item = await clickNeuron(page, neuron);
    const weights = item.locator('canvas.weights');
    await weights.waitFor();
    const norm = (await inspect(page, neuron)).norm;
    await item.getByRole('spinbutton', { name: 'Brush amount' }).fill('0.5');
    await item.getByRole('spinbutton', { name: 'Brush size' }).fill('3');
    const box = await weights.boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + 20, box.y + box.height / 2 + 20, { steps: 5 });
    await page.mouse.up();
    const painted = await until('the weights grow', async () => {
      const now = (await inspect(page, neuron)).norm;
      return now > norm + 0.5 && now;
    });
    await weights.focus();
    for (const key of ['ArrowLeft', 'ArrowLeft', 'Enter']) await page.keyboard.press(key);
    await until('the keys paint', async () => (await inspect(page, neuron)).norm !== painted);
  }));

test('a fast stroke of the brush leaves no gap, and counts as one edit of all it passed', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    const { x, y } = await cellPlace(page, { block: 1, index: 40 });
    await page.mouse.click(x, y);
    const item = page.locator('.item').first();
    const weights = item.locator('canvas.weights');
    await item.getByRole('spinbutton', { name: 'Brush size' }).fill('1');
    await weights.scrollIntoViewIfNeeded();
    const box = await weights.boundingBox();
    assert.ok(box);
    const side = box.height / 4; // of a weight: the kernels are 4 high
    await page.mouse.move(box.x + side / 2, box.y + side / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + side * 3.5, box.y + side * 3.5); // in one move from corner to corner
    await page.mouse.up();
    await page
      .getByText(/^4 parameters of encode1 moved/)
      .first()
      .waitFor({ state: 'attached' });
    assert.equal((await askEngine(page, 'history')).entries.length, 1);
  }));

test('P and Delete act on what was clicked, and on a group', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    const neuron = await codeNeuron(page);
    await (await clickNeuron(page, neuron)).waitFor();
    await page.keyboard.press('p');
    await until('it is pinned', async () => (await inspect(page, neuron)).pinned === 'all');
    await page.keyboard.press('Delete');
    await until('it is held', async () => (await inspect(page, neuron)).held === 0);
    await page.keyboard.press('Delete');
    await until('it is let go', async () => (await inspect(page, neuron)).held === null);
    const [from, to] = [
      await cellPlace(page, await codeNeuron(page, 0)),
      await cellPlace(page, await codeNeuron(page, 9)),
    ];
    await page.keyboard.down('Shift');
    await page.mouse.move(from.x - 2, from.y - 2);
    await page.mouse.down();
    await page.mouse.move(to.x + 2, to.y + 2, { steps: 4 });
    await page.mouse.up();
    await page.keyboard.up('Shift');
    await page.locator('.item-title', { hasText: 'neurons' }).waitFor();
    await page.keyboard.press('Delete');
    await until('all are held', async () => (await inspect(page, await codeNeuron(page, 0))).held === 0);
  }));

test('the network and the inspector are worked from the keyboard, and have names', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    await settled(page);
    await page.focus('#network');
    for (const key of ['PageDown', 'PageDown', 'ArrowRight', 'ArrowDown']) {
      const before = await page.locator('#network-cursor').innerText();
      await page.keyboard.press(key);
      await until(
        `${key} tells another neuron`,
        async () => (await page.locator('#network-cursor').innerText()) !== before,
      );
    }
    await page.keyboard.press('Enter');
    const item = page.locator('#inspector-list > li').first();
    await item.waitFor();
    const [block, index] = String(await item.getAttribute('data-item'))
      .split('.')
      .map(Number);
    await page.keyboard.press('p');
    await until('P pins', async () => (await inspect(page, { block, index })).pinned === 'all');
    await page.keyboard.press('Delete');
    await until('Delete holds its map at zero', async () => {
      const { held, heldChannel } = await inspect(page, { block, index });
      return (held ?? heldChannel) === 0;
    });

    // A rectangle from corner to corner.
    const spoken = page.locator('#network-cursor');
    await page.keyboard.press('x');
    await until('the corner is told', async () => /^A corner at/.test(await spoken.innerText()));
    for (const key of ['ArrowRight', 'ArrowDown']) {
      const before = await spoken.innerText();
      await page.keyboard.press(key);
      await until(`${key} moves on`, async () => (await spoken.innerText()) !== before);
    }
    await page.keyboard.press('x');
    await until('four are chosen', async () => /^4 neurons/.test(await item.innerText()));
    await item.getByRole('button', { name: 'Remove 4 neurons from the list' }).click();

    const tree = await page.locator('#inspector-card').ariaSnapshot();
    for (const name of [
      'slider "Bias"',
      'spinbutton "Bias, as a number"',
      'button "Pinned"',
      'button "Held at"',
      'slider "Scale all incoming weights"',
      'spinbutton "Brush amount"',
      'list "Chosen neurons and connections"',
    ]) {
      assert.ok(tree.includes(name), `${name} is missing in\n${tree}`);
    }
    assert.doesNotMatch(tree, /(button|slider|spinbutton|textbox|combobox)(:| \[|$)/m, 'everything has a name');

    // Tab goes through all of the page and comes around: nothing keeps the focus.
    await page.focus('#network');
    const seen = new Set();
    for (let press = 0; press < 250; press++) {
      await page.keyboard.press('Tab');
      const id = await page.evaluate(() =>
        document.activeElement === document.body
          ? 'body'
          : document.activeElement?.id || document.activeElement?.getAttribute('aria-label'),
      );
      if (id === 'network') break;
      seen.add(id);
    }
    for (const id of ['Bias', 'undo', 'view-cut', 'rate']) assert.ok(seen.has(id), `${id} is reached by Tab`);
  }));

const focused = (/** @type {Page} */ page) =>
  page.evaluate(() => {
    const { activeElement: element } = document;
    return element === document.body
      ? 'nothing'
      : element?.id || element?.getAttribute('aria-label') || element?.textContent || '';
  });

test('keys that come faster than the answers are all obeyed, in their order', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    await settled(page);
    await page.focus('#network');
    for (const key of [
      'PageDown',
      'PageDown',
      'ArrowRight',
      'ArrowRight',
      'ArrowRight',
      'ArrowDown',
      'ArrowDown',
      'Enter',
    ])
      await page.keyboard.press(key);
    const item = page.locator('#inspector-list > li').first();
    await item.waitFor();
    await until('its place is told', async () => /x 3, y 2, map 0/.test(await item.innerText()));
  }));

test('the focus is never lost: not by opening, removing or clearing what is inspected, nor by buttons that go', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    await clickNeuron(page, await codeNeuron(page));
    await page.locator('#inspector-list > li').first().waitFor();
    await page.keyboard.press('i');
    assert.match(await focused(page), /^embedding 5/);
    await page.locator('.link-name').first().focus();
    await page.keyboard.press('Enter');
    await until('the other neuron is open', async () => (await page.locator('#inspector-list > li').count()) === 2);
    await until('the keys go on with it', async () => /^encode2/.test(await focused(page)));
    await page.keyboard.press('Tab');
    assert.match(await focused(page), /^Remove encode2/);
    await page.keyboard.press('Enter');
    await until('the one below is next', async () => /^embedding 5/.test(await focused(page)));
    await page.keyboard.press('Escape');
    assert.equal(await focused(page), 'network');
    await page.focus('#step');
    await page.keyboard.press('Shift+S'); // an epoch, while which a step cannot be asked for
    await until('training', async () => (await steps(page)) > 0);
    await until('the keys go on beside it', async () => ['start', 'step'].includes(await focused(page)));
  }));

test('a number that was entered is taken back by Ctrl+Z where it was entered', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    const { box, bias, enter } = await chosenBias(page);
    const before = await bias();
    await enter(0.5);
    await box.press('Control+z');
    await until('the old bias', async () => (await bias()) === before);
  }));

test('two groups of as many neurons with the same ends are two items', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    const { block } = await codeNeuron(page);
    await page.evaluate(async (block) => {
      const { choose } = await import(/** @type {string} */ ('/www/network/selection.js'));
      for (const indices of [
        [0, 1, 9],
        [0, 8, 9],
        [0, 1, 9],
      ])
        choose({ kind: 'group', count: 3, neurons: [{ block, indices }] });
    }, block);
    await until('two items', async () => (await page.locator('#inspector-list > li').count()) === 2);
  }));

test('in another network nothing is inspected that nobody chose there', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page } = site;
    await clickNeuron(page, await codeNeuron(page));
    await page.locator('#inspector-list > li').waitFor();
    await page.click('#reset');
    await until('the run begins anew', async () => /same seed|starts again/.test(await page.innerText('#notice-text')));
    assert.equal(await page.locator('#inspector-list > li').count(), 1, 'the same network has the same neurons');
    await page.selectOption('#preset', 'autoencoder-dense');
    await until('it is gone', async () => (await page.locator('#inspector-list > li').count()) === 0);
  }));

test('the edits are saved as a journal, and the same network makes them again', () =>
  withSite({}, async (site) => {
    await open(site);
    const { page, folder } = site;
    const { bias, enter } = await chosenBias(page);
    for (const value of [0.25, 0.375]) await enter(value);
    await page.locator('#history-fold > summary').click();
    assert.ok((await page.locator('#history-list > li').count()) >= 1);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#journal-save')]);
    const path = join(folder, 'edits.journal');
    await download.saveAs(path);
    assert.match(readFileSync(path, 'utf8'), /"do":"set-bias"/);
    await page.click('#reset');
    await until('the bias is the first again', async () => (await bias()) !== 0.375);
    await page.setInputFiles('#journal-input', path);
    await until("the bias is the journal's", async () => (await bias()) === 0.375);
  }));
