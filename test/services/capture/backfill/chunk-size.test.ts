import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChunkSize } from '../../../../services/capture/backfill/chunk-size.ts';

void test('a table of large rows begins with few of them', () => {
  assert.equal(new ChunkSize({ rows: 100, bytes: 100 * 16_000_000 }).rows, 1);
  assert.equal(new ChunkSize({ rows: 1_000, bytes: 100_000 }).rows, 1_000);
  assert.equal(new ChunkSize(null).rows, 1_000);
});

void test('chunks grow until they are large enough, and shrink when they are too large or too slow', () => {
  const size = new ChunkSize(null);
  size.observe({ count: 1_000, bytes: 100_000, ms: 5 });
  assert.equal(size.rows, 4_000);
  size.observe({ count: 4_000, bytes: 400_000, ms: 20 });
  assert.equal(size.rows, 16_000);
  size.observe({ count: 16_000, bytes: 1_600_000, ms: 80 });
  assert.equal(size.rows, 30_000);
  size.observe({ count: 30_000, bytes: 3_000_000, ms: 10_000 });
  assert.equal(size.rows, 7_500);
  size.observe({ count: 7_500, bytes: 3_000_000_000, ms: 10 });
  assert.equal(size.rows, 1_875);
  size.observe({ count: 0, bytes: 0, ms: 10 });
  assert.equal(size.rows, 1_875);
});
