// The peers on the four workloads: `node tests/speed/peers/run.mjs [ENGINE...]` installs the engines (pytorch, tfjs,
// jaxjs, burn; all of them where none is named), trains with one after the other, and prints a JSON line for each
// measurement. README.md says what is in a line. Progress goes to standard error.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { withSite } from '../../browser/harness.mjs';
import { engines, install, python, site, source } from './install.mjs';

const workloads = JSON.parse(readFileSync(join(source, 'workloads.json'), 'utf8'));
const patience = 5 * 60_000; // milliseconds for one measurement; the slowest peer takes one

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !engines.includes(name));
if (unknown.length > 0) {
  console.error(`run.mjs: expected engines out of ${engines.join(', ')}, got ${unknown.join(', ')}`);
  process.exit(2);
}

for (const engine of asked.length > 0 ? asked : engines) {
  let version;
  try {
    version = await install(engine);
  } catch (error) {
    tell({ engine }, { cannot: error.message });
    continue;
  }
  for (const count of [1, 2]) {
    console.error(`measuring ${engine} ${version}, ${count === 1 ? '1 thread' : `${count} threads`}`);
    const head = { engine, version, threads: count };
    try {
      await (engine === 'pytorch' ? native(head) : inBrowser(head));
    } catch (error) {
      tell(head, { cannot: error.message });
    }
  }
}

/** Prints one line; figures of an engine whose losses are others than those of workloads.json do not count. */
function tell(head, { samples, losses, cannot, ...more }) {
  const wanted = workloads[head.workload]?.losses[head.batch];
  const off = Math.max(...(losses ?? []).map((loss, at) => Math.abs(loss / wanted[at] - 1)));
  if (losses && !(off < 1e-3)) cannot = `it does other work: its first losses are ${losses}, expected ${wanted}`;
  const sorted = samples?.toSorted((one, other) => one - other);
  const figures = cannot ? { cannot } : { ms: sorted[0], median_ms: sorted[sorted.length >> 1], losses, ...more };
  console.log(JSON.stringify({ ...head, ...figures }));
}

async function native(head) {
  const child = spawn(python, ['-W', 'ignore', join(source, 'pytorch/pytorch.py'), String(head.threads)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((end) => child.on('close', end));
  for await (const line of createInterface({ input: child.stdout })) {
    const { workload, batch, ...figures } = JSON.parse(line);
    tell({ ...head, workload, batch }, figures);
  }
  const code = await ended;
  if (code !== 0) throw new Error(`python ended with ${code}`);
}

/** Each measurement in a page and worker of its own. */
async function inBrowser(head) {
  await withSite({ root: site, allowed: /./ }, async ({ context, address }) => {
    for (const [workload, { batches }] of Object.entries(workloads)) {
      for (const batch of batches) {
        const page = await context.newPage();
        const words = { engine: head.engine, threads: String(head.threads), workload, batch: String(batch) };
        await page.goto(address);
        const answer = page.evaluate(async (query) => {
          const worker = new Worker(`worker.js?${query}`, { type: 'module' });
          return await new Promise((done) => {
            worker.onmessage = ({ data }) => done(data);
            worker.onerror = ({ message }) => done({ cannot: message ?? 'its worker did not start' });
          });
        }, new URLSearchParams(words).toString());
        const late = new Promise((_, fail) => setTimeout(fail, patience, new Error('it took too long')).unref());
        tell(
          { ...head, workload, batch },
          await Promise.race([answer, late]).catch(({ message }) => ({ cannot: message })),
        );
        await page.close();
      }
    }
  });
}
