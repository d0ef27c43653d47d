import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantiles, shrink, spreadOf } from '../../../services/analytics/robust-statistics.ts';

void test('median and MAD of known samples', () => {
  assert.deepEqual(spreadOf([]), { count: 0, centre: 0, scale: 0 });
  assert.deepEqual(spreadOf([3]), { count: 1, centre: 3, scale: 0 });
  assert.deepEqual(spreadOf([1, 1, 2, 2, 4, 6, 9]), { count: 7, centre: 2, scale: 1.4826 });
});

void test('quantiles lie on the line between their neighbours', () => {
  assert.equal(quantiles([], [0.5]), null);
  assert.deepEqual(quantiles([4, 1, 3, 2], [0, 0.5, 0.9, 1]), [1, 2.5, 3.7, 4]);
});

void test('a group of the weight counts half', () => {
  const whole = { count: 100, centre: 0, scale: 1 };
  assert.deepEqual(shrink({ count: 20, centre: 2, scale: 3 }, whole, 20), { count: 20, centre: 1, scale: 2 });
  assert.deepEqual(shrink({ count: 0, centre: 9, scale: 9 }, whole, 20), { count: 0, centre: 0, scale: 1 });
});
