// Isolation and offline use on a host that sends no headers.
//
// `./build.sh dist` fills in the three constants, so every deployment is a new version of this file. A version keeps its
// own cache, takes a file in only if it is the one that was deployed with it, and answers from it first. A newer version
// waits beside it until a page is opened again, so a page is never put together from two versions.

const version = 'VERSION';
/** @type {Record<string, { sha256: string, bytes: number }>} path -> what was deployed; the hash in hexadecimal */
const files = {};
const policy = 'POLICY'; // the Content-Security-Policy of index.html: a worker does not inherit it

const scope = /** @type {any} */ (globalThis);
const home = new URL('./', scope.location.href).href;
const ours = `neurarium ${home} `; // caches belong to the whole host, where the site may be more than once
const cacheName = ours + version;

/** The build this browser runs: the only one of the engine's three that is fetched before it is asked for. */
const build = new URL(scope.location.href).searchParams.get('build');
const atOnce = (/** @type {string} */ path) =>
  !path.startsWith('www/pkg/') || [build, 'decoder'].some((name) => path.startsWith(`www/pkg/${name}/`));
const isBuild = (/** @type {string} */ path) => path.endsWith('.wasm');
/** What the page waits for. */
const isEngine = (/** @type {string} */ path) => isBuild(path) && path.startsWith(`www/pkg/${build}/`);

scope.addEventListener('install', (/** @type {any} */ event) => {
  const paths = Object.keys(files).filter(atOnce);
  paths.sort((a, b) => Number(isEngine(b)) - Number(isEngine(a))); // what takes longest goes first
  event.waitUntil(Promise.all(paths.map(take)));
});

scope.addEventListener('activate', (/** @type {any} */ event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith(ours) && name !== cacheName) await caches.delete(name);
      }
      await scope.clients.claim();
    })(),
  );
});

scope.addEventListener('fetch', (/** @type {any} */ event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || !url.href.startsWith(home)) return;
  const path = decodeURIComponent(url.pathname.slice(new URL(home).pathname.length)) || 'index.html';
  event.respondWith(answer(path, event.request));
});

scope.addEventListener('message', (/** @type {any} */ event) => {
  if (event.data === 'take over') scope.skipWaiting();
});

/** In place of the page for a moment; the icon is there because a browser would ask for /favicon.ico without. */
const changingOver = `<!doctype html><link rel="icon" href="data:,"><script>
  const workers = navigator.serviceWorker;
  workers.addEventListener('controllerchange', () => location.reload());
  workers.getRegistration().then(({ waiting }) => (waiting ? waiting.postMessage('take over') : location.reload()));
</script>`;

async function answer(/** @type {string} */ path, /** @type {Request} */ request) {
  if (request.mode === 'navigate' && scope.registration.waiting && (await scope.clients.matchAll()).length < 2) {
    // No other page is open: the newer version takes over first.
    return new Response(changingOver, { headers: { 'Content-Type': 'text/html' } });
  }
  const cache = await caches.open(cacheName);
  const kept = await cache.match(home + path);
  if (kept) return isolated(kept);
  if (!(path in files)) return isolated(await fetch(request));
  return isolated(await take(path).catch(() => fetch(request)));
}

/** Fetches one file of this version into the cache. */
async function take(/** @type {string} */ path) {
  const { type, bytes } = isBuild(path) ? await takeBuild(path) : await whole(await fetchNew(path));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const found = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  if (found !== files[path].sha256) throw new Error(`${path} is not of this version`);
  const response = new Response(bytes, { headers: { 'Content-Type': type, 'Neurarium-Kept': 'yes' } }); // loading.js reads it
  const cache = await caches.open(cacheName);
  await cache.put(home + path, response.clone());
  return response;
}

async function fetchNew(/** @type {string} */ path) {
  const response = await fetch(home + path, { cache: 'no-cache' });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

/** A build, of the engine or the decoders; where the host does not compress what it sends, from FILE.gz, which is beside it. */
async function takeBuild(/** @type {string} */ path) {
  const plain = await fetchNew(path);
  if (plain.headers.has('Content-Encoding')) return whole(plain, path);
  await plain.body?.cancel();
  const packed = await fetchNew(`${path}.gz`).catch(() => null);
  if (!packed) return whole(await fetchNew(path), path);
  // Some hosts say how this one is encoded, and then the browser has unpacked it already.
  if (packed.headers.has('Content-Encoding')) return whole(packed, path);
  const unpacked = packed.body?.pipeThrough(new DecompressionStream('gzip'));
  return whole(new Response(unpacked, { headers: packed.headers }), path);
}

/** Reads an answer to its end; of an engine the page that waits for it hears how much is there. */
async function whole(/** @type {Response} */ response, /** @type {string | null} */ path = null) {
  const type = path ? 'application/wasm' : (response.headers.get('Content-Type') ?? '');
  if (!path || !isEngine(path)) return { type, bytes: await response.arrayBuffer() };
  const bytes = new Uint8Array(files[path].bytes);
  const travels = Number(response.headers.get('Content-Length')) || bytes.length;
  const pages = await scope.clients.matchAll({ includeUncontrolled: true });
  let read = 0;
  // Safari's streams cannot be iterated over.
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes.set(part.value, read); // throws where it is too long
    read += part.value.length;
    for (const page of pages) page.postMessage({ arrival: { share: read / bytes.length, bytes: travels } });
  }
  return { type, bytes };
}

/** The same answer with the headers that isolate the page. */
function isolated(/** @type {Response} */ response) {
  if (response.type === 'opaque' || response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  headers.set('Content-Security-Policy', policy);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
