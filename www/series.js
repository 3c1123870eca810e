// The curves as the chart wants them: smoothed over every point, then thinned so that no outlier is lost.

/** @import { Series } from './types.js' */

/** A curve that grows: flat arrays that double when full. */
export function createCurve() {
  let steps = new Float64Array(1024);
  let epochs = new Float64Array(1024);
  let values = new Float64Array(1024);
  let length = 0;
  return {
    get length() { return length; },
    get steps() { return steps.subarray(0, length); },
    get epochs() { return epochs.subarray(0, length); },
    get values() { return values.subarray(0, length); },
    clear() { length = 0; },
    /** @param {Pick<Series, 'step' | 'epoch' | 'loss'>} more */
    append({ step, epoch, loss }) {
      while (length + step.length > steps.length) [steps, epochs, values] = [grown(steps), grown(epochs), grown(values)];
      steps.set(step, length);
      epochs.set(epoch, length);
      values.set(loss, length);
      length += step.length;
    },
  };
}

/** @param {Float64Array<ArrayBuffer>} old */
function grown(old) {
  const grown = new Float64Array(old.length * 2);
  grown.set(old);
  return grown;
}

/**
 * Exponential moving average without the pull of its start: s = w s + (1 - w) x, shown as s / (1 - w^n).
 * On a logarithmic axis the logarithm is smoothed, so that the curve runs through the middle of what is seen.
 * @param {Float64Array} values
 * @param {number} weight 0 gives the values themselves
 * @param {boolean} logarithmic
 */
export function smooth(values, weight, logarithmic) {
  if (weight === 0) return values;
  const smoothed = new Float64Array(values.length);
  let sum = 0;
  let share = 1;
  for (let i = 0; i < values.length; i++) {
    const value = logarithmic ? Math.log(Math.max(values[i], 1e-30)) : values[i];
    if (Number.isFinite(value)) {
      sum = weight * sum + (1 - weight) * value;
      share *= weight;
    }
    const mean = share < 1 ? sum / (1 - share) : NaN;
    smoothed[i] = logarithmic ? Math.exp(mean) : mean;
  }
  return smoothed;
}

/**
 * Indices of the points worth drawing: of each of `buckets` stretches its first, lowest and highest point.
 * @param {Float64Array} values
 * @param {number} from first index
 * @param {number} to one past the last
 * @param {number} buckets
 * @returns {number[]} in order
 */
export function thin(values, from, to, buckets) {
  /** @type {number[]} */
  const wanted = [];
  const size = Math.max(1, (to - from) / buckets);
  if (size <= 3) {
    for (let i = from; i < to; i++) wanted.push(i);
    return wanted;
  }
  for (let start = from; start < to; start += size) {
    const first = Math.floor(start);
    const last = Math.min(to, Math.floor(start + size));
    let low = first;
    let high = first;
    for (let i = first; i < last; i++) {
      if (values[i] < values[low]) low = i;
      if (values[i] > values[high]) high = i;
    }
    const three = [first, Math.min(low, high), Math.max(low, high)];
    for (const i of three) if (wanted[wanted.length - 1] !== i && !(i < wanted[wanted.length - 1])) wanted.push(i);
  }
  if (wanted[wanted.length - 1] !== to - 1) wanted.push(to - 1);
  return wanted;
}

/** First index whose step is not below `step`. @param {ArrayLike<number>} steps @param {number} step */
export function lowerBound(steps, step) {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle] < step) low = middle + 1;
    else high = middle;
  }
  return low;
}
