// The arithmetic of the page that needs no browser: curves as the chart draws them, numbers as people read them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, counted, loss, mebibytes, significant } from '../../www/format.js';
import { createCurve, lowerBound, smooth, thin } from '../../www/series.js';

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

test('a curve grows past its first arrays', () => {
  const curve = createCurve();
  const some = Float64Array.from({ length: 1500 }, (_, i) => i);
  curve.append({ step: some, epoch: some, loss: some });
  curve.append({ step: some, epoch: some, loss: some });
  assert.equal(curve.length, 3000);
  assert.equal(curve.values[2999], 1499);
  assert.equal(lowerBound(curve.steps.subarray(0, 1500), 700.5), 701);
});

test('numbers are told with sensible digits', () => {
  assert.equal(loss(0.01234567), '0.0123');
  assert.equal(loss(null), '–');
  assert.equal(significant(3.80412, 3), '3.80');
  assert.equal(brief(4_215_552), '4.22 M');
  assert.equal(mebibytes(1_258_291), '1.2');
  assert.equal(counted(1, 'image'), '1 image');
});
