// Drives Firefox for browsers.test.mjs, over WebDriver BiDi, which it speaks by itself on a socket.
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { end, pressOf, sourceOf } from './driver.mjs';

/** @import { Driver } from './driver.mjs' */

const path = process.env.FIREFOX || '/usr/bin/firefox-esr';

export const name = 'Firefox';
export const isThere = existsSync(path);

/** Nothing but the pages under test is fetched. */
const PREFERENCES = {
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

/** @param {string} profile an empty folder @returns {Promise<Driver>} */
export async function start(profile) {
  const lines = Object.entries(PREFERENCES).map(([key, value]) => `user_pref("${key}", ${JSON.stringify(value)});\n`);
  writeFileSync(join(profile, 'user.js'), lines.join(''));
  const options = ['--headless', '--width', '1400', '--height', '1000', '--remote-debugging-port', '0'];
  const firefox = spawn(path, [...options, '--profile', profile, 'about:blank'], { detached: true });
  const address = await new Promise((found, fail) => {
    let said = '';
    firefox.stderr.on('data', (piece) => {
      said += piece;
      const socket = /WebDriver BiDi listening on (ws:\S+)/.exec(said)?.[1];
      if (socket) found(socket);
    });
    firefox.once('exit', () => fail(new Error(`Firefox did not start: ${said}`)));
  });
  const send = await connect(`${address}/session`);
  /** @type {string[]} */
  const errors = [];
  await send('session.new', {
    capabilities: { alwaysMatch: { unhandledPromptBehavior: { beforeUnload: 'accept', default: 'accept' } } },
  });
  await send('session.subscribe', { events: ['log.entryAdded'] });
  send.hear(({ method, params }) => {
    if (method === 'log.entryAdded' && params.level === 'error') errors.push(params.text);
  });
  const { contexts } = await send('browsingContext.getTree', {});
  const { context } = contexts[0];
  return {
    errors,
    go: async (url) => void (await send('browsingContext.navigate', { context, url, wait: 'complete' })),
    reload: async () => void (await send('browsingContext.reload', { context, wait: 'complete' })),
    async run(work, ...values) {
      const { result, exceptionDetails } = await send('script.evaluate', {
        expression: `(${sourceOf(work)})(${JSON.stringify(values)})`,
        awaitPromise: true,
        target: { context },
      });
      if (exceptionDetails) throw new Error(exceptionDetails.text);
      return JSON.parse(result.value);
    },
    press: async (x, y) => void (await send('input.performActions', { context, actions: pressOf(x, y) })),
    close: () => end(firefox),
  };
}

/** @param {string} address */
async function connect(address) {
  const socket = new WebSocket(address);
  await new Promise((opened, fail) => socket.once('open', opened).once('error', fail));
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  const pending = new Map();
  let lastId = 0;
  let hear = (/** @type {any} */ event) => event;
  socket.on('message', (text) => {
    const { id, result, message, ...event } = JSON.parse(String(text));
    const asked = pending.get(id);
    pending.delete(id);
    if (!asked) hear(event);
    else if (event.type === 'error') asked.reject(new Error(message));
    else asked.resolve(result);
  });
  const send = (/** @type {string} */ method, /** @type {object} */ params) =>
    /** @type {Promise<any>} */ (
      new Promise((resolve, reject) => {
        pending.set(++lastId, { resolve, reject });
        socket.send(JSON.stringify({ id: lastId, method, params }));
      })
    );
  return Object.assign(send, {
    hear(/** @type {(event: any) => void} */ listener) {
      hear = listener;
    },
  });
}
