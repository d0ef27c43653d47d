import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  loadForest,
  type Row,
  saveForest,
  scoreIsolation,
  trainForest,
} from '../../../../services/analytics/models/isolation-forest.ts';
import { createRandomSource } from '../../../../services/analytics/models/random.ts';

const random = createRandomSource(7);
const rows: Row[] = Array.from({ length: 500 }, () => [random(), random(), random()]);

void test('a row far from the others scores higher than nearly all of them', () => {
  const forest = trainForest(rows, { seed: 1 });
  const far = scoreIsolation(forest, [9, 9, 9]);
  const lower = rows.filter((row) => scoreIsolation(forest, row) < far);
  assert.ok(lower.length >= 0.98 * rows.length, String(lower.length));
});

void test('the same seed gives the same forest, and one that was saved as JSON scores the same', () => {
  const forest = trainForest(rows, { seed: 1 });
  const text = JSON.stringify(saveForest(forest));
  assert.equal(JSON.stringify(saveForest(trainForest(rows, { seed: 1 }))), text);
  const loaded = loadForest(JSON.parse(text) as ReturnType<typeof saveForest>);
  for (const row of rows.slice(0, 20)) assert.equal(scoreIsolation(loaded, row), scoreIsolation(forest, row));
});

void test('a value that is not known counts as the median, not as normal at any price', () => {
  const forest = trainForest([...rows, [Number.NaN, 0.5, 0.5]], { seed: 1 });
  assert.ok(scoreIsolation(forest, [Number.NaN, 9, 9]) > scoreIsolation(forest, [0.5, 0.5, 0.5]));
});

void test('constant columns, one row and none at all score as usual', () => {
  const constant = trainForest(
    [
      [1, 2],
      [1, 2],
      [1, 2],
    ],
    { seed: 1 },
  );
  assert.equal(scoreIsolation(constant, [1, 2]), scoreIsolation(constant, [5, 5]));
  assert.equal(scoreIsolation(trainForest([[1]], { seed: 1 }), [3]), 0.5);
  assert.equal(scoreIsolation(trainForest([], { seed: 1 }), []), 0.5);
});
