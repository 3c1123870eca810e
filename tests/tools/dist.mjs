// Writes the deployable site: index.html and www/ as they are, and the service worker filled in and at the top, because
// a service worker answers only for the folder it lies in. The page names its modules beforehand, and every file lies
// there compressed as well.
//
//   node tests/tools/dist.mjs [FOLDER]
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compressFolder } from './compress.mjs';
import { modulesOf } from './modules.mjs';
import { contentPolicy, isolation } from './server.mjs';

const packed = /\.(br|gz)$/;
const left = /\.d\.ts$|\.map$|^\.|^service-worker\.js$/; // types, maps, build stamps; the worker is written below
const parts = ['LICENSE', 'NOTICES.txt', '_headers', 'index.html', 'service-worker.js', 'www'];

/**
 * @param {string} source the checkout
 * @param {string} target a new or empty folder, or an earlier distribution, which is replaced
 */
export async function distribute(source, target) {
  if (!isReplaceable(source, target)) {
    throw new Error(
      `${target}: expected an empty folder or an earlier distribution, got other files; none was removed`,
    );
  }
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  cpSync(join(source, 'LICENSE'), join(target, 'LICENSE'));
  cpSync(join(source, 'www'), join(target, 'www'), { recursive: true, filter: (path) => !left.test(basename(path)) });

  const page = readFileSync(join(source, 'index.html'), 'utf8');
  const policy = contentPolicy(page);
  if (!policy) throw new Error('index.html: expected a Content-Security-Policy in a meta element');
  const head = page.replace(/^(?= *<script)/m, () => headOf(page, source));
  if (head === page) throw new Error('index.html: expected a script');
  writeFileSync(join(target, 'index.html'), head);

  const paths = readdirSync(target, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !packed.test(entry.name))
    .map((entry) => relative(target, join(entry.parentPath, entry.name)))
    .sort();
  const sha256 = (/** @type {import('node:crypto').BinaryLike} */ bytes) =>
    createHash('sha256').update(bytes).digest('hex');
  const about = (/** @type {Buffer} */ bytes) => ({ sha256: sha256(bytes), bytes: bytes.length });
  const files = Object.fromEntries(paths.map((path) => [path, about(readFileSync(join(target, path)))]));

  let worker = readFileSync(join(source, 'www/service-worker.js'), 'utf8');
  for (const [from, to] of [
    ["'VERSION'", JSON.stringify(sha256(JSON.stringify(files) + worker + policy).slice(0, 16))],
    ["'POLICY'", JSON.stringify(policy)],
    ['const files = {};', `const files = ${JSON.stringify(files, null, 2)};`],
  ]) {
    if (!worker.includes(from)) throw new Error(`www/service-worker.js: expected ${from}`);
    worker = worker.replace(from, () => to);
  }
  writeFileSync(join(target, 'service-worker.js'), worker);
  cpSync(join(source, 'NOTICES.txt'), join(target, 'NOTICES.txt')); // not kept for offline use: no part of the page

  await compressFolder(target);

  // Hosts that read this file send the headers themselves; then not even the first load needs the service worker. They show
  // it to nobody, so that the page reads the other, to give its site away with a model in it.
  const headers = Object.entries(isolation).map(([name, value]) => `  ${name}: ${value}\n`);
  for (const name of ['_headers', 'www/headers.txt']) writeFileSync(join(target, name), `/*\n${headers.join('')}`);
  const all = [...paths, '_headers', 'NOTICES.txt', 'service-worker.js', 'www/files.txt', 'www/headers.txt'];
  writeFileSync(join(target, 'www/files.txt'), `${all.join('\n')}\n`);

  const bytes = paths.reduce((sum, path) => sum + statSync(join(target, path)).size, 0);
  return { files: paths.length, bytes };
}

/** Whether nothing in a folder is lost that an earlier call did not write. */
function isReplaceable(/** @type {string} */ source, /** @type {string} */ target) {
  if (!existsSync(target)) return true;
  const names = statSync(target).isDirectory() ? readdirSync(target) : [target];
  const licence = () => readFileSync(join(target, 'LICENSE')).equals(readFileSync(join(source, 'LICENSE')));
  const isOurs = (/** @type {string} */ name) => parts.includes(name.replace(packed, ''));
  return names.length === 0 || (names.every(isOurs) && names.includes('LICENSE') && licence());
}

/**
 * What the deployed page says before its first script: where its service worker is, and which modules to fetch. These
 * have time; the engine, which the first script asks for, goes before them.
 */
function headOf(/** @type {string} */ page, /** @type {string} */ source) {
  const scripts = [...page.matchAll(/<script type="module" src="([^"]*)"/g)].map(([, path]) => path);
  const atOnce = modulesOf(source, [scripts[0]]);
  const modules = modulesOf(source, [...new Set([...atOnce, ...scripts])]).filter((path) => !scripts.includes(path));
  const links = modules.map((path) => {
    return `<link rel="modulepreload" href="${path}" fetchpriority="${atOnce.includes(path) ? 'high' : 'low'}">`;
  });
  const lines = ['<meta name="service-worker" content="service-worker.js">', ...links];
  return lines.map((line) => `  ${line}\n`).join('');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const target = process.argv[2] ?? 'dist';
  try {
    const { files, bytes } = await distribute('.', target);
    const size = (bytes / 2 ** 20).toFixed(1);
    console.error(`${target}: ${files} files, ${size} MiB, ready to be copied to any static host`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
