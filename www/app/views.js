// Views: what parts of the screen show and the engine must be asked for.
//
// Questions of all views that are due in a frame travel in one message, and at most one such message is under way: the
// next one leaves in the frame after its answer, with what is wanted by then. An edit changes what all of them show, so
// it takes the questions of those on the screen along. A mistake about a network or data that others have replaced
// meanwhile is no mistake that a person need read; the view asks again.

import { showError } from '../ui/messages.js';
import { afterDrawing, invalidate, same, store, touch } from './store.js';

/** @import { Answer, Call } from '../engine/handle.js' */

/**
 * @template T
 * @typedef {object} View
 * @property {number} every milliseconds between two questions while only the weights change; Infinity: not for these
 * @property {() => Call[]} ask the questions
 * @property {(...answers: any[]) => void} take the answers to them
 * @property {(error: Error) => void} [fail] what to do with a mistake instead of reporting it
 * @property {number} [least] milliseconds between two questions in any case
 * @property {boolean} [first] its questions come before those of the others, which depend on it
 */

/**
 * A view and its last question. `place`: what that looked at; `seen`: what is looked at in the frame `frame`.
 * @typedef {{ view: View<any>, place: readonly unknown[], theta: number, at: number, seen: readonly unknown[],
 *   frame: number }} Asked
 */

/** Questions that travel, and what is done with the answers. @typedef {{ calls: Call[], take: (answers: Answer[]) => void }} Questions */

/** Every view that was ever on the screen. @type {Set<Asked>} */
const known = new Set();
/** Wanted in this frame. @type {Set<Asked>} */
const due = new Set();
let isAsking = false;
/** Counts the frames. */
let frame = 0;

/**
 * The returned function is called in every frame in which the view is on the screen, with what is looked at: the engine
 * is asked at once where that is another place than the last time, or a person changed something by hand, and now and
 * then where only training changed the weights.
 * @param {View<any>} view
 * @returns {(...place: unknown[]) => void}
 */
export function createView(view) {
  /** @type {Asked} */
  const asked = { view, place: [NaN], theta: NaN, at: -Infinity, seen: [], frame: -1 };
  return (...place) => {
    known.add(asked);
    Object.assign(asked, { seen: place, frame });
    const isSame = same(stamped(place), asked.place);
    if (isSame && (store.stamps.theta === asked.theta || view.every === Infinity)) return;
    const early = asked.at + (isSame ? view.every : (view.least ?? 0)) - performance.now();
    if (early > 0) setTimeout(invalidate, early);
    else due.add(asked);
  };
}

/** A place with what every view depends on. @param {readonly unknown[]} place */
function stamped(place) {
  const { data, network, written } = store.stamps;
  return [...place, data, network, written, store.touches];
}

/** @param {Iterable<Asked>} some @returns {Questions} */
function questionsOf(some) {
  const views = [...some].sort((one, other) => Number(other.view.first ?? false) - Number(one.view.first ?? false));
  const stamps = { ...store.stamps };
  const own = views.map((asked) => {
    Object.assign(asked, { place: stamped(asked.seen), theta: stamps.theta, at: performance.now() });
    return asked.view.ask();
  });
  const take = (/** @type {Answer[]} */ answers) => {
    let from = 0;
    views.forEach(({ view }, number) => {
      const found = answers.slice(from, (from += own[number].length));
      const wrong = found.find((answer) => 'error' in answer);
      if (!wrong) view.take(...found.map((answer) => /** @type {{ value: any }} */ (answer).value));
      else if (!isOvertaken(stamps)) (view.fail ?? showError)(new Error(wrong.error));
    });
  };
  return { calls: own.flat(), take };
}

afterDrawing(async () => {
  frame += 1;
  const { engine } = store;
  if (!engine || isAsking || due.size === 0) return due.clear();
  const { calls, take } = questionsOf(due);
  due.clear();
  if (calls.length === 0) return;
  isAsking = true;
  try {
    take(await engine.look(calls));
  } catch (error) {
    showError(error);
  }
  isAsking = false;
  invalidate();
});

/**
 * Sends something that changes what is shown, together with what the views on the screen will ask about the new state.
 * Where that is another network or other data the answers are dropped, for the questions were about those before.
 * @template T
 * @param {(calls: Call[]) => Promise<{ value: T, answers: Answer[] }>} send
 * @returns {Promise<T>}
 */
export async function sendWithQuestions(send) {
  const now = performance.now();
  const isDue = (/** @type {Asked} */ { view, at, frame: last }) => last === frame - 1 && at + (view.least ?? 0) <= now;
  const views = isAsking ? [] : [...known].filter(isDue);
  const looked = views.map((asked) => ({ asked, seen: asked.seen }));
  const before = { ...store.stamps };
  const { calls, take } = questionsOf(views);
  isAsking ||= calls.length > 0;
  for (const asked of views) asked.place = [NaN]; // until there are answers
  try {
    const { value, answers } = await send(calls);
    touch();
    if (!isOvertaken(before)) {
      for (const { asked, seen } of looked) Object.assign(asked, { place: stamped(seen), theta: store.stamps.theta });
      take(answers);
    }
    return value;
  } finally {
    if (calls.length > 0) isAsking = false;
    invalidate();
  }
}

/** Whether there are other data or another network by now. @param {import('../engine/types.js').Stamps} then */
export function isOvertaken(then) {
  return then.data !== store.stamps.data || then.network !== store.stamps.network;
}

/**
 * Asks the engine for one thing at a time: while one request is under way further calls are dropped, and the part asks
 * again in the frame after the answer if it still wants something. The returned function says whether it asked.
 * @template T
 * @param {() => Promise<T>} request
 * @param {(answer: T) => void} onAnswer
 * @param {(error: unknown) => void} onError
 */
export function oneAtATime(request, onAnswer, onError) {
  let busy = false;
  return () => {
    if (busy) return false;
    busy = true;
    const stamps = { ...store.stamps };
    const answered = request().finally(() => {
      busy = false; // what is done with the answer may ask again
    });
    answered
      .then(onAnswer, (error) => {
        if (!isOvertaken(stamps)) onError(error);
      })
      .finally(invalidate);
    return true;
  };
}
