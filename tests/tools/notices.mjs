// Collects the licences of everything that is shipped: every crate of Cargo.lock, Rust's standard library, uPlot and the
// font. The texts are those in the sources that were compiled, each once, under the names of all that it covers.
//
//   node tests/tools/notices.mjs > NOTICES.txt
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @typedef {{ name: string, version: string, source: string | null, manifest_path: string }} CargoPackage */

const output = (/** @type {string} */ program, /** @type {string[]} */ ...parameters) =>
  execFileSync(program, parameters, { encoding: 'utf8', maxBuffer: 1 << 26 });

const line = '-'.repeat(80);
const licences = /^(un)?licen[cs]e|^copying|^notice|^copyright/i;
/** A crate under one licence or another is used under MIT; what else its authors ask to be named stays. */
const mit = /mit/i;
const besides = /notice|copyright|third|unicode/i;

/** The texts of the licence files in a folder. */
function textsIn(/** @type {string} */ folder) {
  const files = readdirSync(folder).filter((name) => licences.test(name));
  const chosen = files.some((name) => mit.test(name))
    ? files.filter((name) => mit.test(name) || besides.test(name))
    : files;
  return chosen.map((name) => readFileSync(join(folder, name), 'utf8'));
}

/** A few crates come without a file: the text of MIT, which all of them offer, in the name of their authors. */
function textOfMit(/** @type {string} */ folder) {
  const manifest = readFileSync(join(folder, 'Cargo.toml'), 'utf8');
  const [, licence = ''] = manifest.match(/^license = "(.*)"/m) ?? [];
  if (!mit.test(licence)) throw new Error(`${folder}: expected a licence file or MIT, got "${licence}"`);
  const [, list = ''] = manifest.match(/^authors = \[([^\]]*)\]/m) ?? [];
  const authors = [...list.matchAll(/"([^"<]*[^"< ])/g)].map(([, author]) => author).join(', ');
  return readFileSync('LICENSE', 'utf8').replace(/^Copyright.*$/m, `Copyright (c) ${authors || 'its authors'}`);
}

/** The names that each text covers. @type {Map<string, Set<string>>} */
const covered = new Map();

function add(/** @type {string} */ name, /** @type {string[]} */ texts) {
  for (const text of texts) {
    const key = text
      .replace(/\r\n/g, '\n')
      .replace(/[ \t]+$/gm, '')
      .trim();
    covered.set(key, (covered.get(key) ?? new Set()).add(name));
  }
}

/** @type {{ packages: CargoPackage[] }} */
const metadata = JSON.parse(output('cargo', 'metadata', '--locked', '--format-version', '1'));
for (const { name, version, source, manifest_path } of metadata.packages) {
  if (!source) continue; // our own
  const folder = dirname(manifest_path);
  const texts = textsIn(folder);
  add(`${name} ${version}`, texts.length ? texts : [textOfMit(folder)]);
}

const rust = output('rustc', '--print', 'sysroot').trim();
add('Rust standard library', textsIn(join(rust, 'share/doc/clippy')));
const vendored = join(rust, 'lib/rustlib/src/rust/library/vendor');
for (const crate of readdirSync(vendored)) {
  add(crate.replace(/-(?=\d)/, ' '), textsIn(join(vendored, crate))); // those without a file are for other systems
}

const uplot = JSON.parse(readFileSync('node_modules/uplot/package.json', 'utf8'));
add(`uPlot ${uplot.version}`, textsIn('node_modules/uplot'));
add('Inter (a subset, the letters in the drawn network)', [readFileSync('src/render/paint/font/OFL.txt', 'utf8')]);

const sections = [...covered].map(([text, names]) => `${[...names].sort().join('\n')}\n\n${text}\n`).sort();
const head = 'Neurarium contains the following libraries and a font, each under the licence below its name.\n';
process.stdout.write([head, ...sections].join(`\n${line}\n`));
