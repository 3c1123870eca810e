// The server that the tests and `./build.sh serve` use: encodings, and files that the browser has already.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { compressFolder } from '../tools/compress.mjs';
import { startServer } from '../tools/server.mjs';
import { writeFiles } from './harness.mjs';

const script = `export const words = '${'the same words again and again, '.repeat(100)}';\n`;
const engine = Buffer.alloc(5000, 7);

/**
 * Serves a site of a page, a script and a stand-in for the engine.
 * @param {(ask: (path: string, headers?: Record<string, string>) => Promise<Answer>, folder: string) => Promise<void>} work
 * @typedef {{ status: number, headers: import('node:http').IncomingHttpHeaders, body: Buffer }} Answer
 */
async function withServer(work) {
  const folder = join(mkdtempSync(join(tmpdir(), 'neurarium-')), 'dist');
  writeFiles(folder, { 'index.html': '<!doctype html>', 'www/script.js': script, 'www/engine.wasm': engine });
  const { address, close } = await startServer({ root: folder });
  const ask = (/** @type {string} */ path, headers = {}) =>
    /** @type {Promise<Answer>} */ (
      new Promise((resolve, reject) => {
        get(address + path, { headers }, async (response) => {
          const pieces = await response.toArray();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) });
        }).on('error', reject);
      })
    );
  try {
    await work(ask, folder);
  } finally {
    await close();
    rmSync(join(folder, '..'), { recursive: true, force: true });
  }
}

test('text is sent in the best encoding that the browser takes', () =>
  withServer(async (ask) => {
    const plain = await ask('www/script.js');
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.equal(plain.body.toString(), script);
    const gzip = await ask('www/script.js', { 'Accept-Encoding': 'gzip, deflate' });
    assert.equal(gzip.headers['content-encoding'], 'gzip');
    assert.equal(gunzipSync(gzip.body).toString(), script);
    const brotli = await ask('www/script.js', { 'Accept-Encoding': 'gzip, deflate, br, zstd' });
    assert.equal(brotli.headers['content-encoding'], 'br');
    assert.equal(brotliDecompressSync(brotli.body).toString(), script);
    for (const { status, headers, body } of [plain, gzip, brotli]) {
      assert.equal(status, 200);
      assert.equal(headers['content-type'], 'text/javascript; charset=utf-8');
      assert.equal(headers.vary, 'Accept-Encoding');
      assert.equal(headers['content-length'], String(body.length));
    }
    assert.equal(new Set([plain, gzip, brotli].map(({ headers }) => headers.etag)).size, 3, 'each has its own tag');
  }));

test('the engine is sent as it lies there, compressed where that lies beside it', () =>
  withServer(async (ask, folder) => {
    const taken = { 'Accept-Encoding': 'gzip, br' };
    assert.deepEqual((await ask('www/engine.wasm', taken)).body, engine);
    await compressFolder(folder);
    const { headers, body } = await ask('www/engine.wasm', taken);
    assert.equal(headers['content-type'], 'application/wasm');
    assert.equal(headers['content-encoding'], 'br');
    assert.deepEqual(brotliDecompressSync(body), engine);
    assert.deepEqual(gunzipSync((await ask('www/engine.wasm.gz')).body), engine, 'for hosts that compress nothing');
  }));

test('what the browser has already is not sent again, until it changes', () =>
  withServer(async (ask, folder) => {
    const { headers } = await ask('www/script.js', { 'Accept-Encoding': 'br' });
    const [tag, date] = [String(headers.etag), String(headers['last-modified'])];
    /** @type {Record<string, string>[]} */
    const knowing = [{ 'If-None-Match': tag }, { 'If-None-Match': `"other", ${tag}` }, { 'If-Modified-Since': date }];
    for (const known of knowing) {
      const again = await ask('www/script.js', { 'Accept-Encoding': 'br', ...known });
      assert.equal(again.status, 304, JSON.stringify(known));
      assert.equal(again.body.length, 0);
      assert.equal(again.headers.etag, tag);
      assert.ok(again.headers['content-security-policy'] !== undefined, 'headers may have changed');
    }
    assert.equal(
      (await ask('www/script.js', { 'If-None-Match': tag })).status,
      200,
      'the tag is that of another encoding',
    );
    writeFileSync(join(folder, 'www/script.js'), script.replace('same', 'very'));
    utimesSync(join(folder, 'www/script.js'), Date.now() / 1000 + 9, Date.now() / 1000 + 9);
    const changed = await ask('www/script.js', { 'Accept-Encoding': 'br', 'If-None-Match': tag });
    assert.equal(changed.status, 200);
    assert.match(brotliDecompressSync(changed.body).toString(), /the very words/);
  }));
