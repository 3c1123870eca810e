// What the page knows, and its one drawing loop.
//
// The engine's part of it arrives as states (engine/types.d.ts); nothing of it is asked for. The rest are choices of the
// person. Parts of the screen register a draw function; code that changes something calls invalidate(), and every part
// draws once in the next frame. Parts that need more from the engine register a view (views.js).

/** @import { Ability, DataSummary, Engine, History, KeptRuns, Key, ModelSummary, RunSummary, Snapshots, Stamps, State, Status } from '../engine/types.js' */

/**
 * @typedef {object} Store
 * @property {Engine | null} engine there once it has started
 * @property {Key[]} keys the engine's table of settings
 * @property {Stamps} stamps
 * @property {Status | null} status
 * @property {boolean} running
 * @property {Record<string, string>} config the value of each setting
 * @property {string[]} chosen settings that a user chose
 * @property {Record<string, string>} suited defaults that suit the network, where they differ from the table's
 * @property {DataSummary | null} data
 * @property {ModelSummary | null} model
 * @property {History} history
 * @property {Snapshots} snapshots
 * @property {RunSummary[]} runs
 * @property {KeptRuns} kept runs that were set aside, in private files
 * @property {number} example index of the example that is wanted; -1: the person's own input
 * @property {boolean} ownComes an own image is on its way into the engine
 * @property {boolean} loading
 * @property {number} touches counts what the person did by hand, which shows at once
 */

/** @type {Store} */
export const store = {
  engine: null,
  keys: [],
  stamps: { data: 0, network: 0, theta: 0, written: 0, history: 0, runs: 0 },
  status: null,
  running: false,
  config: {},
  chosen: [],
  suited: {},
  data: null,
  model: null,
  history: { undo: null, redo: null, entries: [] },
  snapshots: { steps: [], epochs: [], shown: null },
  runs: [],
  kept: { runs: [], bytes: 0, budget: 0, failure: null },
  example: 0,
  ownComes: false,
  loading: false,
  touches: 0,
};

/** How much of the training is in a file. `since`: when the first step came that is in none; 0: there is none. */
export const unsaved = { step: 0, since: 0 };

/**
 * Takes what changed. Which example is shown the page knows first: the engine's word counts where other data or another
 * network came.
 * @param {State} state
 */
export function takeState({ example, ...changed }) {
  const { data, network } = store.stamps;
  Object.assign(store, changed);
  const isOther = data !== store.stamps.data || network !== store.stamps.network;
  if (isOther && !store.ownComes) store.example = example;
  shown = example;
  invalidate();
}

/** The example that the engine shows. */
let shown = 0;

/** Follows the engine where that chose another example by itself. */
export function followExample() {
  store.example = shown;
}

/** @type {(() => void)[]} */
const parts = [];
/** Runs after the parts have drawn. @type {(() => void)[]} */
const afterwards = [];
let asked = false;

/** Registers a part of the screen. @param {() => void} draw */
export function addPart(draw) {
  parts.push(draw);
}

/** Registers something to do once every part has drawn. @param {() => void} act */
export function afterDrawing(act) {
  afterwards.push(act);
}

/** Something changed: every part draws in the next frame. */
export function invalidate() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    for (const draw of [...parts, ...afterwards]) {
      try {
        draw();
      } catch (error) {
        reportError(error); // one part's mistake costs no other part its frame
      }
    }
  });
}

/** The person changed what is shown: no part waits with its next question. */
export function touch() {
  store.touches += 1;
  invalidate();
}

/** The engine's description of a setting. @param {string} name @returns {Key | undefined} */
export function keyOf(name) {
  return store.keys.find((key) => key.name === name);
}

/** Whether the network can do something. @param {Ability} ability */
export function can(ability) {
  return store.model?.abilities.includes(ability) ?? false;
}

/** The code of what is shown, where pictures can be painted from it. */
export function embedding() {
  return can('embed') ? (store.model?.embedding ?? null) : null;
}

/** Whether two lists of what something was made of are the same. @param {readonly unknown[]} one @param {readonly unknown[]} other */
export function same(one, other) {
  return one.length === other.length && one.every((value, at) => value === other[at]);
}

/** The engine, for parts that ask only once it is there. @returns {Engine} */
export function engine() {
  if (!store.engine) throw new Error('the engine has not started');
  return store.engine;
}
