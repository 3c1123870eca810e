// Writes FILE.br and FILE.gz beside every file of a folder that becomes smaller by it: what server.mjs, and many static
// hosts by themselves, send in its place. What lies there already is kept.
//
//   node tests/tools/compress.mjs FOLDER
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const compressible = /\.(css|html|js|json|svg|wasm|webmanifest)$/;
const LEAST = 512; // bytes; below, an answer's headers weigh more than what is saved

const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = constants;

/** The best that each format can do; a build of the engine takes some seconds, several at a time on as many cores. */
const formats = [
  {
    suffix: '.br',
    compress: (/** @type {Buffer} */ body) =>
      promisify(brotliCompress)(body, {
        params: { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_LGWIN]: 24, [BROTLI_PARAM_SIZE_HINT]: body.length },
      }),
  },
  { suffix: '.gz', compress: (/** @type {Buffer} */ body) => promisify(gzip)(body, { level: 9 }) },
];

export async function compressFolder(/** @type {string} */ folder) {
  const paths = readdirSync(folder, { recursive: true }).map((path) => join(folder, String(path)));
  await Promise.all(
    paths
      .filter((path) => compressible.test(path))
      .flatMap((path) => {
        const body = readFileSync(path);
        return formats.map(async ({ suffix, compress }) => {
          if (body.length < LEAST || existsSync(path + suffix)) return;
          const small = await compress(body);
          if (small.length < body.length) writeFileSync(path + suffix, small);
        });
      }),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await compressFolder(process.argv[2]);
