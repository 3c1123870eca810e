// Installs the engines below target/speed/peers, each once: `install(name)` throws an Error with one clear sentence.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const source = import.meta.dirname;
export const root = join(source, '../../..');
export const target = join(root, 'target/speed/peers');
export const site = join(target, 'dist'); // what the browser is given
export const python = join(target, 'venv/bin/python');

const say = (/** @type {string} */ text) => console.error(text);

/** Runs a command; where it fails, its first two complaints go to the error. */
function run(what, command, words, { cwd = root, env = process.env } = {}) {
  try {
    return execFileSync(command, words, {
      cwd,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 28,
    });
  } catch (error) {
    const { code, stderr } = /** @type {any} */ (error);
    if (code === 'ENOENT') throw new Error(`${what}: ${command} is missing`);
    const lines = String(stderr || error)
      .split('\n')
      .filter((line) => line.trim());
    const complaints = lines.filter((line) => /^(npm )?error/i.test(line)).slice(0, 2);
    throw new Error(`${what}: ${(complaints.length > 0 ? complaints : lines.slice(-1)).join('; ')}`);
  }
}

/** Does `work` unless it was done for the same `files`. */
async function once(name, files, work) {
  const stamp = join(target, `${name}.stamp`);
  const wanted = files.map((file) => readFileSync(join(source, file), 'utf8')).join('');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  await work();
  writeFileSync(stamp, wanted);
}

async function bundle(name) {
  await once('npm', ['package.json', 'package-lock.json'], () => {
    say('installing the npm packages of the peers');
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(source, file), join(target, file));
    const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    run('npm could not install the packages of tests/speed/peers', 'npm', words, { cwd: target });
  });
  run(
    `${name} could not be bundled`,
    join(target, 'node_modules/.bin/esbuild'),
    [
      join(source, name, `${name}.js`),
      ...[
        '--bundle',
        '--format=esm',
        '--platform=browser',
        '--log-level=error',
        `--outfile=${join(site, `${name}.js`)}`,
      ],
    ],
    { env: { ...process.env, NODE_PATH: join(target, 'node_modules') } },
  );
}

const version = (/** @type {string} */ name) =>
  JSON.parse(readFileSync(join(target, 'node_modules', name, 'package.json'), 'utf8')).version;

/** The wasm-bindgen command that ./build.sh uses. */
function bindgen(wanted) {
  for (const command of ['wasm-bindgen', join(root, 'target/tools/bin/wasm-bindgen')]) {
    try {
      if (run('', command, ['--version']).trim() === `wasm-bindgen ${wanted}`) return command;
    } catch {}
  }
  throw new Error(`burn needs wasm-bindgen ${wanted}, which ./build.sh serve builds`);
}

const locked = (/** @type {string} */ name) =>
  new RegExp(`name = "${name}"\nversion = "(.*)"`).exec(readFileSync(join(source, 'burn/Cargo.lock'), 'utf8'))?.[1] ??
  '';

// As in build.sh, which says why so many. Relaxed SIMD is left out: burn's products do not gain from it.
const sharedMemory =
  '-Ctarget-feature=+atomics,+bulk-memory,+simd128 -Clink-arg=--shared-memory -Clink-arg=--max-memory=4294967296 ' +
  '-Clink-arg=--import-memory -Clink-arg=--export=__wasm_init_tls -Clink-arg=--export=__tls_size ' +
  '-Clink-arg=--export=__tls_align -Clink-arg=--export=__tls_base';

function buildBurn(name, tool, flags, options) {
  const env = { ...process.env, RUSTFLAGS: flags };
  for (const other of ['CARGO_ENCODED_RUSTFLAGS', 'CARGO_TARGET_DIR', 'CARGO_BUILD_TARGET']) delete env[other];
  const folder = join(target, name);
  const words = [
    'build',
    '--release',
    '--locked',
    '--quiet',
    '--target',
    'wasm32-unknown-unknown',
    '--target-dir',
    folder,
  ];
  run('burn could not be built', 'cargo', [...words, ...options], { cwd: join(source, 'burn'), env });
  const built = join(folder, 'wasm32-unknown-unknown/release/burn_steps.wasm');
  const out = ['--target', 'web', '--no-typescript', '--out-dir', join(site, name), '--out-name', 'burn_steps'];
  run('burn could not be bound to JavaScript', tool, [...out, built]);
}

/** What each engine needs, and its version. */
const installers = {
  async pytorch() {
    const index = 'https://download.pytorch.org/whl/cpu';
    if (!existsSync(python)) run('PyTorch needs Python with venv', 'python3', ['-m', 'venv', join(target, 'venv')]);
    await once('pytorch', ['pytorch/requirements.txt', 'pytorch/constraints.txt'], async () => {
      const reached = await fetch(index, { signal: AbortSignal.timeout(5000) }).then(
        ({ ok }) => ok,
        () => false,
      );
      say(
        `installing PyTorch ${reached ? '(the CPU build)' : 'from PyPI (3 GB, for its CPU build cannot be reached)'}`,
      );
      const words = ['-m', 'pip', 'install', '--quiet', '-r', join(source, 'pytorch/requirements.txt')];
      run('pip could not install PyTorch', python, [...words, ...(reached ? ['--extra-index-url', index] : [])]);
    });
    return run('PyTorch does not start', python, [
      '-W',
      'ignore',
      '-c',
      'import torch; print(torch.__version__)',
    ]).trim();
  },

  async tfjs() {
    await bundle('tfjs');
    mkdirSync(join(site, 'tfjs'), { recursive: true });
    const files = join(target, 'node_modules/@tensorflow/tfjs-backend-wasm/dist');
    for (const file of readdirSync(files))
      if (file.endsWith('.wasm')) cpSync(join(files, file), join(site, 'tfjs', file));
    return version('@tensorflow/tfjs-core');
  },

  async jaxjs() {
    await bundle('jaxjs');
    return version('@jax-js/jax');
  },

  burn() {
    const tool = bindgen(locked('wasm-bindgen'));
    say('building burn for the browser, twice (the first time several minutes)');
    buildBurn('burn', tool, '-Ctarget-feature=+simd128', []);
    buildBurn('burn-threads', tool, sharedMemory, ['--features', 'threads', '-Z', 'build-std=panic_abort,std']);
    cpSync(join(source, 'burn/burn.js'), join(site, 'burn.js'));
    return locked('burn');
  },
};

export const engines = Object.keys(installers);

/** Installs an engine and gives its version. */
export async function install(/** @type {string} */ name) {
  mkdirSync(site, { recursive: true });
  for (const file of ['data.js', 'measure.js', 'worker.js', 'rules.json', 'workloads.json'])
    cpSync(join(source, file), join(site, file));
  writeFileSync(join(site, 'index.html'), '<!doctype html><link rel="icon" href="data:,"><title>Peers</title>\n');
  return await installers[name]();
}
