// The same numbers everywhere: fifty steps of every preset on the sample set follow the losses that tests/suite/training.rs
// recorded natively, in every build; and the number of threads changes no bit of them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openEmpty, withSite } from './harness.mjs';

const presets = [
  'autoencoder',
  'autoencoder-dense',
  'autoencoder-local',
  'unet',
  'classifier-mlp',
  'classifier-cnn',
  'manifold',
  'letters',
];

/** The losses of the first steps. */
const trace = async (/** @type {{ preset: string, build: string, threads: number, steps: number }} */ wish) => {
  const { startEngine } = await import(/** @type {any} */ ('/www/engine/engine.js'));
  const samples = /** @type {Record<string, string>} */ ({ unet: 'blurred', letters: 'letters\nlimit=520' });
  const sample = samples[wish.preset] ?? 'shapes';
  const config = `model=${wish.preset}\nsample=${sample}\nlearning-rate=0.0005`;
  const engine = await startEngine(() => {}, { ...wish, config });
  for (let step = 0; step < wish.steps; step++) await engine.step();
  const { loss } = await engine.series(0);
  engine.terminate();
  return [...loss];
};

for (const build of ['threads-relaxed', 'threads', 'single']) {
  test(`fifty steps in the build ${build} lose what they lose natively`, () =>
    withSite({}, async (site) => {
      await openEmpty(site);
      for (const preset of presets) {
        const recorded = readFileSync(`tests/traces/${preset}.txt`, 'utf8').trim().split('\n').map(Number);
        const threads = build === 'single' ? 1 : 2;
        const losses = await site.page.evaluate(trace, { preset, build, threads, steps: recorded.length });
        assert.equal(losses.length, recorded.length);
        losses.forEach((/** @type {number} */ loss, /** @type {number} */ step) => {
          const off = Math.abs(loss / recorded[step] - 1);
          assert.ok(off < 1e-3, `${preset}, step ${step + 1}: ${loss} where ${recorded[step]} was recorded`);
        });
      }
    }));
}

test('one thread and two give the same losses bit for bit', () =>
  withSite({}, async (site) => {
    await openEmpty(site);
    const run = (/** @type {number} */ threads) =>
      site.page.evaluate(trace, { preset: 'autoencoder', build: 'threads-relaxed', threads, steps: 20 });
    assert.deepEqual(await run(1), await run(2));
  }));
