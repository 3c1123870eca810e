// Jobs: what the engine works on in slices, beside training. One of each kind goes on at a time; each can be cancelled.

import { showError } from '../ui/messages.js';
import { invalidate, store, touch } from './store.js';
import { isOvertaken } from './views.js';

/** @import { Job, JobKind, JobProgress, Jobs, LoadProgress } from '../engine/types.js' */

/** The jobs that go on, as far as they are known to. @type {Map<JobKind, Job>} */
const going = new Map();
/** The listeners that receive how far a job is. @type {Map<JobKind, (job: any) => void>} */
const listeners = new Map();

/** How far a job is; null where none of this kind goes on. @param {JobKind} kind @returns {Job | null} */
export function jobOf(kind) {
  return going.get(kind) ?? null;
}

/** The share of a job that is done, in percent. @param {Job} job */
export function percentDone({ done, total }) {
  return `${Math.floor((100 * done) / (total || 1))} %`;
}

/**
 * @template {JobKind} Kind
 * @param {Kind} kind
 * @param {(job: Kind extends keyof Jobs ? JobProgress<Kind> : LoadProgress) => void} hear
 */
export function onJob(kind, hear) {
  listeners.set(kind, hear);
}

/** The worker reports how far a job is. @param {JobProgress | LoadProgress} job */
export function takeJob(job) {
  if (going.has(job.kind)) going.set(job.kind, job);
  listeners.get(job.kind)?.(job);
  invalidate();
}

/**
 * Works on a job to its end and gives what it found; null where it was cancelled, failed, or lost its meaning.
 * @template {keyof Jobs} Kind
 * @param {Kind} kind
 * @param {Jobs[Kind]['request']} request
 * @param {(error: unknown) => void} [fail] what to do with a mistake instead of reporting it
 * @returns {Promise<Jobs[Kind]['found'] | null>}
 */
export async function runJob(kind, request, fail = showError) {
  const { engine } = store;
  if (!engine) return null;
  const stamps = { ...store.stamps };
  /** @type {Job} */
  const begun = { kind, done: 0, total: 0 };
  const mine = { ...begun };
  going.set(kind, begun);
  running.set(kind, mine);
  invalidate();
  try {
    return await engine.jobRun(kind, request);
  } catch (error) {
    if (!isOvertaken(stamps)) fail(error);
    return null;
  } finally {
    if (running.get(kind) === mine) {
      running.delete(kind);
      going.delete(kind);
      held.delete(kind);
    }
    touch();
  }
}

/** The call that each kind's job belongs to: a later one goes on when the earlier one ends. @type {Map<JobKind, object>} */
const running = new Map();

/** The jobs that stand still until they are to go on. @type {Set<keyof Jobs>} */
const held = new Set();

/** @param {keyof Jobs} kind */
export function isHeld(kind) {
  return held.has(kind);
}

/** Lets a job stand still, or go on. @param {keyof Jobs} kind @param {boolean} hold */
export function holdJob(kind, hold) {
  if (hold) held.add(kind);
  else held.delete(kind);
  store.engine?.jobHold(kind, hold).catch(() => {});
  invalidate();
}

/** @param {keyof Jobs} kind */
export function cancelJob(kind) {
  store.engine?.jobCancel(kind).catch(() => {});
}
