// The engine's builds, its worker and its threads, without the page around them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { wasmMemory } from '../tools/wasm-memory.mjs';
import { openEmpty, withSite } from './harness.mjs';

/** Trains for a moment and tells what came of it. */
const trainShortly = async (/** @type {{ build?: string, threads?: number }} */ options) => {
  const { startEngine } = await import(/** @type {any} */ ('/www/engine/engine.js'));
  /** @type {any[]} */
  const events = [];
  const engine = await startEngine((/** @type {any} */ event) => events.push(event), options);
  await engine.start();
  while ((await engine.status()).step < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  await engine.stop();
  const { step } = await engine.status();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const later = (await engine.status()).step;
  const running = events.filter(({ event }) => event === 'state').map(({ state }) => state.running);
  engine.terminate();
  return { build: engine.build, threads: engine.threads, why: engine.why, step, later, running };
};

for (const [build, shared] of /** @type {const} */ ([
  ['threads-relaxed', true],
  ['threads', true],
  ['single', false],
])) {
  test(`the build ${build} imports memory that is ${shared ? '' : 'not '}shared`, () => {
    const memory = wasmMemory(readFileSync(`www/pkg/${build}/neurarium_bg.wasm`));
    assert.equal(memory.shared, shared);
    assert.equal(memory.maximum, 65536);
  });

  test(`the build ${build} trains`, () =>
    withSite({}, async (site) => {
      await openEmpty(site);
      const found = await site.page.evaluate(trainShortly, { build, threads: 2 });
      assert.equal(found.build, build);
      assert.equal(found.threads, shared ? 2 : 1);
      assert.equal(found.later, found.step, 'nothing is trained after stop');
      assert.ok(found.running.includes(true));
      assert.equal(found.running.at(-1), false);
    }));
}

test('the best build is chosen, and all cores are used', () =>
  withSite({}, async (site) => {
    await openEmpty(site);
    const found = await site.page.evaluate(trainShortly, {});
    assert.equal(found.build, 'threads-relaxed');
    assert.equal(found.threads, await site.page.evaluate(() => navigator.hardwareConcurrency));
  }));

test('without SharedArrayBuffer the single-threaded build works and says why', () =>
  withSite({ headers: false }, async (site) => {
    await openEmpty(site, { isolated: false });
    assert.equal(await site.page.evaluate(() => typeof SharedArrayBuffer), 'undefined');
    const found = await site.page.evaluate(trainShortly, {});
    assert.equal(found.build, 'single');
    assert.match(found.why, /not isolated/);
  }));

test('a request with a mistake is answered by its sentence, and the engine goes on', () =>
  withSite({}, async (site) => {
    await openEmpty(site);
    const found = await site.page.evaluate(async () => {
      const { startEngine } = await import(/** @type {any} */ ('/www/engine/engine.js'));
      const engine = await startEngine(() => {});
      const answer = await engine.set('no-such-key', '1').catch((/** @type {Error} */ error) => error.message);
      return { answer, step: (await engine.status()).step };
    });
    assert.match(found.answer, /no-such-key/);
    assert.equal(found.step, 0);
  }));

// A panic cannot be asked for from the real engine, so in these two a stand-in takes its place.
const standIn = `
  export default async () => ({ memory: new WebAssembly.Memory({ initial: 1 }) });
  export const initThreadPool = (count) => POOL;
  export const wbg_rayon_start_worker = () => panic();
  const panic = () => {
    console.error('panicked at src/train.rs:1:2:\\nindex out of bounds\\n\\nStack:');
    throw new WebAssembly.RuntimeError('unreachable');
  };
  export class Engine {
    status() { return { step: 0, finished: null }; }
    beginWork() {}
    progressAddress() { return 0; }
    keys() { return []; }
    changed() { return false; }
    state() { return { status: this.status(), stamps: { network: 0, written: 0 } }; }
    train() { TRAIN }
  }`;

const panicOf = async (/** @type {string} */ build) => {
  const { startEngine } = await import(/** @type {any} */ ('/www/engine/engine.js'));
  /** @type {any} */
  let engine;
  const told = new Promise((resolve) => {
    engine = startEngine((/** @type {any} */ { event, error }) => event === 'dead' && resolve(error), { build });
  });
  const ask = async (/** @type {string} */ method) =>
    (await engine)[method]().catch((/** @type {Error} */ error) => error.message);
  ask('start').catch(() => {}); // the thread may die before the engine is there
  const sentence = await told;
  const later = await ask('status').catch((/** @type {Error} */ error) => error.message);
  return { sentence, later };
};

test('a panic is told in one sentence, and later requests fail with it', () =>
  withSite({ allowed: /panicked/, own: true }, async (site) => {
    await openEmpty(site);
    const body = standIn.replace('TRAIN', 'panic();');
    await site.context.route('**/www/pkg/single/neurarium.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body }),
    );
    const { sentence, later } = await site.page.evaluate(panicOf, 'single');
    assert.match(sentence, /index out of bounds.*reload the page/);
    assert.equal(later, sentence);
  }));

test('a panic in a thread of the pool is told, though the engine waits for that thread for ever', () =>
  withSite({ allowed: /panicked/, own: true }, async (site) => {
    await openEmpty(site);
    const pool = `import('../../worker/pool.js').then(({ startWorkers }) => startWorkers(null, null, {
      numThreads: () => count, receiver: () => 0, mainJS: () => import.meta.url, build() {},
    }))`;
    const body = standIn.replace('POOL', pool).replace('TRAIN', 'for (;;);');
    await site.context.route('**/www/pkg/threads/neurarium.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body }),
    );
    const { sentence } = await site.page.evaluate(panicOf, 'threads');
    assert.match(sentence, /index out of bounds.*reload the page/);
  }));
