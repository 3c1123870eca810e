// `./build.sh bench [peers [ENGINE...]]`: the workloads natively and in Chromium, every build, on one thread and on all; limits of the
// machine; products; the page itself; with `peers` other engines on the same work in the same run. Prints tables, and
// appends everything to tests/speed/record/.
//
// Answers are checked before anything is printed: the losses of the first steps must be those of peers/workloads.json.
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withSite } from '../browser/harness.mjs';
import { startUp, drawing, mnist } from './page.mjs';
import { ratios, table } from './table.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: 'limits,products,steps,observed,columns,directions,settled,page' }, // parts, with commas
    builds: { type: 'string', default: 'native,threads-relaxed,threads,single' },
    seconds: { type: 'string', default: '1.2' }, // for each figure
  },
});
const parts = options.only.split(',');
const budget = 1000 * Number(options.seconds);
const most = Math.min(2, availableParallelism()); // as many as the peers get
const fixed = [
  ['mlp', 32],
  ['cnn', 32],
  ['dae', 32],
  ['cae', 32],
  ['mlp', 128],
  ['cnn', 128],
];
const presets = [
  ['classifier-mlp', 32],
  ['classifier-cnn', 32],
  ['autoencoder', 8],
  ['autoencoder-dense', 32],
  ['autoencoder-local', 16],
];
const sparse = [['sparse', 192]];
const manifolds = ['manifold', 'manifold-3', 'manifold-10', 'manifold-15', 'manifold-dense'].map((name) => [name, 50]);
const sizes = [
  [32, 784, 256],
  [128, 784, 256],
  [256, 256, 256],
  [512, 512, 512],
  [1024, 1024, 1024],
];

const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);

/** @type {{ build: string, threads: number, what: string, figures: any }[]} */
const results = [];

/** What is measured for one build and number of threads: function and arguments. @returns {any[][]} */
function calls() {
  /** @type {any[][]} */
  const list = [];
  if (parts.includes('limits')) list.push(['limits']);
  if (parts.includes('products')) {
    for (const form of ['nn', 'nt', 'tn']) for (const size of sizes) list.push(['product', form, ...size, budget / 3]);
  }
  if (parts.includes('steps'))
    for (const work of [...fixed, ...presets, ...manifolds, ...sparse]) list.push(['step', ...work, budget]);
  if (parts.includes('observed')) for (const work of presets) list.push(['observed', ...work, budget]);
  if (parts.includes('columns')) list.push(['columns', budget]);
  if (parts.includes('directions'))
    for (const work of [fixed[1], fixed[3]]) list.push(['directions', ...work, budget / 2]);
  return list;
}

function measureNatively(/** @type {number} */ threads) {
  say(`native, ${threads} threads`);
  for (const call of [...calls(), ...(parts.includes('settled') && threads === most ? [['settled', 12]] : [])]) {
    const words = call.map((word) => String(typeof word === 'number' ? Math.round(word) : word));
    const output = execFileSync('target/release/neurarium-speed', [String(threads), ...words], { encoding: 'utf8' });
    results.push({ build: 'native', threads, what: String(call[0]), figures: JSON.parse(output) });
  }
}

async function measureInBrowser(/** @type {string} */ build, /** @type {number} */ threads) {
  say(`Chromium, ${build}, ${threads} threads`);
  const settled = parts.includes('settled') && build === 'threads-relaxed' && threads === most ? [['settled', 12]] : [];
  const named = [...calls(), ...settled].map(([name, ...rest]) => [
    `measure${name[0].toUpperCase()}${name.slice(1)}`,
    ...rest,
  ]);
  await withSite({ root: 'target/speed/site', allowed: /favicon/ }, async ({ page, address }) => {
    await page.goto(address);
    /** @type {any[]} */
    const answers = await page.evaluate(
      async (order) => {
        const { serveWorkers } = await import(/** @type {string} */ ('/www/engine/workers.js'));
        return new Promise((resolve, reject) => {
          /** @type {any[]} */
          const figures = [];
          const worker = new Worker('/www/worker.js', { type: 'module' });
          serveWorkers(worker); // the threads
          worker.onmessage = ({ data }) => {
            if (data.error) reject(new Error(data.error));
            else if (data.done) resolve(figures);
            else figures.push(data.figures);
          };
          worker.onerror = (event) => reject(new Error(event.message));
          worker.postMessage(order);
        });
      },
      { build, threads, calls: named },
    );
    answers.forEach((figures, index) =>
      results.push({ build, threads, what: String([...calls(), ...settled][index][0]), figures }),
    );
  });
}

/** Other engines, or an engine that computes something else, would make every ratio worthless. */
function checkAnswers() {
  const right = JSON.parse(readFileSync(new URL('./peers/workloads.json', import.meta.url), 'utf8'));
  for (const { build, threads, what, figures } of results) {
    const expected = what === 'step' && right[figures.workload]?.losses[figures.batch];
    if (!expected) continue;
    figures.losses.forEach((/** @type {number} */ loss, /** @type {number} */ index) => {
      if (Math.abs(loss / expected[index] - 1) > 1e-3) {
        throw new Error(
          `${build}, ${threads} threads, ${figures.workload}: the loss of step ${index + 1} is ${loss}, expected ${expected[index]}`,
        );
      }
    });
  }
}

function peers(/** @type {string[]} */ engines) {
  say('the peers (installing them takes a while the first time)');
  const run = spawnSync('node', ['tests/speed/peers/run.mjs', ...engines], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 26,
  });
  if (run.status !== 0) say('some peers could not run');
  return run.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

const builds = options.builds.split(',');
for (const build of builds) {
  for (const threads of build === 'single' ? [1] : [...new Set([1, most])]) {
    if (build === 'native') measureNatively(threads);
    else await measureInBrowser(build, threads);
  }
}
checkAnswers();
/** @type {any} */
const site = {};
if (parts.includes('page')) {
  for (const build of ['threads-relaxed', 'threads', 'single']) {
    site[`${build} MiB`] = +(statSync(`www/pkg/${build}/neurarium_bg.wasm`).size / 2 ** 20).toFixed(2);
  }
  for (const [name, measure] of Object.entries({ 'start-up': startUp, drawing, 'MNIST to 99 %': mnist })) {
    say(`the page: ${name}`);
    // What was measured before is not lost with it.
    Object.assign(
      site,
      await measure().catch((/** @type {Error} */ error) => ({
        [name]: `not measured: ${error.message.split('\n')[0]}`,
      })),
    );
  }
}
const others = positionals[0] === 'peers' ? peers(positionals.slice(1)) : [];

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const chromium = execFileSync(process.env.CHROMIUM ?? 'chromium', ['--version', '--no-sandbox'], {
  encoding: 'utf8',
}).trim();
const machine = {
  date: new Date().toISOString(),
  commit,
  processor: cpus()[0].model,
  cores: availableParallelism(),
  chromium,
  node: process.version,
};
console.log(table(machine, results, site));
if (others.length > 0) console.log(ratios(results, others));
const folder = join('tests', 'speed', 'record');
mkdirSync(folder, { recursive: true });
appendFileSync(join(folder, 'record.jsonl'), `${JSON.stringify({ ...machine, results, site, peers: others })}\n`);
