import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assignShards } from '../../../adapters/kafka/assign-shards.ts';

const assigned = (count: number, held: Readonly<Record<string, readonly number[]>>): object =>
  Object.fromEntries(
    assignShards(
      count,
      Object.entries(held).map(([memberId, shards]) => ({ memberId, held: shards })),
    ),
  );

void test('one loader gets all shards', () => {
  assert.deepEqual(assigned(4, { a: [] }), { a: [0, 1, 2, 3] });
});

void test('what a new loader is to have goes to nobody until its holder has finished with it', () => {
  assert.deepEqual(assigned(4, { a: [0, 1, 2, 3], b: [] }), { a: [0, 1], b: [] });
  assert.deepEqual(assigned(4, { a: [0, 1], b: [] }), { a: [0, 1], b: [2, 3] });
});

void test('what a lost loader had goes to the others, who keep theirs', () => {
  assert.deepEqual(assigned(5, { a: [0, 1], b: [3] }), { a: [0, 1, 2], b: [3, 4] });
});

void test('more loaders than shards: the others stand by', () => {
  assert.deepEqual(assigned(2, { a: [1], b: [0], c: [] }), { a: [1], b: [0], c: [] });
});

void test('a shard that two claim stays with one of them', () => {
  assert.deepEqual(assigned(3, { a: [0, 1], b: [1, 2] }), { a: [0, 1], b: [2] });
});
