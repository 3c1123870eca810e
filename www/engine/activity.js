// What the engine is doing, in plain words, where one call of it takes long; how far it is, and how it is ended, as far
// as its progress can be read.

/** @import { Activity, Effect } from './types.js' */
/** @import { Progress } from './progress.js' */

/** A call that takes no longer needs no words. */
const LONG_MILLISECONDS = 400;
/** A call that takes so long and cannot be cancelled: the way out is to load the page again. */
const STUCK_MILLISECONDS = 10_000;
/** The time between two readings of the progress. */
const LOOK_MILLISECONDS = 50;

/** Calls that leave everything as it was when they are cancelled; 'own' is what the worker does by itself. */
const CANCELLABLE = [
  'save',
  'saveRun',
  'open',
  'projectFile',
  'openProject',
  'restoreRun',
  'set',
  'reset',
  'transfer',
  'editAndLook',
  'replay',
  'jobRun',
  'step',
  'stop',
  'travel',
  'useSample',
  'restoreSession',
  'own',
];

/** Changing a setting of these kinds builds a network. @type {Effect[]} */
const BUILDING = ['surgery', 'rebuild'];

/** @type {Record<string, string>} */
const WORDS = {
  save: 'Saving the model',
  saveRun: 'Saving the model',
  open: 'Opening the model',
  difference: 'Comparing the file with the network',
  finishedFile: 'Writing the file',
  projectFile: 'Writing the project',
  openProject: 'Opening the project',
  restoreRun: 'Restoring the network',
  reset: 'Building the network',
  transfer: 'Replacing the last layer',
  draft: 'Reading the layers',
  checkDraft: 'Checking the layers',
  step: 'Taking one step',
  stop: 'Finishing the step',
  editAndLook: 'Changing the network or the data',
  replay: 'Replaying the journal',
  fix: 'Changing the data',
  travel: 'Looking back',
  branch: 'Going on from here',
  historyFile: 'Writing the history',
  useSample: 'Drawing the sample set',
  restoreSession: 'Restoring the earlier session',
};

/**
 * What the status bar says of a call; nothing of one that is short, or has its own progress.
 * @param {string} method
 * @param {any[]} args
 * @param {(key: string) => Effect | undefined} effectOf what changing a setting does
 * @returns {string | null}
 */
export function wordsOf(method, args, effectOf) {
  if (method === 'jobRun') return args[0] === 'range' ? 'Copying the network' : null;
  if (method === 'set')
    return BUILDING.includes(effectOf(args[0]) ?? 'live') ? 'Building the network' : `Changing ${args[0]}`;
  return Object.hasOwn(WORDS, method) ? WORDS[method] : null;
}

/**
 * Watches over calls by their id. `report` hears what is under way once it has taken long, how far it is whenever that
 * changes, and null when it is over.
 * @param {(activity: Activity | null) => void} report
 * @param {() => Progress | null} progressOf
 */
export function watchActivity(report, progressOf) {
  /** In the order in which it began. @type {Map<number | string, { method: string, words: string, since: number }>} */
  const calls = new Map();
  /** @type {Activity | null} */
  let reported = null;
  let timer = 0;
  const look = () => {
    clearTimeout(timer);
    const long = [...calls.values()].find(({ since }) => performance.now() - since >= LONG_MILLISECONDS);
    const activity = long ? lookAt(long) : null;
    const isNew = /** @type {const} */ (['words', 'share', 'isStuck']).some(
      (fact) => activity?.[fact] !== reported?.[fact],
    );
    if (isNew) report(activity);
    reported = activity;
    if (activity) timer = window.setTimeout(look, progressOf() ? LOOK_MILLISECONDS : LONG_MILLISECONDS);
  };
  /** @param {{ method: string, words: string, since: number }} long @returns {Activity} */
  const lookAt = ({ method, words, since }) => {
    const progress = progressOf();
    const share = progress?.share() ?? null;
    // Once all is counted the call is about to put its work in place, which nothing ends.
    const canEnd = share !== null && share < 1 && CANCELLABLE.includes(method);
    const cancel = progress && canEnd ? progress.cancel : null;
    return { words, share, cancel, isStuck: !cancel && performance.now() - since >= STUCK_MILLISECONDS };
  };
  return {
    begin(/** @type {number | string} */ id, /** @type {string} */ method, /** @type {string} */ words) {
      calls.set(id, { method, words, since: performance.now() });
      setTimeout(look, LONG_MILLISECONDS + 1);
    },
    end(/** @type {number | string} */ id) {
      if (calls.delete(id)) look();
    },
    has: (/** @type {number | string} */ id) => calls.has(id),
    endAll() {
      calls.clear();
      look();
    },
  };
}
