// One plain sentence about the run, and what to do next. It depends on nothing but the situation.

import { percent } from '../ui/format.js';

/**
 * @typedef {object} Situation
 * @property {'classify' | 'redraw' | 'translate' | 'estimate' | 'letters' | 'columns'} task
 * @property {boolean} running
 * @property {number} step
 * @property {number} epoch
 * @property {string | null} finished why training ended by itself
 * @property {number | null} lookingAt the epoch that is looked back at
 * @property {boolean} diverged the last thing that happened is a step back
 * @property {number[]} epochs of the evaluations on images kept out of training
 * @property {number[]} losses theirs
 * @property {number | null} score accuracy 0..1, or PSNR in dB, of the last one
 * @property {number | null} trainLoss of the last steps
 * @property {string | null} finding what the data check found that flatters the figures
 * @property {number} classes
 * @property {boolean} newcomer the tour has not been offered yet
 * @property {{ known: string[], there: string[] } | null} strangers classes that the network knows, where the images have others
 */

/** @typedef {'tour' | 'next' | 'leave' | 'start' | 'stop' | 'try' | 'back' | 'latest' | 'mistakes' | 'check' | 'embedding' | 'head' | 'fresh'} Action */

/**
 * `kind`: the same for sentences that say the same with other figures.
 * @typedef {{ kind: string, text: string, tone?: 'good' | 'warning', actions: [Action, string][] }} Advice
 */

/** Epochs without a better one until that is said. */
const PATIENCE = 5;
/** Better by less than this share counts as the same. */
const LEAST_GAIN = 0.005;
/** The loss on images kept out, above that of training by this factor: it learns by heart. */
const BY_HEART = 1.6;
/** A classifier this good is worth trying, and so are pictures of so many dB. */
const GOOD = { accuracy: 0.95, psnr: 24 };

/** @type {Record<Situation['task'], string>} */
const WILL = {
  classify: 'It will learn to name what is in a picture.',
  redraw: 'It will learn to squeeze a picture into a few numbers and redraw it from them.',
  translate: 'It will learn to turn each picture into its partner.',
  estimate: 'It will learn to estimate numbers, and choose its own connections.',
  letters: 'Two networks will learn to turn capitals into small letters, and back.',
  columns: 'Columns of spiking neurons will learn to name pictures.',
};

/** @type {Record<Situation['task'], string>} */
const BEGINS = {
  classify: 'It sees its first pictures. The bars on the right are still guesses.',
  redraw: 'It sees its first pictures. Watch the output come nearer to the input.',
  translate: 'It sees its first pairs. Watch the output come nearer to the target.',
  estimate: 'It begins to connect its neurons. Watch the edges below.',
  letters: 'Both see their first letters. Watch the output become one.',
  columns: 'The columns wire their first connections.',
};

/** The number of the best evaluation; -1: there is none. @param {number[]} losses */
export function bestOf(losses) {
  return losses.reduce((best, loss, at) => (best < 0 || loss < losses[best] * (1 - LEAST_GAIN) ? at : best), -1);
}

/** @param {Situation} now @returns {Advice} */
export function adviceFor(now) {
  if (now.lookingAt !== null)
    return {
      kind: 'earlier',
      text: `This is the network as it was after epoch ${now.lookingAt}. Start goes on from here.`,
      actions: [
        ['latest', 'Back to the latest'],
        ['try', 'Try it'],
      ],
    };
  if (now.strangers)
    return {
      kind: 'strangers',
      text: `This network knows ${some(now.strangers.known)}; your pictures are ${some(now.strangers.there)}. Keep what it has learnt and give it a new last layer, or begin with a new network.`,
      tone: 'warning',
      actions: [
        ['head', 'New last layer'],
        ['fresh', 'New network'],
      ],
    };
  if (now.diverged)
    return {
      kind: 'diverged',
      text: 'The steps were too long and the network fell apart. It went back to good weights and takes shorter ones.',
      tone: 'warning',
      actions: now.running ? [] : [['start', 'Go on']],
    };
  if (now.finding && now.step === 0)
    return {
      kind: 'finding',
      text: now.finding,
      tone: 'warning',
      actions: [
        ['check', 'Look at it'],
        ['start', 'Start anyway'],
      ],
    };
  if (now.step === 0)
    return {
      kind: `first ${now.task}`,
      text: `${WILL[now.task]} Press Start.`,
      actions: now.newcomer ? [['tour', 'Show me around']] : [],
    };
  return trained(now);
}

/** The first few of some names. @param {string[]} names */
function some(names) {
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}

/** @param {Situation} now @returns {Advice} */
function trained(now) {
  const best = bestOf(now.losses);
  const since = best < 0 ? 0 : now.losses.length - 1 - best;
  const score = scoreWords(now);
  if (since >= PATIENCE && now.task !== 'columns') return pastBest(now, best);
  if (now.finished)
    return {
      kind: 'ended',
      text: `Training has ended: ${now.finished}.${score}`,
      tone: 'good',
      actions: [
        ['try', 'Try it'],
        ['start', 'Go on'],
      ],
    };
  if (now.losses.length === 0) return unmeasured(now);
  if (isGood(now))
    return {
      kind: 'good',
      text: `${score.trim()} Good enough to try.`,
      tone: 'good',
      actions: [['try', 'Try it'], ...tools(now)],
    };
  if (!now.running) return paused(now);
  const gains = since === 0 ? 'still getting better' : 'about as good as at its best';
  return {
    kind: since === 0 ? 'better' : 'level',
    text: `${score.trim() || 'It is learning,'} It is ${gains}.`.replace(', It is', ' and'),
    actions: tools(now),
  };
}

/** @param {Situation} now @returns {Advice} */
function paused(now) {
  return {
    kind: 'paused',
    text: `Paused.${scoreWords(now)}`,
    actions: [['start', 'Go on'], ['try', 'Try it'], ...tools(now)],
  };
}

/** Before the first measurement; without images kept out of training there is none. @param {Situation} now @returns {Advice} */
function unmeasured(now) {
  if (!now.running) return paused(now);
  const times = Math.floor(now.epoch);
  if (times < 1) return { kind: 'begins', text: BEGINS[now.task], actions: [] };
  return {
    kind: 'learning',
    text: `It is learning: it has seen all its pictures ${times === 1 ? 'once' : `${times} times`}.`,
    actions: tools(now),
  };
}

/** @param {Situation} now @param {number} best @returns {Advice} */
function pastBest(now, best) {
  const last = now.losses[now.losses.length - 1];
  const epoch = Math.round(now.epochs[best]);
  const byHeart = now.trainLoss !== null && last > now.losses[best] * 1.05 && last > BY_HEART * now.trainLoss;
  return {
    kind: byHeart ? 'by heart' : 'past best',
    text: byHeart
      ? `It begins to learn its pictures by heart: on those kept out of training it was best at epoch ${epoch}.`
      : `It has not become better on pictures kept out of training since epoch ${epoch}.`,
    tone: byHeart ? 'warning' : 'good',
    actions: [['back', `See epoch ${epoch}`], now.running ? ['stop', 'Stop'] : ['try', 'Try it']],
  };
}

/** What the last score means, as a sentence behind another. @param {Situation} now */
function scoreWords({ task, score, classes }) {
  if (score === null) return '';
  if (task === 'classify' || task === 'columns') {
    const guess = classes > 0 && score < 0.6 ? `, where guessing gives ${percent(1 / classes)}` : '';
    return ` It is right on ${percent(score)} of pictures it has never seen${guess}.`;
  }
  if (task === 'redraw' || task === 'translate') {
    const look =
      score < 14
        ? 'blots of colour'
        : score < 18
          ? 'soft shapes'
          : score < 22
            ? 'clear shapes'
            : score < 27
              ? 'fine pictures'
              : 'nearly the same pictures';
    return ` It draws ${look} now (${score.toFixed(1)} dB).`;
  }
  return '';
}

/** @param {Situation} now */
function isGood({ task, score }) {
  if (score === null) return false;
  return task === 'classify' || task === 'columns'
    ? score >= GOOD.accuracy
    : (task === 'redraw' || task === 'translate') && score >= GOOD.psnr;
}

/** What there is to look at meanwhile. @param {Situation} now @returns {[Action, string][]} */
function tools({ task }) {
  if (task === 'classify' || task === 'columns') return [['mistakes', 'See its mistakes']];
  return task === 'redraw' ? [['embedding', 'Play with its code']] : [];
}
