// What the engine is at, in plain words, where one call of it takes long and tells no progress of its own.

/** A call that takes no longer needs no words. */
const LONG_MILLISECONDS = 400;

/** Settings whose change builds another network. */
const BUILDING = ['model', 'architecture', 'embedding', 'dropout', 'seed'];

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
 * Watches over work by its id. `tell` hears what is under way once it has taken long, and null when that is over.
 * @param {(words: string | null) => void} tell
 */
export function watchWork(tell) {
  /** In the order in which it began. @type {Map<number | string, { words: string, since: number }>} */
  const work = new Map();
  /** @type {string | null} */
  let told = null;
  const look = () => {
    const long = [...work.values()].find(({ since }) => performance.now() - since >= LONG_MILLISECONDS);
    const words = long?.words ?? null;
    if (words !== told) tell(words);
    told = words;
  };
  return {
    begin(/** @type {number | string} */ id, /** @type {string} */ words) {
      work.set(id, { words, since: performance.now() });
      setTimeout(look, LONG_MILLISECONDS + 1);
    },
    end(/** @type {number | string} */ id) {
      if (work.delete(id)) look();
    },
    endAll() {
      work.clear();
      look();
    },
  };
}
