// A small static server for the site: `./build.sh serve` runs it, and the browser tests import it.
//
//   node tests/tools/server.mjs [--port 8080] [--root .]
//
// From the checkout it gives out index.html and www/ only. With `headers` false it is a static host that sends no
// headers of its own, as many do; `base` is the sub-path the site lies under.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

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

// SharedArrayBuffer, and with it threads, exists only on a page that is isolated from other origins.
export const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** The Content-Security-Policy of a page. It is written once, in index.html; workers do not inherit it, so they are sent it. */
export function contentPolicy(/** @type {string} */ page) {
  return /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(page)?.[1].replace(/\s+/g, ' ').trim() ?? '';
}

/**
 * Starts serving `root` on 127.0.0.1; port 0 takes any free one.
 * @param {{ root: string, port?: number, headers?: boolean, base?: string }} options
 * @returns {Promise<{ address: string, close: () => Promise<void> }>}
 */
export function startServer({ root, port = 0, headers = true, base = '/' }) {
  const top = resolve(root);
  const sent = async () => {
    const policy = contentPolicy(await readFile(join(top, 'index.html'), 'utf8'));
    return { ...isolation, 'Content-Security-Policy': policy };
  };
  const server = createServer(async (request, response) => {
    try {
      let path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
      if (!path.startsWith(base)) throw new Error(`outside of ${base}`);
      path = normalize(path.slice(base.length) || 'index.html');
      if (path.endsWith('/')) path += 'index.html';
      if (!isPartOfTheSite(path, top)) throw new Error(`${path} is no part of the site`);
      const body = await readFile(join(top, path));
      const type = types[extname(path)] ?? 'application/octet-stream';
      response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-cache', ...(headers ? await sent() : {}) });
      response.end(body);
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
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

/** A checkout holds more than the site; nothing else leaves this machine. */
function isPartOfTheSite(/** @type {string} */ path, /** @type {string} */ top) {
  if (path.startsWith('..') || path.split('/').some((part) => part.startsWith('.'))) return false;
  return top.endsWith('dist') || path === 'index.html' || path.startsWith('www/');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '8080' }, root: { type: 'string', default: '.' } },
  });
  const port = Number(values.port);
  if (!(Number.isInteger(port) && 0 <= port && port <= 65535)) {
    console.error(`build.sh: expected a port from 0 to 65535, got ${values.port}`);
    process.exit(2);
  }
  try {
    const { address } = await startServer({ root: values.root, port });
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
