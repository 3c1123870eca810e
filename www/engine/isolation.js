// Shared memory, and so threads, exist only on a page that its host isolates from other sites with two headers. Where
// the host sends none, our own service worker (service-worker.js) adds them, from the second load on: so one reload,
// guarded so that it can never become a loop. The same worker keeps the site for use without a network.

import { likelyBuild } from './features.js';

const reloaded = 'neurarium-reloaded';

/**
 * Resolves when the page is as isolated as it will get; where a reload makes it isolated, never.
 * @param {(arrival: import('./loading.js').Arrival) => void} onArrival hears how far the engine is, which the service
 *   worker fetches before the reload
 */
export async function isolate(onArrival) {
  if (globalThis.crossOriginIsolated || !address()) return;
  try {
    if (sessionStorage.getItem(reloaded)) return; // tried once: this browser will not
    navigator.serviceWorker.addEventListener('message', ({ data }) => data.arrival && onArrival(data.arrival));
    navigator.serviceWorker.startMessages();
    await active(await register());
    sessionStorage.setItem(reloaded, 'yes');
  } catch {
    return; // storage or workers are switched off
  }
  location.reload();
  await new Promise(() => {});
}

/** Keeps the site for use without a network, once nothing that the page waits for is on its way any more. */
export function keepOffline() {
  if (!globalThis.crossOriginIsolated || !address()) return;
  register().catch(() => {}); // the site works without
  try {
    sessionStorage.removeItem(reloaded);
  } catch {
    // Storage is switched off, so nothing is there.
  }
}

/** Only the deployed site names a service worker; `./build.sh serve` sends the headers itself and must not be cached. */
function address() {
  const meta = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="service-worker"]'));
  return 'serviceWorker' in navigator ? meta?.content : undefined; // private windows of some browsers have none
}

/** Names the build that will be used, which the service worker itself cannot know: it fetches no other. */
const register = () => navigator.serviceWorker.register(`${address()}?build=${likelyBuild()}`);

/** Resolves when the service worker answers requests, rejects when it could not be installed. */
function active(/** @type {ServiceWorkerRegistration} */ registration) {
  return new Promise((resolve, reject) => {
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    const look = () => {
      if (worker?.state === 'activated') resolve(undefined);
      if (!worker || worker.state === 'redundant') reject(new Error('the service worker could not be installed'));
    };
    worker?.addEventListener('statechange', look);
    look();
  });
}
