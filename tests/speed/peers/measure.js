// How time is taken in the browser, the same for every engine; README.md says why so.

/**
 * @typedef {{ step: () => any, loss: () => Promise<number> | number, ready?: () => Promise<unknown>, end: () => void }} Training
 *   `loss` is that of the last step; `ready` ends when all steps asked for are done; `end` frees everything
 *
 * @param {(rate: number) => Promise<Training> | Training} start a training from its beginning
 * @returns milliseconds per step of each sample, and the losses of the first steps
 */
export async function measure(rules, start) {
  const first = [];
  const losses = [];
  let training = await start(rules.learning_rate);
  for (let step = 0; step < rules.losses; step++) {
    const begin = performance.now();
    await training.step();
    losses.push(await training.loss());
    first.push(performance.now() - begin);
  }
  training.end();
  if (first[1] > rules.slow_ms) return { samples: first.slice(1), losses };

  training = await start(rules.timed_learning_rate);
  const run = async (steps) => {
    const begin = performance.now();
    for (let step = 0; step < steps; step++) await training.step();
    await training.ready?.();
    return (performance.now() - begin) / steps;
  };
  let once = 0;
  for (const begin = performance.now(); performance.now() - begin < 1000 * rules.warm_up_seconds;) once = await run(1);
  const samples = [];
  const steps = Math.max(1, Math.round(rules.sample_ms / once));
  const begin = performance.now();
  while (samples.length < rules.least_samples || performance.now() - begin < 1000 * rules.seconds) {
    samples.push(await run(steps));
  }
  training.end();
  return { samples, losses };
}
