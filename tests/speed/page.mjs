// The page's own figures: how soon it is ready, what drawing costs training, how soon MNIST is learnt.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { withSite } from '../browser/harness.mjs';

/** Seconds from navigation to a page that can train, and to its first step; the best of three new browsers. */
export async function startUp() {
  /** @type {{ ready: number, step: number }[]} */
  const found = [];
  for (let round = 0; round < 3; round++) {
    await withSite({}, async ({ page, address }) => {
      await page.goto(address, { waitUntil: 'commit' });
      await page.locator('#start:enabled').waitFor();
      const ready = await page.evaluate(() => performance.now());
      await page.click('#step');
      await page.waitForFunction(() => /[1-9]/.test(document.querySelector('#step-count')?.textContent ?? ''));
      found.push({ ready, step: await page.evaluate(() => performance.now()) });
    });
  }
  const best = (/** @type {'ready' | 'step'} */ what) =>
    (Math.min(...found.map((times) => times[what])) / 1000).toFixed(2);
  return { 'seconds to ready': best('ready'), 'seconds to the first step, clicked at once': best('step') };
}

/**
 * Opens the site with a second engine beside the page's own, which idles; `ask(method, ...arguments)` in the page calls it.
 * @param {string} config
 * @param {(page: import('playwright-core').Page) => Promise<any>} work
 * @param {string[]} files to be found in the page's #bench-files
 */
async function withEngine(config, work, files = []) {
  /** @type {any} */
  let answer;
  await withSite({}, async ({ page, address }) => {
    await page.goto(address);
    await page.locator('#start:enabled').waitFor();
    if (files.length > 0) {
      await page.evaluate(() => {
        document.body.append(
          Object.assign(document.createElement('input'), { type: 'file', multiple: true, id: 'bench-files' }),
        );
      });
      await page.setInputFiles('#bench-files', files);
    }
    await page.evaluate(async (config) => {
      const { startEngine } = await import(/** @type {string} */ ('/www/engine/engine.js'));
      const engine = await startEngine(() => {}, { config, build: null });
      const global = /** @type {any} */ (globalThis);
      global.ask = (/** @type {string} */ method, /** @type {any[]} */ ...args) => engine[method](...args);
      global.wait = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
    }, config);
    answer = await work(page);
  });
  return answer;
}

/** Milliseconds a frame of 1400 x 900 until it lies on a canvas that is seen, and the share (the middle one of 21 pairs) of images/s lost while ten of them a second are drawn. */
export async function drawing() {
  /** @type {Record<string, string>} */
  const found = {};
  for (const [name, side] of /** @type {[string, number][]} */ ([
    ['autoencoder', 0],
    ['autoencoder of over 100,000 neurons', 128],
  ])) {
    const { neurons, frame, lost } = await withEngine('epochs=0\nmodel=autoencoder', (page) =>
      page.evaluate(async (side) => {
        const { ask, wait } = /** @type {any} */ (globalThis);
        if (side > 0) {
          // Pictures of that side; the sample set has its own.
          const files = [];
          for (let number = 0; number < 64; number++) {
            const canvas = new OffscreenCanvas(side, side);
            const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
            pen.fillStyle = `hsl(${number * 37} 70% 60%)`;
            pen.fillRect(number, number, side / 2, side / 2);
            files.push({
              path: `shapes/${number}.png`,
              file: new File([await canvas.convertToBlob()], `${number}.png`),
            });
          }
          await ask('load', 'shapes', files);
        }
        const { neurons } = await ask('modelSummary');
        const canvas = Object.assign(document.createElement('canvas'), { width: 1400, height: 900 });
        canvas.style.cssText = 'position: fixed; inset: 0; z-index: 9';
        document.body.append(canvas);
        const paper = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
        const { lay } = await import(/** @type {string} */ ('/www/network/blit.js'));
        let held = 0;
        // As www/network/network.js does it.
        const draw = async () => {
          const { frame, parts, pixels } = await ask('render', { ...view, held });
          lay(paper, { parts, pixels });
          held = frame;
        };
        const view = {
          width: 1400,
          height: 900,
          ratio: 1,
          scale: 0,
          left: 0,
          top: 0,
          mode: 'activation',
          theme: 'light',
          connections: 2000,
        };
        // Images a second over a stretch of time, drawing every tenth of a second or not.
        const speed = async (/** @type {number} */ ms, /** @type {boolean} */ draws) => {
          const [begin, { examplesSeen: before }] = [performance.now(), await ask('status')];
          for (let next = begin; performance.now() - begin < ms;) {
            next += 100;
            if (draws) await draw();
            await wait(Math.max(0, next - performance.now()));
          }
          const { examplesSeen: after } = await ask('status');
          return (after - before) / (performance.now() - begin);
        };
        await ask('start');
        await speed(2000, true); // until everything is compiled
        /** @type {{ plain: number, drawn: number }[]} */
        const pairs = [];
        for (let round = 0; round < 21; round++)
          pairs.push({ plain: await speed(1000, false), drawn: await speed(1000, true) });
        await ask('stop');
        const frames = [];
        for (let count = 0; count < 30; count++) {
          await ask('step'); // so that there is something new to draw
          const begin = performance.now();
          await draw();
          frames.push(performance.now() - begin);
        }
        const shares = pairs.map(({ plain, drawn }) => 1 - drawn / plain).sort((a, b) => a - b);
        return { neurons, frame: frames.sort((a, b) => a - b)[15], lost: shares[Math.floor(shares.length / 2)] };
      }, side),
    );
    found[`${name} (${neurons.toLocaleString('en')} neurons)`] =
      `${frame.toFixed(1)} ms a frame, ${(100 * lost).toFixed(1)} % of training lost at 10 frames a second`;
  }
  return found;
}

/** Seconds of classifier-cnn on MNIST until the accuracy on all test images is 99 %, all evaluations included. */
export async function mnist() {
  const folder = resolve('../shared/data/mnist');
  const names = [
    'train-images-idx3-ubyte.gz',
    'train-labels-idx1-ubyte.gz',
    't10k-images-idx3-ubyte.gz',
    't10k-labels-idx1-ubyte.gz',
  ];
  if (!existsSync(folder)) return { 'MNIST to 99 % on the test images': 'not measured, the data set is not there' };
  const text = await withEngine(
    'epochs=0\nschedule=constant\nmodel=classifier-cnn',
    (page) =>
      page.evaluate(async () => {
        const { ask, wait } = /** @type {any} */ (globalThis);
        const files = [.../** @type {any} */ (document.querySelector('#bench-files')).files].map((file) => ({
          path: file.name,
          file,
        }));
        await ask('load', 'mnist', files);
        await ask('set', 'model', 'classifier-cnn');
        const begin = performance.now();
        await ask('start');
        let told = 0;
        let best = 0;
        while (performance.now() - begin < 120_000) {
          await wait(100);
          const { accuracy, step } = await ask('valSeries').then((/** @type {any} */ series) => ({
            accuracy: series.accuracy,
            step: series.step,
          }));
          if (accuracy.length === told) continue;
          told = accuracy.length;
          const { accuracy: reached, examples } = (await ask('measureRun', 'test')).figures;
          best = Math.max(best, reached);
          if (reached >= 0.99) {
            return `${((performance.now() - begin) / 1000).toFixed(1)} s, ${told} epochs, ${step.at(-1)} steps, accuracy ${reached} of ${examples}`;
          }
        }
        return `not within 120 s; best ${best}`;
      }),
    names.map((name) => resolve(folder, name)),
  );
  return { 'MNIST to 99 % on the test images': text };
}
