// What the engine is at, in plain words, where one call of it takes long; how far it is, and how it is ended, as far as
// the engine's gauge can be read.

/** @import { Busy } from './types.js' */

/** A call that takes no longer needs no words. */
const LONG_MILLISECONDS = 400;
/** So often the gauge is read. */
const LOOK_MILLISECONDS = 50;

/** Settings whose change builds another network. */
const BUILDING = ['model', 'architecture', 'embedding', 'dropout', 'seed'];

/** Calls that leave everything as it was when they are ended; 'own' is what the worker does by itself. */
const CANCELLABLE = [
  'save',
  'open',
  'set',
  'reset',
  'transfer',
  'edit',
  'replay',
  'findRange',
  'travel',
  'useSample',
  'continuePrevious',
  'own',
];

/** @type {Record<string, string | ((...args: any[]) => string)>} */
const WORDS = {
  save: 'Saving the model',
  open: 'Opening the model',
  set: (name) => (BUILDING.includes(name) ? 'Building the network' : `Changing ${name}`),
  reset: 'Building the network',
  transfer: 'Putting a new head on',
  draft: 'Reading the layers',
  checkDraft: 'Checking the layers',
  step: 'Taking one step',
  edit: 'Changing the network or the data',
  replay: 'Replaying the journal',
  doctorRemedy: 'Changing the data',
  findRange: 'Copying the network',
  travel: 'Looking back',
  branch: 'Going on from here',
  historyFile: 'Writing the history',
  useSample: 'Drawing the sample set',
  continuePrevious: 'Bringing the earlier session back',
};

/** What the status bar says of a call; nothing of one that is short, or has its own progress. */
export function wordsOf(/** @type {string} */ method, /** @type {any[]} */ args) {
  const words = Object.hasOwn(WORDS, method) ? WORDS[method] : null;
  return typeof words === 'function' ? words(...args) : words;
}

/**
 * Watches over work by its id. `tell` hears what is under way once it has taken long, how far it is whenever that
 * changes, and null when it is over.
 * @param {(busy: Busy | null) => void} tell
 * @param {() => import('./progress.js').Gauge | null} gaugeOf
 */
export function watchWork(tell, gaugeOf) {
  /** In the order in which it began. @type {Map<number | string, { method: string, words: string, since: number }>} */
  const work = new Map();
  /** @type {Busy | null} */
  let told = null;
  let timer = 0;
  const look = () => {
    clearTimeout(timer);
    const long = [...work.values()].find(({ since }) => performance.now() - since >= LONG_MILLISECONDS);
    const busy = long ? lookAt(long) : null;
    if (busy?.words !== told?.words || busy?.share !== told?.share) tell(busy);
    told = busy;
    if (busy && gaugeOf()) timer = window.setTimeout(look, LOOK_MILLISECONDS);
  };
  /** @param {{ method: string, words: string }} long @returns {Busy} */
  const lookAt = ({ method, words }) => {
    const gauge = gaugeOf();
    const share = gauge?.share() ?? null;
    // Once all is counted the call is about to put its work in place, which nothing ends.
    const canEnd = share !== null && share < 1 && CANCELLABLE.includes(method);
    return { words, share, cancel: gauge && canEnd ? gauge.stop : null };
  };
  return {
    begin(/** @type {number | string} */ id, /** @type {string} */ method, /** @type {string} */ words) {
      work.set(id, { method, words, since: performance.now() });
      setTimeout(look, LONG_MILLISECONDS + 1);
    },
    end(/** @type {number | string} */ id) {
      if (work.delete(id)) look();
    },
    has: (/** @type {number | string} */ id) => work.has(id),
    endAll() {
      work.clear();
      look();
    },
  };
}
