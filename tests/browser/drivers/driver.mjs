// What browsers.test.mjs asks of a browser, as little as it can be; each browser's file here says how it is done there.

/**
 * @typedef {object} Driver
 * @property {string[]} errors what the page wrote to the console as an error, where the browser hands that out
 * @property {(address: string) => Promise<void>} go
 * @property {() => Promise<void>} reload
 * @property {<T, A extends any[]>(work: (...values: A) => T | Promise<T>, ...values: A) => Promise<T>} run runs a
 *   function in the page; values and result travel as JSON
 * @property {(x: number, y: number) => Promise<void>} press presses the mouse at a place of the window
 * @property {() => Promise<void>} close
 */

/** A function that takes a list of values and gives JSON, as text. @param {Function} work */
export const sourceOf = (work) => `async (values) => JSON.stringify((await (${work})(...values)) ?? null)`;

/** A press of the mouse as both WebDriver protocols have it. @param {number} x @param {number} y */
export const pressOf = (x, y) => [
  {
    type: 'pointer',
    id: 'mouse',
    parameters: { pointerType: 'mouse' },
    actions: [
      { type: 'pointerMove', duration: 0, x: Math.round(x), y: Math.round(y), origin: 'viewport' },
      { type: 'pointerDown', button: 0 },
      { type: 'pointerUp', button: 0 },
    ],
  },
];

/** Ends a program and all that it has started. @param {import('node:child_process').ChildProcess} child started as `detached` */
export function end(child) {
  return new Promise((ended) => {
    if (child.exitCode !== null || child.signalCode !== null) return ended(undefined);
    child.once('exit', ended);
    process.kill(-(/** @type {number} */ (child.pid)), 'SIGTERM');
    setTimeout(() => {
      try {
        process.kill(-(/** @type {number} */ (child.pid)), 'SIGKILL');
      } catch {
        // It has gone by itself.
      }
      ended(undefined);
    }, 3000).unref();
  });
}
