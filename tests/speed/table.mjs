// The benchmark's figures as tables for people.
//
// A workload is bound by whatever accounts for most of its step: arithmetic (operations / measured peak of all its
// threads), memory (bytes of parameters, gradients and moments that an update must move / measured speed of memory), or
// overhead, which is the rest.

/** @typedef {{ build: string, threads: number, what: string, figures: any }} Result */

const bytesOfUpdate = 28; // a parameter's own value, gradient and two moments read, three written
const cached = 8 << 20; // below this many bytes the update moves nothing over the memory's bus

const pad = (/** @type {any} */ value, /** @type {number} */ width) => String(value).padStart(width);
const digits = (/** @type {number} */ value) =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

/** @returns {string} */
export function table(/** @type {any} */ machine, /** @type {Result[]} */ results, /** @type {any} */ site) {
  const lines = [
    `${machine.date}  ${machine.processor}, ${machine.cores} cores  ${machine.chromium}  commit ${machine.commit}`,
  ];
  const of = (/** @type {string} */ what) => results.filter((result) => result.what === what);
  const limits = of('limits');
  const limitsOf = (/** @type {Result} */ { build }) =>
    limits.find((result) => result.build === build && result.threads === 1)?.figures ?? { gflops: NaN, memory: NaN };

  if (limits.length > 0) {
    lines.push('', 'Limits            threads   register tile   memory');
    for (const { build, threads, figures } of limits) {
      const memory = threads === 1 ? figures.memory : figures.memory_all;
      lines.push(
        `${build.padEnd(18)}${pad(threads, 7)}${pad(digits(figures.gflops), 9)} GFLOP/s${pad(digits(memory), 6)} GB/s`,
      );
    }
  }

  if (of('product').length > 0) {
    lines.push('', 'Products m x k x n           build              threads  GFLOP/s  of the peak  against 1 thread');
    for (const result of of('product')) {
      const { build, threads, figures } = result;
      const alone = of('product').find(
        (other) => other.build === build && other.threads === 1 && key(other) === key(result),
      );
      const share = figures.gflops / (limitsOf(result).gflops * threads);
      const gain = threads > 1 && alone ? `${(figures.gflops / alone.figures.gflops).toFixed(2)}x` : '';
      lines.push(
        `${figures.form} ${figures.size.join(' x ').padEnd(26)}${build.padEnd(18)}${pad(threads, 7)}${pad(digits(figures.gflops), 9)}` +
          `${pad((100 * share).toFixed(0), 11)} %${pad(gain, 12)}`,
      );
    }
  }

  if (of('step').length > 0) {
    lines.push(
      '',
      'Step                     build            threads  ms/step  images/s  GFLOP/s  of peak  GB/s  against 1  MiB   of needed  bound by',
    );
    for (const result of of('step')) {
      const { build, threads, figures } = result;
      const { best } = figures.step;
      const { gflops, memory } = limitsOf(result);
      const speed = figures.operations / best / 1e6;
      const update = bytesOfUpdate * figures.parameters;
      const moved = 16 * figures.parameters > cached ? update : 0;
      const arithmetic = figures.operations / (gflops * threads * 1e6);
      const transfer = moved / (memory * 1e6);
      const rest = best - arithmetic - transfer;
      const bound = Math.max(arithmetic, transfer, rest);
      const alone = of('step').find(
        (other) => other.build === build && other.threads === 1 && key(other) === key(result),
      );
      const needed = 16 * figures.parameters + 4 * figures.values * figures.batch;
      lines.push(
        `${`${figures.workload} ${figures.batch}`.padEnd(25)}${build.padEnd(17)}${pad(threads, 7)}${pad(digits(best), 9)}` +
          `${pad(Math.round((1000 * figures.batch) / best).toLocaleString('en'), 10)}${pad(digits(speed), 9)}` +
          `${pad(((100 * speed) / (gflops * threads)).toFixed(0), 7)} %${pad(moved ? digits(moved / best / 1e6) : '-', 6)}` +
          `${pad(threads > 1 && alone ? `${(alone.figures.step.best / best).toFixed(2)}x` : '', 11)}` +
          `${pad(digits(figures.bytes / 2 ** 20), 6)}${pad(`${(figures.bytes / needed).toFixed(2)}x`, 11)}  ` +
          (bound === arithmetic ? 'arithmetic' : bound === transfer ? 'memory' : 'overhead'),
      );
    }
  }

  for (const { build, threads, figures } of of('observed')) {
    const { workload, batch, plain, observed, share } = figures;
    lines.push(
      `histograms of ${`${workload} ${batch}`.padEnd(21)} ${build.padEnd(16)} ${threads} threads: ${digits(plain)} ms a step, ` +
        `${digits(observed)} ms where they are taken, ${(100 * share).toFixed(2)} % of a run of 10 epochs of the sample set`,
    );
  }
  for (const result of of('directions').filter(({ threads }) => threads > 1)) {
    const alone = of('directions').filter(({ build, threads }) => build === result.build && threads === 1);
    const name = of('directions')
      .filter(({ build, threads }) => build === result.build && threads > 1)
      .indexOf(result);
    const one = alone[name]?.figures;
    if (!one) continue;
    const { forward, backward } = result.figures;
    lines.push(
      `${['cnn', 'cae'][name]} ${result.build}: ${result.threads} threads against 1, forward ${(one.forward.best / forward.best).toFixed(2)}x, ` +
        `backward ${(one.backward.best / backward.best).toFixed(2)}x`,
    );
  }
  for (const { build, threads, figures } of of('step')) {
    const dense = of('step').find(
      (other) => other.figures.workload === 'manifold-dense' && other.build === build && other.threads === threads,
    );
    const percent = /^manifold-(\d+)$/.exec(figures.workload)?.[1];
    if (dense && percent)
      lines.push(
        `a manifold with ${percent} % of its cells, ${build}, ${threads} threads: ${(figures.step.best / dense.figures.step.best).toFixed(2)} of the time of a dense layer`,
      );
  }
  for (const { build, threads, figures } of of('columns')) {
    if (!figures) throw new Error(`${build}: fast columns have not learnt what plain ones have`);
    /** @param {number} fast @param {number} plain */
    const beside = (fast, plain) =>
      `${Math.round(fast).toLocaleString('en')} presentations/s, ${(fast / plain).toFixed(0)} times those of the plain rule`;
    lines.push(
      `columns of 79,200 slots, ${build}, ${threads} threads: counted ${beside(figures.counted, figures.counted_plain)}; ` +
        `learnt from ${beside(figures.fast, figures.plain)}`,
    );
  }
  for (const { build, figures } of of('settled')) {
    lines.push(
      `mlp on one batch for 12 s, ${build}: ${figures.first.toFixed(3)} ms a step at first, ${figures.last.toFixed(3)} ms at last (loss ${figures.loss.toExponential(1)})`,
    );
  }
  if (Object.keys(site).length > 0) {
    lines.push('', 'The page');
    for (const [name, value] of Object.entries(site)) lines.push(`  ${name}: ${value}`);
  }
  return lines.join('\n');
}

/** What two results must share to be of the same work. */
function key(/** @type {Result} */ { figures }) {
  return JSON.stringify([figures.form, figures.size, figures.workload, figures.batch]);
}

/** Our speed over that of each other engine: above 1 we are faster. */
export function ratios(/** @type {Result[]} */ results, /** @type {any[]} */ others) {
  const lines = ['', 'Against other engines (their best ms / ours; the best number of threads of each)'];
  const engines = [...new Set(others.map(({ engine }) => engine))];
  for (const { build, threads, figures } of results.filter(({ what }) => what === 'step')) {
    if (build !== 'native' && build !== 'threads-relaxed') continue;
    const same = others.filter(({ workload, batch }) => workload === figures.workload && batch === figures.batch);
    if (same.length === 0) continue;
    const cells = engines.map((engine) => {
      const times = same.filter((line) => line.engine === engine && line.ms > 0).map((line) => line.ms);
      if (times.length === 0) return `${engine} cannot`;
      return `${engine} ${digits(Math.min(...times))} ms ${(Math.min(...times) / figures.step.best).toFixed(2)}x`;
    });
    lines.push(
      `${`${figures.workload} ${figures.batch}`.padEnd(9)}${build.padEnd(16)}${threads} threads ${pad(digits(figures.step.best), 6)} ms   ${cells.join('   ')}`,
    );
  }
  return lines.join('\n');
}
