// The arithmetic of the page that needs no browser: curves as the chart draws them, numbers as people read them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, counted, loss, mebibytes, significant } from '../../www/ui/format.js';
import { heightTicks, logTicks, roundRange } from '../../www/strip/charts/scales.js';
import {
  createRun,
  createSmoother,
  lowerBound,
  nearest,
  placeOf,
  tables,
  thin,
} from '../../www/strip/charts/series.js';

const smooth = (/** @type {Float64Array} */ values, /** @type {number} */ weight, /** @type {boolean} */ logarithmic) =>
  createSmoother()(values, weight, logarithmic);

test('a logarithmic axis has two numbers or more in every range, and a number at each of its lines', () => {
  for (const height of [90, 150, 300])
    for (let low = 1e-5; low < 5; low *= 1.37)
      for (const factor of [1.02, 1.5, 3, 12, 1e3]) {
        const [min, max] = roundRange(low, low * factor, 1.08);
        const ticks = [];
        for (let power = -6; power < 5; power++)
          for (let digit = 1; digit < 10; digit++) {
            const tick = Number((digit * 10 ** power).toPrecision(1));
            if (tick >= min && tick <= max) ticks.push(tick);
          }
        const chart = /** @type {any} */ ({ scales: { y: { min, max } }, height: height + 32 });
        const written = heightTicks(chart, ticks).filter((tick) => tick !== null);
        assert.ok(written.length >= 2, `${min} to ${max} on ${height} pixels: ${written}`);
        const places = written.map((tick) => (height * Math.log10(tick / min)) / Math.log10(max / min));
        assert.ok(
          places.every((place, at) => at === 0 || place - places[at - 1] > 11),
          `${written} are too dense on ${height} pixels`,
        );
        assert.ok(logTicks(min, max, height, 'up').length >= 2);
      }
});

test('smoothing starts at the first value instead of zero', () => {
  assert.equal(smooth(Float64Array.of(5, 5, 5), 0.9, false)[0].toFixed(9), '5.000000000');
  assert.ok(smooth(Float64Array.of(1, 3), 0.5, false)[1] > 2); // weights 1/3 and 2/3
});

test('smoothing on a logarithmic axis takes the geometric mean', () => {
  const [, mean] = smooth(Float64Array.of(1, 100), 0.5, true);
  assert.ok(Math.abs(mean - 100 ** (2 / 3)) < 1e-9);
});

test('smoothing passes over values that are no numbers', () => {
  assert.deepEqual([...smooth(Float64Array.of(2, NaN, 2), 0.5, false)], [2, 2, 2]);
});

test('thinning keeps every outlier, the ends, and the order', () => {
  const values = Float64Array.from({ length: 100_000 }, (_, i) => (i === 54_321 ? 9 : i === 777 ? -9 : Math.sin(i)));
  const kept = thin(values, 0, values.length, 500);
  assert.ok(kept.includes(54_321) && kept.includes(777) && kept.includes(0) && kept.includes(99_999));
  assert.ok(kept.length <= 1502);
  assert.ok(kept.every((index, i) => i === 0 || kept[i - 1] < index));
});

test('thinning leaves short curves whole', () => {
  assert.deepEqual(thin(Float64Array.of(1, 2, 3), 0, 3, 500), [0, 1, 2]);
});

test('thinning passes over values that are no numbers', () => {
  const values = Float64Array.from({ length: 9000 }, (_, i) => (i % 3 === 0 ? NaN : i === 5000 ? 40 : 1));
  assert.ok(thin(values, 0, values.length, 100).includes(5000));
});

test('smoothing what was added gives the numbers of smoothing everything', () => {
  const values = Float64Array.from({ length: 3000 }, (_, i) => 2 + Math.sin(i * i));
  const smoother = createSmoother();
  for (const length of [1, 2, 700, 701, 3000]) smoother(values.subarray(0, length), 0.9, true);
  assert.deepEqual([...smoother(values, 0.9, true)], [...smooth(values, 0.9, true)]);
  assert.deepEqual([...smoother(values, 0.5, false)], [...smooth(values, 0.5, false)]);
});

/** A run of some steps, `perEpoch` to the epoch. */
function runOf(/** @type {number} */ steps, /** @type {number} */ perEpoch, /** @type {(i: number) => number} */ loss) {
  const of = (/** @type {(i: number) => number} */ value) => Float64Array.from({ length: steps }, (_, i) => value(i));
  const run = createRun();
  const more = {
    step: of((i) => i + 1),
    epoch: of((i) => (i + 1) / perEpoch),
    examples: of((i) => 32 * (i + 1)),
    seconds: of((i) => 0.5 * i),
    loss: of(loss),
    accuracy: of(() => NaN),
    learning_rate: of(() => 0.001),
  };
  run.append(
    /** @type {any} */ (
      Object.fromEntries(Object.entries(more).map(([name, values]) => [name, values.subarray(0, 7)]))
    ),
  );
  run.append(
    /** @type {any} */ (Object.fromEntries(Object.entries(more).map(([name, values]) => [name, values.subarray(7)]))),
  );
  return run;
}

test('a run grows past its first arrays and knows where its epochs begin', () => {
  const run = runOf(3000, 1000, () => 1);
  assert.equal(run.length, 3000);
  assert.equal(run.column('step')[2999], 3000);
  assert.deepEqual(run.epochStarts, [1000, 2000]);
  assert.equal(placeOf(run, 'examples', 2), 64);
  assert.equal(placeOf(run, 'seconds', 3), 1);
  assert.equal(lowerBound(run.column('step'), 700.5), 700);
  run.clear();
  assert.deepEqual([run.length, run.epochStarts.length], [0, 0]);
});

test('what is drawn keeps every spike, on every axis, and only the part that is seen', () => {
  const run = runOf(50_000, 1000, (i) => (i === 33_333 ? 99 : 1 + (i % 7) / 10));
  const look = { weight: 0.9, logX: false, logY: true, range: null, buckets: 300 };
  for (const axis of /** @type {const} */ (['step', 'epoch', 'examples', 'seconds'])) {
    const {
      train: [x, raw],
    } = tables(run, { train: 'loss' }, { ...look, axis });
    assert.ok(x.length < 1000 && raw.includes(99));
    assert.equal(x[raw.indexOf(99)], run.column(axis)[33_333]);
    assert.ok(x.every((value, i) => i === 0 || x[i - 1] < value));
  }
  const {
    train: [x],
  } = tables(run, { train: 'loss' }, { ...look, axis: 'step', range: [100, 200] });
  assert.deepEqual([x[0], x[x.length - 1], x.length], [99, 201, 103]);
});

test('the lower end of a logarithmic axis is one that its ticks can be counted up from', () => {
  assert.deepEqual(roundRange(0.00234, 0.5, 1), [0.002, 0.5]);
  // A classifier that is certain has losses like these; uPlot would add to its ticks until the memory is full.
  const [from, to] = roundRange(1.6e-26, 2.4e-19, 1);
  assert.ok(from === 1e-15 && to > from);
  assert.deepEqual(roundRange(1e-40, 1, 1), [1e-15, 1]);
});

test('logarithmic axes leave out what they cannot show', () => {
  const run = runOf(10, 5, (i) => i - 2);
  const look = { weight: 0, logX: true, logY: true, range: null, buckets: 300 };
  const {
    train: [x, raw],
  } = tables(run, { train: 'loss' }, { ...look, axis: 'seconds' });
  assert.equal(x[0], 0.5); // the first step took no time yet
  assert.deepEqual(raw.slice(0, 4), [null, null, 1, 2]);
});

test('validation is drawn where it was measured, without what does not apply', () => {
  const run = runOf(10, 5, () => 1);
  run.validation = { ...run.validation, step: Float64Array.of(5, 10), val_loss: Float64Array.of(0.5, NaN) };
  const look = { axis: /** @type {const} */ ('step'), weight: 0, logX: false, logY: true, range: null, buckets: 300 };
  assert.deepEqual(tables(run, { train: 'loss', validation: 'val_loss' }, look).validation, [[5], [0.5]]);
});

test('the nearest point is one of them', () => {
  assert.deepEqual(
    [0, 2.4, 2.6, 9].map((value) => nearest([1, 2, 3], value)),
    [0, 1, 2, 2],
  );
  assert.equal(nearest([], 1), -1);
});

test('numbers are told with sensible digits', () => {
  assert.equal(loss(0.01234567), '0.0123');
  assert.equal(loss(null), '–');
  assert.equal(significant(3.80412, 3), '3.80');
  assert.equal(brief(4_215_552), '4.22 M');
  assert.equal(mebibytes(1_258_291), '1.2');
  assert.equal(counted(1, 'image'), '1 image');
});
