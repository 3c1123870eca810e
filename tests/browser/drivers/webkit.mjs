// Drives WebKitGTK, the engine of Safari, for browsers.test.mjs, over WebDriver's HTTP.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { end, pressOf, sourceOf } from './driver.mjs';

/** @import { Driver } from './driver.mjs' */

const path = process.env.WEBKIT_DRIVER || '/usr/bin/WebKitWebDriver';
const miniBrowser = () =>
  ['lib', 'lib64', 'libexec']
    .flatMap((name) => [
      join('/usr', name),
      ...(existsSync(join('/usr', name))
        ? readdirSync(join('/usr', name)).map((folder) => join('/usr', name, folder))
        : []),
    ])
    .map((folder) => join(folder, 'webkit2gtk-4.1/MiniBrowser'))
    .find(existsSync);

export const name = 'WebKit';
export const isThere = existsSync(path) && miniBrowser() !== undefined;

/** It needs a screen; neither a sandbox nor a graphics card is at hand where tests run. */
const SURROUNDINGS = {
  LANG: 'C.UTF-8',
  WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
  WEBKIT_DISABLE_COMPOSITING_MODE: '1',
  LIBGL_ALWAYS_SOFTWARE: '1',
};

/** @param {string} profile an empty folder @returns {Promise<Driver>} */
export async function start(profile) {
  const port = await freePort();
  const env = { ...process.env, ...SURROUNDINGS, HOME: profile, XDG_CACHE_HOME: profile, XDG_DATA_HOME: profile };
  const program = spawn('xvfb-run', ['-a', '-s', '-screen 0 1500x1000x24', path, '-p', String(port)], {
    detached: true,
    stdio: 'ignore',
    env,
  });
  /** @param {string} method @param {string} place @param {object} [body] */
  const ask = async (method, place, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${place}`, { method, body: body && JSON.stringify(body) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(value.message || value.error);
    return value;
  };
  await ready(() => ask('GET', '/status'));
  const options = { binary: miniBrowser(), args: ['--automation'] };
  const capabilities = { alwaysMatch: { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': options } };
  const { sessionId } = await ask('POST', '/session', { capabilities });
  const at = `/session/${sessionId}`;
  await ask('POST', `${at}/timeouts`, { script: 120_000, pageLoad: 120_000 });
  return {
    errors: [], // it hands none out
    go: (url) => ask('POST', `${at}/url`, { url }),
    reload: () => ask('POST', `${at}/refresh`, {}),
    async run(work, ...values) {
      const script = `
        const done = arguments[arguments.length - 1];
        (${sourceOf(work)})(arguments[0]).then(done, (error) => done({ failed: String(error) }));`;
      const answer = await ask('POST', `${at}/execute/async`, { script, args: [values] });
      if (answer?.failed) throw new Error(answer.failed);
      return JSON.parse(answer);
    },
    press: (x, y) => ask('POST', `${at}/actions`, { actions: pressOf(x, y) }),
    async close() {
      await ask('DELETE', at).catch(() => {});
      await end(program);
    },
  };
}

/** @param {() => Promise<any>} look */
async function ready(look) {
  for (let wait = 0; ; wait++) {
    try {
      return await look();
    } catch (error) {
      if (wait > 300) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => found(port));
    });
  });
}
