// burn, compiled to WebAssembly with SIMD; with more than one thread, the build whose kernels share out work with rayon.
import { input, labels, weights } from './data.js';

let Training;

export async function open(threads) {
  const glue = await import(threads > 1 ? './burn-threads/burn_steps.js' : './burn/burn_steps.js');
  await glue.default();
  if (threads > 1) await glue.initThreadPool(threads);
  Training = glue.Training;
}

export function start(workload, batch, rate, k) {
  const parts = weights(workload, 'NCHW').map(({ values }) => values);
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  const x = input(workload, batch, k, 'NCHW');
  const training = new Training(JSON.stringify(workload), batch, rate, x, labels(batch), all);
  return { step: () => training.step(), loss: () => training.loss(), end: () => training.free() };
}
