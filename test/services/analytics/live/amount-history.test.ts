import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assessAmount,
  emptyAmounts,
  learnAmount,
  loadAmounts,
  MIN_AMOUNTS,
  saveAmounts,
} from '../../../../services/analytics/live/amount-history.ts';
import { createRandomSource } from '../../../../services/analytics/models/random.ts';

/** Owner 1 has small amounts, owner 2 large ones. */
function taught(count: number) {
  const [history, random] = [emptyAmounts(), createRandomSource(3)];
  for (let index = 0; index < count; index++) {
    const owner = 1 + (index % 2);
    const amount = (owner === 1 ? 100 : 3000) * Math.exp(0.6 * (random() - 0.5));
    learnAmount(history, owner, amount, assessAmount(history, owner, amount)?.score ?? null);
  }
  return history;
}

void test('nothing is judged while the firm has few amounts', () => {
  assert.equal(assessAmount(taught(MIN_AMOUNTS - 1), 1, 1e6), null);
});

void test('what is usual for one owner is out of line for another', () => {
  const history = taught(400);
  const small = assessAmount(history, 1, 3000)!;
  assert.ok(small.score > 3.5, String(small.score));
  assert.deepEqual([small.sampleOf, small.last.length], ['owner', 3]);
  assert.ok(small.high < 200 && small.low > 50);
  assert.ok(assessAmount(history, 2, 3000)!.score < 1);
});

void test('an owner without history is judged by the firm', () => {
  const oddity = assessAmount(taught(400), 99, 3000)!;
  assert.deepEqual([oddity.sampleOf, oddity.last], ['firm', []]);
  assert.ok(oddity.score < 3);
});

void test('a history that was saved and loaded judges the same', () => {
  const history = taught(333);
  const loaded = loadAmounts(
    JSON.parse(JSON.stringify(saveAmounts(history))) as ReturnType<typeof saveAmounts>,
  );
  assert.deepEqual(loaded, history);
  assert.deepEqual(assessAmount(loaded, 1, 500), assessAmount(history, 1, 500));
});

void test('owners are bounded, and amounts that are all the same are no crash', () => {
  const history = emptyAmounts();
  for (let owner = 1; owner <= 3000; owner++) learnAmount(history, owner, 100, null);
  assert.equal(history.owners.size, 1500);
  assert.ok(Math.abs(assessAmount(history, 3000, 100)!.score) < 1e-5);
  assert.ok(assessAmount(history, 3000, 1000)!.score > 3.5);
});
