// The curves of a run as the chart wants them: smoothed over every point, then thinned so that no outlier is lost.

/** @import { Series } from '../../engine/types.js' */

/** @typedef {'step' | 'epoch' | 'examples' | 'seconds'} Axis what a curve is drawn over */
/** @typedef {ReturnType<typeof createRun>} Run */

/** The curves of one run, which grow: series over the steps by name, and others over the evaluations. @param {string} [name] */
export function createRun(name = '') {
  /** @type {Record<string, Float64Array>} */
  let columns = {};
  let length = 0;
  /** First points of epochs. @type {number[]} */
  let epochStarts = [];
  /** @type {Map<string, ReturnType<typeof createSmoother>>} */
  const smoothers = new Map();
  /** The series of this name; NaN where nothing was recorded. @param {string} name */
  const column = (name) => (columns[name] ??= new Float64Array(Math.max(1024, length)).fill(NaN)).subarray(0, length);
  return {
    name,
    /** @type {Series} */
    validation: {},
    get length() {
      return length;
    },
    /** Steps that begin an epoch, the first left out. */
    get epochStarts() {
      return epochStarts;
    },
    column,
    /** @param {string} name @param {number} weight @param {boolean} logarithmic */
    smooth(name, weight, logarithmic) {
      const smoother = smoothers.get(name) ?? createSmoother();
      smoothers.set(name, smoother);
      return smoother(column(name), weight, logarithmic);
    },
    /** The series over the evaluations of this name. @param {string} name */
    measured(name) {
      return this.validation[name] ?? new Float64Array(this.validation.step?.length ?? 0).fill(NaN);
    },
    clear() {
      columns = {};
      length = 0;
      epochStarts = [];
      smoothers.clear();
      this.validation = {};
    },
    /** @param {Series} more */
    append(more) {
      const added = more.step?.length ?? 0;
      for (const name of new Set([...Object.keys(columns), ...Object.keys(more)])) {
        column(name);
        while (length + added > columns[name].length) columns[name] = grown(columns[name]);
        if (more[name]) columns[name].set(more[name], length);
        else columns[name].fill(NaN, length, length + added);
      }
      const { epoch, step } = columns;
      for (let i = Math.max(1, length); i < length + added; i++) {
        // A whole number of epochs is the end of one: what comes after it begins the next.
        if (Math.floor(epoch[i - 1]) !== Math.floor(i > 1 ? epoch[i - 2] : 0)) epochStarts.push(step[i - 1]);
      }
      length += added;
    },
  };
}

/** @param {Float64Array} old */
function grown(old) {
  const grown = new Float64Array(old.length * 2);
  grown.set(old);
  return grown;
}

/**
 * Exponential moving average without the pull of its start: s = w s + (1 - w) x, shown as s / (1 - w^n).
 * On a logarithmic axis the logarithm is smoothed, so that the curve runs through the middle of what is seen.
 * The returned function is given the values again whenever there are more, and computes the new ones alone.
 */
export function createSmoother() {
  let smoothed = new Float64Array(1024);
  let done = 0;
  let sum = 0;
  let share = 1;
  let kind = '';
  /** @param {Float64Array} values @param {number} weight 0 gives the values themselves @param {boolean} logarithmic */
  return (values, weight, logarithmic) => {
    if (weight === 0) return values;
    if (kind !== `${weight} ${logarithmic}` || values.length < done) {
      [done, sum, share, kind] = [0, 0, 1, `${weight} ${logarithmic}`];
    }
    while (smoothed.length < values.length) smoothed = /** @type {Float64Array<ArrayBuffer>} */ (grown(smoothed));
    for (; done < values.length; done++) {
      const value = logarithmic ? Math.log(Math.max(values[done], 1e-30)) : values[done];
      if (Number.isFinite(value)) {
        sum = weight * sum + (1 - weight) * value;
        share *= weight;
      }
      const mean = share < 1 ? sum / (1 - share) : NaN;
      smoothed[done] = logarithmic ? Math.exp(mean) : mean;
    }
    return smoothed.subarray(0, values.length);
  };
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
      if (!(values[i] >= values[low])) low = Number.isNaN(values[i]) ? low : i;
      if (!(values[i] <= values[high])) high = Number.isNaN(values[i]) ? high : i;
    }
    const three = [first, Math.min(low, high), Math.max(low, high)];
    for (const i of three) if (wanted[wanted.length - 1] !== i && !(i < wanted[wanted.length - 1])) wanted.push(i);
  }
  if (wanted[wanted.length - 1] !== to - 1) wanted.push(to - 1);
  return wanted;
}

/** First index whose value is not below `least`. @param {ArrayLike<number>} ascending @param {number} least */
export function lowerBound(ascending, least) {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the value nearest to `value`; -1 where there is none. @param {ArrayLike<number>} ascending @param {number} value */
export function nearest(ascending, value) {
  const after = lowerBound(ascending, value);
  if (after === 0) return ascending.length > 0 ? 0 : -1;
  if (after === ascending.length) return after - 1;
  return ascending[after] - value < value - ascending[after - 1] ? after : after - 1;
}

/**
 * Lines of a run's training curve, of its validation curve, and of what that is compared with.
 * @param {Run} run
 * @param {{ train?: string, validation?: string, baseline?: string, other?: string }} figure the series that it shows
 * @param {{ axis: Axis, weight: number, logX: boolean, logY: boolean, range: [number, number] | null, buckets: number }} look
 *   `range`: the part of the axis that is seen; null: all of it
 */
export function tables(run, figure, { axis, weight, logX, logY, range, buckets }) {
  /** @param {number} value */
  const seen = (value) => (Number.isFinite(value) && !(logY && value <= 0) ? value : null);
  const [low, high] = range ?? [-Infinity, Infinity];
  /** @type {[x: number[], raw: (number | null)[], mean: (number | null)[]]} */
  const train = [[], [], []];
  /** @type {[x: number[], mean: (number | null)[]]} */
  const other = [[], []];
  for (const name of [figure.train, figure.other]) {
    if (!name) continue;
    const x = run.column(axis);
    const values = run.column(name);
    const means = run.smooth(name, weight, logY);
    const from = Math.max(0, lowerBound(x, low) - 1);
    const to = Math.min(x.length, lowerBound(x, high) + 2);
    const places = name === figure.train ? train[0] : other[0];
    for (const i of thin(values, from, to, buckets)) {
      if (i < 0 || (logX && x[i] <= 0) || x[i] === places[places.length - 1]) continue;
      places.push(x[i]);
      if (name === figure.train) train[1].push(seen(values[i]));
      (name === figure.train ? train[2] : other[1]).push(seen(means[i]));
    }
  }
  /** @param {string} [name] @returns {[x: number[], values: (number | null)[]]} */
  const measured = (name) => {
    /** @type {[x: number[], values: (number | null)[]]} */
    const table = [[], []];
    const x = name ? run.measured(axis) : [];
    const values = name ? run.measured(name) : [];
    for (let i = 0; i < x.length; i++) {
      const value = seen(values[i]);
      if (value === null || (logX && x[i] <= 0) || x[i] === table[0][table[0].length - 1]) continue;
      table[0].push(x[i]);
      table[1].push(value);
    }
    return table;
  };
  const validation = measured(figure.validation);
  if (figure.other) return { train, validation, other };
  return figure.baseline ? { train, validation, baseline: measured(figure.baseline) } : { train, validation };
}

/**
 * Where a step is on an axis.
 * @param {Run} run
 * @param {Axis} axis
 * @param {number} step
 */
export function placeOf(run, axis, step) {
  if (axis === 'step') return step;
  const at = Math.min(run.length - 1, lowerBound(run.column('step'), step));
  return run.column(axis)[at] ?? 0;
}
