// A small static server for the site: `./build.sh serve` runs it, and the browser tests import it.
//
//   node tests/tools/server.mjs [--port 8080] [--root .] [--megabits 10 --latency 40]
//
// From the checkout it gives out index.html and www/ only. With `headers` false it is a static host that sends no
// headers of its own, as many do; `base` is the sub-path the site lies under.
//
// A browser that has a file already gets 304 by its ETag. Where FILE.br or FILE.gz lies beside a file (compress.mjs) and
// the browser takes it, that is sent; text without one is compressed as it is sent.
import { createServer } from 'node:http';
import { readFile, stat } from 'node:fs/promises';
import { extname, join, normalize, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** @type {Record<string, string>} */
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

/** What is worth compressing while it is sent; the large builds of the engine lie there compressed. */
const text = /^text\/|json|svg/;

/** @type {{ name: string, suffix: string, compress: (body: Uint8Array) => Promise<Buffer> }[]} best first */
const encodings = [
  {
    name: 'br',
    suffix: '.br',
    compress: (body) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  },
  { name: 'gzip', suffix: '.gz', compress: (body) => promisify(gzip)(body) },
];

// SharedArrayBuffer, and with it threads, exists only on a page that is isolated from other origins.
export const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

const PIECE = 1 << 14; // bytes that are sent at a time

/** The Content-Security-Policy of a page. It is written once, in index.html; workers do not inherit it, so they are sent it. */
export function contentPolicy(/** @type {string} */ page) {
  return /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(page)?.[1].replace(/\s+/g, ' ').trim() ?? '';
}

/**
 * Starts serving `root` on 127.0.0.1; port 0 takes any free one.
 * @param {{ root: string, port?: number, headers?: boolean, compressed?: boolean, base?: string, line?: Line }} options
 *   `compressed` false: every file is sent as it is; `line`: no faster than so
 * @returns {Promise<{ address: string, close: () => Promise<void>, traffic: Traffic }>}
 * @typedef {{ megabits: number, latency: number }} Line megabits a second for all together, and milliseconds before the
 *   first byte of each answer
 * @typedef {{ path: string, status: number, bytes: number }[]} Traffic the answers so far; bytes of the body that were sent
 */
export function startServer({ root, port = 0, headers = true, compressed = true, base = '/', line }) {
  const top = resolve(root);
  /** @type {Traffic} */
  const traffic = [];
  const files = createFiles(compressed);
  const pass = line && throttle(line);
  const policyOf = createPolicy(join(top, 'index.html'));
  const sent = async () => ({ ...isolation, 'Content-Security-Policy': await policyOf() });
  const server = createServer(async (request, response) => {
    try {
      let path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
      if (!path.startsWith(base)) throw new Error(`outside of ${base}`);
      path = normalize(path.slice(base.length) || 'index.html');
      if (path.endsWith('/')) path += 'index.html';
      if (!isPartOfTheSite(path, top)) throw new Error(`${path} is no part of the site`);
      const { status, body, ...about } = await files(join(top, path), request.headers);
      const answer = { path, status, bytes: 0 };
      traffic.push(answer);
      if (line) await wait(line.latency);
      response.writeHead(status, { ...about.headers, ...(headers ? await sent() : {}) });
      const pieces = async function* () {
        for (let from = 0; from < body.length; from += PIECE) {
          const piece = body.subarray(from, from + PIECE);
          await pass?.(piece.length);
          answer.bytes += piece.length;
          yield piece;
        }
      };
      await pipeline(pieces, response).catch(() => {}); // the browser wants no more of it
    } catch {
      response.writeHead(404, { 'Content-Type': 'text/plain' });
      response.end('not found\n');
    }
  });
  return new Promise((ready, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => {
      const { port: taken } = /** @type {import('node:net').AddressInfo} */ (server.address());
      ready({
        address: `http://127.0.0.1:${taken}${base}`,
        traffic,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

/** The policy of a page, read again where the page has changed. */
function createPolicy(/** @type {string} */ page) {
  let read = NaN;
  let policy = '';
  return async () => {
    const { mtimeMs } = await stat(page);
    if (mtimeMs !== read) [read, policy] = [mtimeMs, contentPolicy(await readFile(page, 'utf8'))];
    return policy;
  };
}

/** What was compressed while it was sent, by path and ETag; the servers of all tests share it. @type {Map<string, Buffer>} */
const made = new Map();

/**
 * Answers with a file of the disk: in the best encoding the browser takes, or 304 where it has the file already.
 * @returns {(path: string, request: import('node:http').IncomingHttpHeaders) =>
 *   Promise<{ status: number, headers: Record<string, string>, body: Buffer }>}
 */
function createFiles(/** @type {boolean} */ compressed) {
  return async (path, request) => {
    const type = types[extname(path)] ?? 'application/octet-stream';
    const { mtime, mtimeMs, size } = await stat(path);
    const stamp = `${size.toString(36)}-${Math.round(mtimeMs * 1000).toString(36)}`;
    const taken = new Set((request['accept-encoding'] ?? '').split(',').map((name) => name.trim()));
    /** @type {() => Promise<Buffer>} */
    let read = () => readFile(path);
    let tag = `"${stamp}"`;
    let encoding = '';
    for (const { name, suffix, compress } of compressed ? encodings : []) {
      const lies = await stat(path + suffix).then(
        (found) => found.isFile(),
        () => false,
      );
      if (encoding || !taken.has(name) || !(lies || text.test(type))) continue;
      encoding = name;
      tag = `"${stamp}-${name}"`;
      read = async () => {
        const body =
          made.get(path + tag) ?? (lies ? await readFile(path + suffix) : await compress(await readFile(path)));
        if (!lies) made.set(path + tag, body);
        return body;
      };
    }
    const headers = {
      'Content-Type': type,
      'Cache-Control': 'no-cache', // kept, but asked for again
      ...(compressed ? { Vary: 'Accept-Encoding' } : {}),
      'Last-Modified': mtime.toUTCString(),
      ETag: tag,
    };
    const known = request['if-none-match']
      ? request['if-none-match'].split(',').some((other) => other.trim() === tag)
      : Math.floor(mtimeMs / 1000) * 1000 <= Date.parse(request['if-modified-since'] ?? '');
    if (known) return { status: 304, headers, body: Buffer.alloc(0) };
    const body = await read();
    const length = { 'Content-Length': String(body.length), ...(encoding ? { 'Content-Encoding': encoding } : {}) };
    return { status: 200, headers: { ...headers, ...length }, body };
  };
}

const wait = (/** @type {number} */ milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A line that all answers share: the function resolves when so many bytes have passed it. */
function throttle(/** @type {Line} */ { megabits }) {
  let free = 0;
  return (/** @type {number} */ bytes) => {
    const now = performance.now();
    free = Math.max(free, now) + (bytes * 8) / (megabits * 1000);
    return wait(free - now);
  };
}

/** A checkout holds more than the site; nothing else leaves this machine. */
function isPartOfTheSite(/** @type {string} */ path, /** @type {string} */ top) {
  if (path.startsWith('..') || path.split('/').some((part) => part.startsWith('.'))) return false;
  return top.endsWith('dist') || path === 'index.html' || path.startsWith('www/');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8080' },
      root: { type: 'string', default: '.' },
      megabits: { type: 'string' }, // a slow line, to see what is shown meanwhile
      latency: { type: 'string', default: '0' },
    },
  });
  const port = Number(values.port);
  if (!(Number.isInteger(port) && 0 <= port && port <= 65535)) {
    console.error(`build.sh: expected a port from 0 to 65535, got ${values.port}`);
    process.exit(2);
  }
  try {
    const line = values.megabits ? { megabits: Number(values.megabits), latency: Number(values.latency) } : undefined;
    const { address } = await startServer({ root: values.root, port, line });
    console.log(`ready ${address}`);
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    const taken = code === 'EADDRINUSE';
    console.error(taken ? `build.sh: port ${port} is taken; try ./build.sh serve ${port + 1}` : `build.sh: ${message}`);
    process.exit(1);
  }
  process.on('SIGINT', () => process.exit(0));
  process.on('SIGTERM', () => process.exit(0));
}
