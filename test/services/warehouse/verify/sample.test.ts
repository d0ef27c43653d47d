import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawSample, type KeySpan } from '../../../../services/warehouse/verify/sample.ts';

const SPAN: KeySpan = { first: 1n, last: 100_000n, rows: 100_000 };
const holds = ({ first, last }: { first: string | null; last: string | null }, key: bigint): boolean =>
  BigInt(first!) <= key && key <= BigInt(last!);

void test('the ranges of everything cover each key once, whatever the span', () => {
  for (const span of [
    SPAN,
    { first: -5n, last: -5n, rows: 1 },
    { first: 0n, last: 2n ** 64n - 1n, rows: 3000 },
  ]) {
    const { ranges, share } = drawSample('t', span, { amount: { percent: 100 }, seed: 1 });
    assert.equal(share, 1);
    assert.equal(ranges[0]!.first, String(span.first));
    assert.equal(ranges.at(-1)!.last, String(span.last));
    for (let at = 1; at < ranges.length; at++)
      assert.equal(BigInt(ranges[at]!.first!), BigInt(ranges[at - 1]!.last!) + 1n);
  }
});

void test('a row is in a sample as often as the share says', () => {
  const SEEDS = 4000;
  const hits = new Map([1n, 50_000n, 100_000n].map((key) => [key, 0]));
  let share = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    const sample = drawSample('t', SPAN, { amount: { percent: 10 }, seed });
    ({ share } = sample);
    for (const [key, count] of hits)
      if (sample.ranges.some((range) => holds(range, key))) hits.set(key, count + 1);
  }
  assert.equal(share, 0.1);
  const fiveSigma = 5 * Math.sqrt(SEEDS * share * (1 - share));
  for (const [key, count] of hits) assert.ok(Math.abs(count - SEEDS * share) < fiveSigma, `${key}: ${count}`);
});

void test('the same seed draws the same ranges of a table, another table has its own', () => {
  const draw = (table: string, seed: number) =>
    drawSample(table, SPAN, { amount: { rows: 5000 }, seed }).ranges.map(({ first }) => first);
  assert.deepEqual(draw('a', 7), draw('a', 7));
  assert.notDeepEqual(draw('a', 7), draw('a', 8));
  assert.notDeepEqual(draw('a', 7), draw('b', 7));
  assert.equal(draw('a', 7).length, 10);
});
