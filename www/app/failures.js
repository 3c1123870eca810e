// Failures: whatever goes wrong anywhere on the page becomes one sentence. This is the first script and a classic one: a
// module that does not load, or throws, cannot report itself. It needs no other file.
//
// A failure is an event `failure` of the document. main.js shows it and prevents the default; as long as main.js does not
// run, it is written here. The event `started` says that the engine runs, or that main.js has reported why not.
{
  /** Nothing arrives and nothing happens for so long: it is time to say so. */
  const SILENT_MILLISECONDS = 20_000;
  const RELOAD = 'Reload the page; if that does not help, try a current version of Firefox, Chrome, Edge or Safari.';

  let hasStarted = false;
  /** The sentence that is written; the first one counts, as it names the cause. */
  let written = '';

  /** @param {string} message @param {string} [advice] */
  const report = (message, advice = hasStarted ? 'Save the model if it matters, and reload the page.' : RELOAD) => {
    const detail = { message, advice };
    if (document.dispatchEvent(new CustomEvent('failure', { detail, cancelable: true }))) write(message, advice);
  };

  /** @param {string} message @param {string} advice */
  const write = (message, advice) => {
    if (document.readyState === 'loading')
      return document.addEventListener('DOMContentLoaded', () => write(message, advice), { once: true });
    if (written) return;
    written = message;
    put('error-text', `${message}.`);
    put('error-advice', advice);
    for (const id of ['threads', 'state']) put(id, 'not running');
    put('network-placeholder', 'The page did not start');
    document.getElementById('error')?.removeAttribute('hidden');
  };

  /** @param {string} id @param {string} text */
  const put = (id, text) => {
    const element = document.getElementById(id);
    if (element) element.textContent = text;
  };

  /** Files that the host does not have or did not send, as the browser has noted them by now. */
  const missing = () =>
    performance
      .getEntriesByType('resource')
      .filter((entry) => /** @type {PerformanceResourceTiming} */ (entry).responseStatus >= 400)
      .map(({ name }) => name.replace(new URL('.', document.baseURI).href, ''));

  addEventListener(
    'error',
    (event) => {
      const { target } = event;
      if (target instanceof HTMLScriptElement || target instanceof HTMLLinkElement) {
        const named = target instanceof HTMLScriptElement ? target.getAttribute('src') : target.getAttribute('href');
        report(`Part of the page could not be loaded: ${missing()[0] ?? named}`);
      } else if (event.message) report(`Something went wrong: ${event.message}`);
    },
    true, // that a script did not load is an event of its element and does not bubble
  );
  addEventListener('unhandledrejection', ({ reason }) =>
    report(`Something went wrong: ${reason instanceof Error ? reason.message : reason}`),
  );

  /** Changes as long as something happens: files arrive, or the engine does. */
  const signsOfLife = () => {
    const bar = /** @type {HTMLProgressElement | null} */ (document.getElementById('engine-progress'));
    return `${performance.getEntriesByType('resource').length} ${bar?.value}`;
  };
  let seen = '';
  let seenAt = Date.now();
  const watch = setInterval(() => {
    const now = signsOfLife();
    if (now !== seen) [seen, seenAt] = [now, Date.now()];
    if (Date.now() - seenAt < SILENT_MILLISECONDS || written) return;
    clearInterval(watch);
    report('The page is still not ready, and nothing more arrives', 'Check the connection, or reload the page.');
  }, 1000);
  document.addEventListener('started', () => {
    hasStarted = true;
    clearInterval(watch);
  });
}
