// Loads what was dropped: decoders of their own workers decode the files (decoders.js), the engine takes what they became.
import { openCacheFile, dropEmpty } from './cache-files.js';
import { chunk, createDecoders } from './decoders.js';

const progressMs = 100;
const readBytes = 16 << 20; // so much of the dropped files is decoded before the engine takes it
const largestFile = 2 ** 31; // beyond this a file cannot fit into a decoder's memory
const sharedArchive = 256 << 20; // an archive up to this size is opened by several decoders at once

/** @typedef {{ path: string, file: File }} Dropped */
/** @typedef {{ name: string, sources: Dropped[] }} Part */

/**
 * @param {() => any} engine
 * @param {{ threads: () => number, freeMemory: () => number, turn: () => Promise<void>,
 *   post: (message: object) => void }} around
 */
export function createLoading(engine, { threads, freeMemory, turn, post }) {
  let loadId = 0; // the load in progress; any other number means that it was cancelled
  let lastKey = 0;
  const decoders = createDecoders(threads);
  const ownDecoder = createDecoders(() => 1); // the end of a loading must not end it
  const cancelled = Symbol('cancelled');

  /** Begins a loading, with a file for what does not fit into memory. */
  async function plan(/** @type {Part} */ { name, sources: files }, /** @type {boolean} */ adds) {
    const sizes = Float64Array.from(files, ({ file }) => file.size);
    const modified = Float64Array.from(files, ({ file }) => file.lastModified);
    const paths = files.map(({ path }) => path);
    const cacheFile = await openCacheFile(engine().loadPlan(paths, sizes, modified, adds));
    engine().loadBeginPlanned(name, cacheFile ?? undefined, freeMemory());
  }

  /** Takes the images; the network that they may need is built, of which the page hears while the engine is at it. */
  function finish() {
    engine().beginWork();
    post({ event: 'work', id: 'load', words: 'Building the network' });
    try {
      return engine().loadFinish();
    } finally {
      post({ event: 'work', id: 'load', words: null });
    }
  }

  /** Reads the files of a part. @param {Part} part @param {boolean} adds @param {number} id */
  async function read(part, adds, id) {
    const files = part.sources;
    let lastProgress = 0;
    const check = () => {
      if (loadId !== id) throw cancelled;
    };
    /** Lets the engine work on what it was given. */
    const catchUp = async (/** @type {number} */ unread) => {
      for (let pending = true; pending;) {
        const progress = engine().loadAdvance();
        pending = progress.pending;
        const now = performance.now();
        if (now - lastProgress >= progressMs) {
          lastProgress = now;
          post({ event: 'job', job: { ...progress, kind: 'load', total: progress.total + unread } });
        }
        await turn();
        check();
      }
    };
    const decode = async (/** @type {import('./decoders.js').Source} */ source, /** @type {number} */ from) => {
      const decoded = await decoders.decode(source, from, chunk, engine().loadDecodeOptions());
      check();
      return decoded;
    };
    /** @param {{ items: import('./decoders.js').Decoded[], files: number, note?: string, pairs?: boolean }} decoded */
    const take = ({ items, files, note, pairs }) => {
      if (pairs) engine().loadAnnouncePairs();
      for (const { bytes, ...file } of items) engine().loadAddDecoded(file, bytes, files > 1);
      if (note) engine().loadNote(note);
    };

    await plan(part, adds);
    check();
    for (let from = 0; from < files.length;) {
      const to = endOfGroup(files, from);
      const unread = files.length - to;
      const known = files.slice(from, to).filter(({ path, file }) => !engine().loadKnows(path, file.size));
      const [small, large] = [known.filter(isSmall), known.filter((dropped) => !isSmall(dropped))];
      for (const { path, file } of large) {
        engine().loadSkip(path, `too large: ${(file.size / 2 ** 30).toFixed(1)} GiB, the limit is 2 GiB`);
      }
      const sources = small.map((dropped) => ({ key: ++lastKey, ...dropped }));
      const firsts = await Promise.all(sources.map((source) => decode(source, 0)));
      for (const [index, first] of firsts.entries()) {
        const source = sources[index];
        engine().loadCount(source.file.size);
        take(first);
        const together = source.file.size <= sharedArchive ? threads() : 1;
        for (let next = chunk; next < first.files; next += together * chunk) {
          await catchUp(unread + first.files - next);
          const starts = Array.from({ length: together }, (_, place) => next + place * chunk);
          const parts = starts.filter((start) => start < first.files).map((start) => decode(source, start));
          for (const part of await Promise.all(parts)) take({ ...part, files: first.files });
        }
      }
      from = to;
      await catchUp(unread);
    }
    decoders.end();
    engine().loadClose();
    await catchUp(0);
  }

  /** What one file of the user's own became. @param {string} path @param {Uint8Array<ArrayBuffer>} bytes @param {object} options */
  async function decodeOne(path, bytes, options) {
    const { items } = await ownDecoder.decode({ key: ++lastKey, path, file: new Blob([bytes]) }, 0, 1, options);
    ownDecoder.end();
    return items[0] ?? { path, content: { kind: 'file' }, bytes: new Uint8Array() };
  }

  return {
    /**
     * Reads files as one data set, or adds them to the present one; null where the reading was cancelled.
     * @param {Part[]} parts @param {boolean} adds
     */
    async load(parts, adds) {
      decoders.end();
      engine().loadCancel();
      const id = ++loadId;
      try {
        for (const [number, part] of parts.entries()) {
          if (number > 0) engine().loadKeep();
          await read(part, adds, id);
        }
        loadId++;
        const summary = finish();
        await dropEmpty().catch(() => {}); // all of it fits into memory
        return summary;
      } catch (error) {
        if (error === cancelled) return null;
        if (loadId === id) decoders.end();
        throw error;
      }
    },

    loadCancel() {
      loadId++;
      decoders.end();
      engine().loadCancel();
    },

    /** An image file at the size of the network's input. @param {Iterable<number>} bytes */
    async decodeImage(bytes) {
      const { width, height, channels } = engine().modelSummary().input;
      const options = { ...engine().ownDecodeOptions(), width, height, channels };
      const { content, bytes: pixels } = await decodeOne('picture.tga', Uint8Array.from(bytes), options);
      return { content, bytes: [...pixels] };
    },

    /** Shows an image file in place of the example. @param {string} name @param {Uint8Array<ArrayBuffer>} bytes */
    async ownInput(name, bytes) {
      const { bytes: pixels, ...file } = await decodeOne(name, bytes, engine().ownDecodeOptions());
      return engine().ownDecoded(name, file, pixels);
    },
  };
}

const isSmall = (/** @type {Dropped} */ { file }) => file.size < largestFile;

/** As many files as are decoded together: a few dozen small ones, or one that is large. */
function endOfGroup(/** @type {Dropped[]} */ files, /** @type {number} */ from) {
  let to = from;
  for (let bytes = 0; to < files.length && to - from < 64; to++) {
    bytes += files[to].file.size;
    if (bytes > readBytes && to > from) break;
  }
  return to;
}
