// Views: what parts of the screen show and the engine must be asked for.
//
// Questions of all views that are due in a frame travel in one message, and at most one such message is under way: the
// next one leaves in the frame after its answer, with what is wanted by then. A mistake about a network or data that
// others have replaced meanwhile is no mistake that a person need read; the view asks again.

import { showError } from '../ui/messages.js';
import { afterDrawing, invalidate, same, store } from './store.js';

/** @typedef {[method: string, ...args: any[]]} Call */

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

/** @typedef {{ view: View<any>, place: readonly unknown[], theta: number, at: number }} Asked */

/** Wanted in this frame. @type {Set<Asked>} */
const due = new Set();
let isAsking = false;

/**
 * The returned function is called in every frame in which the view is on the screen, with what is looked at: the engine
 * is asked at once where that is another place than the last time, or weights were written by hand, and now and then
 * where only training changed them.
 * @param {View<any>} view
 * @returns {(...place: unknown[]) => void}
 */
export function createView(view) {
  /** @type {Asked} */
  const asked = { view, place: [NaN], theta: NaN, at: -Infinity };
  return (...place) => {
    const { data, network, written } = store.stamps;
    const here = [...place, data, network, written];
    const isSame = same(here, asked.place);
    if (isSame && (store.stamps.theta === asked.theta || view.every === Infinity)) return;
    const early = asked.at + (isSame ? view.every : (view.least ?? 0)) - performance.now();
    if (early > 0) {
      setTimeout(invalidate, early);
      return;
    }
    wanted.set(asked, here);
    due.add(asked);
  };
}

/** What those that are due look at. @type {Map<Asked, readonly unknown[]>} */
const wanted = new Map();

afterDrawing(async () => {
  const { engine } = store;
  const views = [...due].sort((one, other) => Number(other.view.first ?? false) - Number(one.view.first ?? false));
  due.clear();
  if (!engine || isAsking || views.length === 0) return;
  const stamps = { ...store.stamps };
  const calls = views.map((asked) => {
    Object.assign(asked, { place: wanted.get(asked), theta: stamps.theta, at: performance.now() });
    return asked.view.ask();
  });
  if (calls.every(({ length }) => length === 0)) return;
  isAsking = true;
  try {
    const answers = await engine.look(calls.flat());
    views.forEach(({ view }, number) => {
      const own = answers.splice(0, calls[number].length);
      const wrong = own.find((answer) => 'error' in answer);
      if (!wrong) view.take(...own.map((answer) => /** @type {{ value: any }} */ (answer).value));
      else if (!isOvertaken(stamps)) (view.fail ?? showError)(new Error(wrong.error));
    });
  } catch (error) {
    showError(error);
  }
  isAsking = false;
  invalidate();
});

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
    request()
      .then(onAnswer, (error) => {
        if (!isOvertaken(stamps)) onError(error);
      })
      .finally(() => {
        busy = false;
        invalidate();
      });
    return true;
  };
}
