// The soak: a page that trains for hours while it is used at random, and whose memory and errors are watched.
//
//   ./build.sh soak [HOURS [SEED]]
//
// Rounds of deeds by chance (seeded) follow each other. Each ends in the same state: the sample set, a fresh network,
// nothing chosen, undone or set aside. Memory is compared between these ends only, after a collection of garbage. The
// first half of the time is one page without a reload, the second reloads it at random:
//
//   heap, elements  of one page: what its scripts keep in the JavaScript heap, the elements of the document (first half)
//   code            of one page: what the browser compiled of the scripts and noted to compile them better. It grows
//                   for as long as some path is taken for the first time and ends with the scripts, so it is reported, not judged
//   engine          of one page: the size of its memory. WebAssembly memory never shrinks, so this is the most that was
//                   ever needed at once; the warm-up needs as much as a round ever can, and then it may not grow
//   browser         all processes of the browser (proportional set size), after a reload that begins anew (second half)
//   disk            private files of the site, after the same (second half)
//
// What is compared is the largest of the first quarter of a half and the smallest of its last quarter: only what does
// not come down again counts as growth.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { askEngine, drop, enter, open, pictureFolder, steps, toggle, until, withSite } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('./harness.mjs').Site} Site */

const hours = Number(process.argv[2] ?? 1);
const seed = Number(process.argv[3] ?? Date.now() % 1e6);
if (!(hours > 0) || !Number.isInteger(seed)) {
  console.error('usage: ./build.sh soak [HOURS [SEED]]');
  process.exit(2);
}

/** Growth that fails, as a share. */
const MOST_GROWTH = 0.05;
/** Rounds that are not compared: so many, and so much of the time. */
const WARM_UP_ROUNDS = 4;
const WARM_UP_SHARE = 0.1;
/** An undo may bring back a network of other classes than the images have; large networks may fill the shelf. */
const EXPECTED =
  /^The model knows .* give it a new head, or build a new network|^runs set aside: expected room for one more/;
/** Things done in a round. */
const DEEDS = 12;

// --- Chance (mulberry32)

let state = seed;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/** @template T @param {readonly T[]} of @returns {T} */
const any = (of) => of[Math.floor(random() * of.length)];

// --- What is done

/** @type {Record<string, (site: Site) => Promise<void>>} */
const deeds = {
  async watch({ page }) {
    await page.waitForTimeout(1000 + 4000 * random());
  },

  async 'change the rate'({ page }) {
    await enter(page, '#rate-number', any(['0.001', '0.004', '0.02']));
  },

  async 'change the batch'({ page }) {
    await enter(page, '#batch-number', any(['8', '16', '64']));
  },

  async 'edit a neuron'({ page }) {
    const blocks = (await askEngine(page, 'modelSummary')).blocks;
    const block = 1 + Math.floor(random() * (blocks.length - 1));
    const { width, height, channels } = blocks[block];
    const neurons = [{ block, indices: [Math.floor(random() * width * height * channels)] }];
    const command = any([
      { do: 'hold', neurons, value: 0 },
      { do: 'pin', neurons, pinned: true },
      { do: 'scale-incoming', neurons, factor: 0.5 },
    ]);
    await askEngine(page, 'edit', command).catch(() => {}); // not every neuron has what is edited
  },

  async undo({ page }) {
    if ((await askEngine(page, 'history')).undo !== null) await askEngine(page, 'edit', { do: 'undo' });
  },

  async 'click the network'({ page }) {
    const box = await page.locator('#network').boundingBox();
    if (box) await page.mouse.click(box.x + random() * box.width, box.y + random() * box.height);
  },

  async 'look at another example'({ page }) {
    await page.click('#example-random');
  },

  async 'look at a view'({ page }) {
    await page
      .locator('#view-modes button')
      .nth(Math.floor(random() * 6))
      .click();
  },

  async 'look at a tab'({ page }) {
    // A network that comes meanwhile may not have it.
    await any(await page.locator('#strip-tabs button:visible').all())
      .click({ timeout: 1000 })
      .catch(() => {});
  },

  async 'choose a kind'({ page }) {
    await page.selectOption('#preset', any(['autoencoder', 'autoencoder-dense', 'classifier-cnn', 'classifier-mlp']));
  },

  async 'drop pictures'({ page, folder }) {
    await drop(page, [join(folder, any(['small', 'large']))]);
    await until('they are read', async () => !(await page.isVisible('#loading')));
  },

  async 'save the model'({ page }) {
    const [saved] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    await saved.delete();
  },
};

/** As much as a round ever needs at once: the largest network and pictures, and a shelf of others. @param {Site} site */
async function warmUp(site) {
  const { page, folder } = site;
  for (let time = 0; time < 2; time++) {
    await drop(page, [join(folder, 'large')]);
    await until('they are read', async () => (await askEngine(page, 'dataSummary')).used === 120);
    await enter(page, '#batch-number', '64');
    for (const kind of ['classifier-mlp', 'classifier-cnn', 'autoencoder', 'autoencoder-dense']) {
      await page.selectOption('#preset', kind);
      await toggle(page, 'true');
      await until('it trains', async () => (await steps(page)) > 3);
      for (const name of ['save the model', 'look at a view', 'edit a neuron', 'click the network'])
        await deeds[name](site);
      await askEngine(page, 'saveSession');
      for (const tab of await page.locator('#strip-tabs button:visible').all()) {
        await tab.click(); // what a tab has drawn once stays
        await page.waitForTimeout(500);
      }
    }
    await settle(site);
  }
}

/** Brings back the state in which memory is compared. @param {Site} site */
async function settle({ page }) {
  await toggle(page, 'false');
  await page.keyboard.press('Escape');
  if (await page.isVisible('#sample')) await page.click('#sample');
  await until('the sample set is back', async () => (await askEngine(page, 'dataSummary')).used === 2000);
  await page.evaluate(async () => {
    const at = (/** @type {string} */ path) => new URL(`www/${path}`, document.baseURI).href;
    const { store } = await import(at('app/store.js'));
    const { clear } = await import(at('network/selection.js'));
    clear();
    const discard = async () => {
      for (const { id } of store.runs) await store.engine.discardRun(id);
    };
    await discard(); // the shelf may be full
    await store.engine.set('batch-size', '16');
    await store.engine.set('learning-rate', '0.004');
    await store.engine.set('model', 'classifier-mlp');
    await store.engine.set('model', 'autoencoder');
    await store.engine.reset();
    await discard();
  });
  await page.locator('#view-modes button').first().click();
  await page.click('#strip-tabs button >> nth=0');
}

// --- What is measured

/** @typedef {Record<string, number>} Figures MiB, but for the elements */

/** @param {Site} site @returns {Promise<Figures>} */
async function measure({ page, context, profile }) {
  const session = await context.newCDPSession(page);
  await page.waitForTimeout(1500); // what was asked for is answered
  for (let time = 0; time < 3; time++) await session.send('HeapProfiler.collectGarbage');
  const { heap, code } = await heapSizes(session);
  const { nodes } = await session.send('Memory.getDOMCounters');
  await session.detach();
  const [engine, disk] = await page.evaluate(async () => {
    const { store } = await import(new URL('www/app/store.js', document.baseURI).href);
    const size = { scale: 0, left: 0, top: 0, width: 64, height: 64, ratio: 1, theme: 'light', held: 0 };
    const look = { mode: 'activation', by: 'strength', cut: 0, connections: 0, highlight: null };
    // The pixels of a frame are in the engine's memory.
    const { pixels } = await store.engine.render({ ...size, ...look, selected: [], selectedConnections: [] });
    return [pixels.buffer.byteLength, (await navigator.storage.estimate()).usage ?? 0];
  });
  const mebi = 2 ** 20;
  return {
    heap: heap / mebi,
    code: code / mebi,
    elements: nodes,
    engine: engine / mebi,
    browser: browserMemory(profile),
    disk: disk / mebi,
  };
}

/** What the browser makes of scripts, by the types of a heap snapshot; and what lies outside the heap. */
const CODE = ['code', 'object shape'];
const OUTSIDE = ['native', 'synthetic'];

/** Bytes of the JavaScript heap: what scripts keep, and what the browser made of the scripts. @param {import('playwright-core').CDPSession} session */
async function heapSizes(session) {
  /** @type {string[]} */
  const chunks = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  const { snapshot, nodes } = JSON.parse(chunks.join(''));
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')];
  const sizes = { heap: 0, code: 0 };
  for (let at = 0; at < nodes.length; at += fields.length) {
    const name = types[type][nodes[at + type]];
    if (!OUTSIDE.includes(name)) sizes[CODE.includes(name) ? 'code' : 'heap'] += nodes[at + size];
  }
  return sizes;
}

/** Proportional set size of all processes of the browser with this profile. @param {string} profile */
function browserMemory(profile) {
  let kibibytes = 0;
  const parents = new Map();
  const own = new Set();
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      parents.set(id, /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]);
      if (readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(profile)) own.add(id);
    } catch {
      // It has ended meanwhile.
    }
  }
  const isOurs = (/** @type {string | undefined} */ id) => {
    for (let at = id; at && at !== '0'; at = parents.get(at)) if (own.has(at)) return true;
    return false;
  };
  for (const id of parents.keys()) {
    if (!isOurs(id)) continue;
    try {
      kibibytes += Number(/^Pss:\s*(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    } catch {
      // As above.
    }
  }
  return kibibytes / 1024;
}

// --- The rounds

/** Of the round that goes on, to be told where it fails. @type {string[]} */
let lastDeeds = [];

/** @param {Site} site @param {boolean} reloads */
async function round(site, reloads) {
  const { page } = site;
  /** @type {string[]} */
  const done = [];
  lastDeeds = done;
  for (let deed = 0; deed < DEEDS; deed++) {
    if (random() < 0.7) await start(page);
    const name = any(Object.keys(deeds));
    done.push(name);
    await deeds[name](site);
    if (reloads && random() < 0.15) done.push(await reload(site));
    const error = await mistake(page);
    if (error && !EXPECTED.test(error)) throw new Error(`after "${name}": ${error}`);
  }
  await settle(site);
  if (reloads) done.push(await reload(site, 'new')); // a page that holds nothing yet
  return done;
}

/** The mistake that the page tells, if there is one. */
async function mistake(/** @type {Page} */ page) {
  return (await page.isVisible('#error')) ? (await page.innerText('#error')).trim() : '';
}

/** Starts training, where the network fits the images. @param {Page} page */
async function start(page) {
  if ((await page.getAttribute('#start', 'aria-pressed')) === 'true') return;
  await page.click('#start');
  const trains = async () => (await page.getAttribute('#start', 'aria-pressed')) === 'true';
  const cannot = async () => EXPECTED.test(await mistake(page));
  await until('it trains, or says why it cannot', async () => (await trains()) || (await cannot()));
}

/** @param {Site} site @param {'continue' | 'new'} choice what is done with the run that the last page has kept */
async function reload({ page }, choice = any(['continue', 'new'])) {
  await page.reload();
  await page.locator('#start:enabled').waitFor();
  await page.waitForTimeout(500); // an offer may come
  if (!(await page.isVisible('#session'))) return 'reload';
  await page.click(`#session-${choice}`);
  if (choice === 'new') await page.click('#session-new'); // which has asked
  await page.locator('#session').waitFor({ state: 'hidden' });
  return `reload and ${choice}`;
}

/** Rounds for a time; what was measured at their ends, without the warm-up. @param {Site} site @param {number} time @param {boolean} reloads */
async function rounds(site, time, reloads) {
  /** @type {Figures[]} */
  const measured = [];
  const begin = Date.now();
  for (let number = 1; Date.now() < begin + time; number++) {
    const done = await round(site, reloads);
    const figures = await measure(site);
    // Code that is compiled, and what each part keeps of its last use, fill the heap for some rounds; then it is level.
    const isWarm = number > WARM_UP_ROUNDS && Date.now() > begin + WARM_UP_SHARE * time;
    if (isWarm) measured.push(figures);
    const words = Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(name === 'heap' ? 2 : 1)}`);
    console.error(`${new Date().toISOString()} ${isWarm ? '' : 'warm-up '}${words.join(', ')}; ${done.join(', ')}`);
    if (site.errors.length > 0) throw new Error(site.errors.join('\n'));
  }
  return measured;
}

/** Whether a figure grew too much over these rounds, which is written down. @param {Figures[]} measured @param {string} name */
function grows(measured, name) {
  const quarter = Math.floor(measured.length / 4);
  if (quarter < 1) {
    console.log(`${name}: ${measured.length} rounds are too few to compare`);
    return true;
  }
  const first = Math.max(...measured.slice(0, quarter).map((figures) => figures[name]));
  const last = Math.min(...measured.slice(-quarter).map((figures) => figures[name]));
  const growth = last / first - 1;
  const isTooMuch = growth > MOST_GROWTH;
  console.log(
    `${name}: ${first.toFixed(1)} to ${last.toFixed(1)} in ${measured.length} rounds, ${(100 * growth).toFixed(1)} %${isTooMuch ? ': more than 5 %' : ''}`,
  );
  return isTooMuch;
}

console.error(`soak: ${hours} hours, seed ${seed}`);
try {
  let failed = false;
  await withSite({ own: true }, async (site) => {
    pictureFolder(join(site.folder, 'small'), 30, 16);
    pictureFolder(join(site.folder, 'large'), 60, 48);
    site.page.on('pageerror', ({ stack }) => console.error(stack));
    await open(site);
    await warmUp(site);
    const half = hours * 1_800_000;
    const onePage = await rounds(site, half, false);
    const reloaded = await rounds(site, half, true);
    for (const name of ['heap', 'elements', 'engine']) failed = grows(onePage, name) || failed;
    for (const name of ['browser', 'disk']) failed = grows(reloaded, name) || failed;
  });
  process.exitCode = failed ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`the last deeds: ${lastDeeds.join(', ')}`);
  process.exitCode = 1;
}
