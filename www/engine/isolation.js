// Shared memory, and so threads, exist only on a page that its host isolates from other sites with two headers. Where
// the host sends none, our own service worker (service-worker.js) adds them, from the second load on: so one reload,
// guarded so that it can never become a loop. The same worker keeps the site for use without a network.

import { likelyBuild } from './features.js';

const reloaded = 'neurarium-reloaded';

/**
 * Resolves when the page is as isolated as it will get; where a reload makes it isolated, never.
 * Only the deployed site names a service worker; `./build.sh serve` sends the headers itself and must not be cached.
 */
export async function isolate() {
  const address = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="service-worker"]'))
    ?.content;
  if (!address || !('serviceWorker' in navigator)) return; // private windows of some browsers have none
  try {
    // Named here because the service worker itself cannot know it: it fetches only the build that will be used.
    const registered = navigator.serviceWorker.register(`${address}?build=${likelyBuild()}`);
    if (globalThis.crossOriginIsolated) {
      sessionStorage.removeItem(reloaded);
      registered.catch(() => {}); // the site works without; it is only not there offline
      return;
    }
    if (sessionStorage.getItem(reloaded)) return; // tried once: this browser will not
    await active(await registered);
    sessionStorage.setItem(reloaded, 'yes');
  } catch {
    return; // storage or workers are switched off
  }
  location.reload();
  await new Promise(() => {});
}

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
