// The desk's long jobs: the analysis of all codes, and the search for the code of a picture.

import { app, byHand, invalidate, isOvertaken, versions } from '../../app/store.js';
import { showError } from '../../ui/messages.js';

/** @import { Engine, Job } from '../../engine/types.js' */

/** How far the job under way is; `failed` and `error` of a search stay until the next one. @type {{ now: Job | null, last: Job | null, version: number }} */
export const job = { now: null, last: null, version: 0 };

/** The worker tells how far it is. @param {Job} progress */
export function onDesk(progress) {
  job.now = progress.job ? progress : null;
  job.last = progress;
  job.version += 1;
  if (progress.job === 'reverse') byHand();
  invalidate();
}

/**
 * Begins a job and works on it to its end. Says whether it got there.
 * @param {(engine: Engine) => Promise<void>} begin
 */
export async function run(begin) {
  const { engine } = app;
  if (!engine) return false;
  const asked = versions();
  try {
    await begin(engine);
    const done = await engine.deskRun();
    if (done) onDesk(done);
    return done !== null;
  } catch (error) {
    if (!(await isOvertaken(asked))) showError(error);
    return false;
  } finally {
    job.now = null;
    job.version += 1;
    byHand();
  }
}

export function analyse() {
  return run((engine) => engine.analyse());
}

export function cancel() {
  return app.engine?.deskCancel();
}
