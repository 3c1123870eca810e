// What the page knows, and its one drawing loop.
//
// Only answers of the engine and choices of the person are kept here. Parts of the screen register a draw function;
// whoever changes something calls invalidate(), and every part draws once in the next frame. Parts that need more from
// the engine compare the counters below with what they last asked for.

/** @import { DataSummary, Engine, Key, ModelSummary, Status } from '../engine/types.js' */

/**
 * @typedef {object} App
 * @property {Engine | null} engine there once it has started
 * @property {Key[]} keys the engine's table of settings
 * @property {Record<string, string>} config the value of each
 * @property {DataSummary | null} data
 * @property {ModelSummary | null} model
 * @property {Status | null} status
 * @property {boolean} running
 * @property {boolean} everStarted
 * @property {boolean} loading
 * @property {{ step: number, epoch: number } | null} moment the earlier network that is looked at
 * @property {number} example index of the example that is shown; -1: the person's own input
 * @property {number} dataVersion counts data sets
 * @property {number} modelVersion counts networks
 * @property {number} valuesVersion counts changes of the weights
 * @property {number} handVersion counts what was done by hand, which shows at once
 */

/** @type {App} */
export const app = {
  engine: null,
  keys: [],
  config: {},
  data: null,
  model: null,
  status: null,
  running: false,
  everStarted: false,
  loading: false,
  moment: null,
  example: 0,
  dataVersion: 0,
  modelVersion: 0,
  valuesVersion: 0,
  handVersion: 0,
};

/** @type {(() => void)[]} */
const parts = [];
let asked = false;

/** Registers a part of the screen. @param {() => void} draw */
export function addPart(draw) {
  parts.push(draw);
}

/** Something changed: every part draws in the next frame. */
export function invalidate() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    for (const draw of parts) {
      try {
        draw();
      } catch (error) {
        reportError(error);
      } // one part's mistake costs no other part its frame
    }
  });
}

/** The person changed what is shown: no part waits with its next answer. */
export function byHand() {
  app.valuesVersion += 1;
  app.handVersion += 1;
  invalidate();
}

/** The engine's description of a setting. @param {string} name @returns {Key | undefined} */
export function keyOf(name) {
  return app.keys.find((key) => key.name === name);
}

/** The code of what is shown. A classifier on the encoder of another network has one too, but nothing that draws from it. */
export function embedding() {
  return app.model?.task === 'autoencoder' ? app.model.embedding : null;
}

/** Whether something is worth keeping that no file holds yet. */
export const unsaved = { step: 0, since: 0 };

/**
 * Asks the engine for one thing at a time: while one request is under way further calls are dropped,
 * and the part asks again in the frame after the answer if it still wants something.
 * The returned function says whether it asked.
 * @template T
 * @param {() => Promise<T>} request
 * @param {(answer: T) => void} onAnswer
 * @param {(error: unknown) => void} onError
 */
export function oneAtATime(request, onAnswer, onError) {
  let busy = false;
  return () => {
    if (busy) return false;
    busy = true;
    const asked = versions();
    const failed = async (/** @type {unknown} */ error) => {
      if (!(await isOvertaken(asked))) onError(error);
    };
    request()
      .then(onAnswer, failed)
      .finally(() => {
        busy = false;
        invalidate();
      });
    return true;
  };
}

/**
 * Asks where something has changed since the last question: at once where that is what the person does or looks at, and
 * where only the weights changed no sooner than after some time.
 * @param {() => boolean} ask says whether it asked
 * @param {number} milliseconds
 * @returns {(place: string) => void} to be told in every frame what is looked at
 */
export function whereChanged(ask, milliseconds) {
  let asked = { place: '', values: -1, at: -Infinity };
  return (place) => {
    const values = app.valuesVersion;
    if (place === asked.place) {
      if (values === asked.values) return;
      const early = asked.at + milliseconds - performance.now();
      if (early > 0) {
        setTimeout(invalidate, early);
        return;
      }
    }
    if (ask()) asked = { place, values, at: performance.now() };
  };
}

/** Which network and data the page knows. */
export function versions() {
  return `${app.modelVersion} ${app.dataVersion}`;
}

/**
 * Whether the engine has another network or other data by now than when something was asked: then a mistake about the
 * old ones is none that a person need read, and what is on the screen asks again.
 * @param {string} asked versions() of then
 */
export async function isOvertaken(asked) {
  if (versions() !== asked || !app.engine) return true;
  const { model, data } = app;
  const now = await Promise.all([app.engine.modelSummary(), app.engine.dataSummary()]).catch(() => null);
  if (!now || versions() !== asked) return versions() !== asked;
  return (
    now[0].preset !== model?.preset ||
    now[0].parameters !== model.parameters ||
    now[1].name !== data?.name ||
    now[1].images !== data.images
  );
}

/** The engine, for parts that ask only once it is there. @returns {Engine} */
export function engine() {
  if (!app.engine) throw new Error('the engine has not started');
  return app.engine;
}
