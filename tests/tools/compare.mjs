// Compares ways to have few connections, at equal numbers of them: trains a manifold on MNIST in each way with several
// seeds, and prints a table in Markdown. `best` is the test accuracy at the epoch that a validation split of the training
// images chose, `final` the one at the end; both are means over the seeds, with the lowest and the highest.
//
//   node tests/tools/compare.mjs FOLDER [EPOCHS [SEEDS]]      FOLDER holds the files of MNIST
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [folder, epochs = '20', seeds = '3'] = process.argv.slice(2);
const program = 'target/release/neurarium';
const BUDGET = 0.03; // of the legal cells

/** @type {[string, string[]][]} */
const WAYS = [
  ['curves alone (strict)', ['learning-rate=0.02', `edge-budget=${BUDGET}`]],
  ['curves with a weight for each edge', ['manifold-weights=own', 'learning-rate=0.02', `edge-budget=${BUDGET}`]],
  ['growth by gradient (RigL)', ['manifold-growth=gradient', ...own(), `edge-budget=${BUDGET}`]],
  ['magnitude pruning from all', ['manifold-growth=pruning', ...own(), `edge-budget=${BUDGET}`]],
  ['drawn at random, fixed', ['manifold-growth=fixed', ...own(), `edge-budget=${BUDGET}`]],
  ['all connections (dense)', ['manifold-growth=fixed', ...own(), 'edge-budget=none']],
];

/** What suits connections that are weights. */
function own() {
  return ['learning-rate=0.004', 'batch-size=64', 'optimizer=adamw', 'weight-decay=0.01'];
}

/** The figures of a result line. @param {string[]} settings @returns {Map<string, string>} */
function figuresOf(...settings) {
  const lines = execFileSync(program, settings, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const words = lines.trim().split('\n').at(-1)?.split(' ').slice(1) ?? [];
  return new Map(words.map((word) => /** @type {[string, string]} */ (word.split('='))));
}

const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** @param {number[]} values */
function spread(values) {
  return `${mean(values).toFixed(4)} (${Math.min(...values).toFixed(4)} to ${Math.max(...values).toFixed(4)})`;
}

if (!folder) {
  console.error('usage: ./build.sh compare FOLDER [EPOCHS [SEEDS]]');
  process.exit(2);
}
console.log('| connections | share of all possible | test accuracy, best | final |');
console.log('|---|---|---|---|');
for (const [name, settings] of WAYS) {
  const runs = Array.from({ length: Number(seeds) }, (_, index) => {
    const models = mkdtempSync(join(tmpdir(), 'neurarium-compare-'));
    const common = [`input-directory=${folder}`, `seed=${index + 1}`];
    const trained = [`model-directory=${models}`, `epochs=${epochs}`, 'checkpoint-interval=1', 'monitor=accuracy'];
    const end = figuresOf('train', 'model=manifold', ...common, ...trained, ...settings);
    const best = figuresOf('eval', join(models, 'manifold-best.safetensors'), ...common);
    rmSync(models, { recursive: true });
    return [best.get('accuracy'), end.get('accuracy'), end.get('edge_share')].map(Number);
  });
  const [best, last, shares] = [0, 1, 2].map((place) => runs.map((run) => run[place]));
  console.log(`| ${name} | ${(100 * mean(shares)).toFixed(1)} % | ${spread(best)} | ${spread(last)} |`);
}
