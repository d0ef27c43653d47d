import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../../simulator/random.ts';
import type { Faults } from './kinds.ts';
import { KindTable, planFaults } from './plan.ts';

const nothing = (): Promise<void> => Promise.resolve();
const FAULTS: Faults = { kill: nothing, cut: nothing, sleep: nothing };
const draw = (seed: number, each: number | null) =>
  planFaults(FAULTS, { total: 50, each }, createRandom(seed).next);

void test('each kind so many times, in an order that the seed decides, and each knows its turn', () => {
  const plan = draw(1, 20);
  assert.equal(plan.length, 60);
  for (const kind of Object.keys(FAULTS)) {
    const turns = plan.filter((fault) => fault.kind === kind).map(({ turn }) => turn);
    assert.deepEqual(
      turns,
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
  }
  const order = (seed: number): string =>
    draw(seed, 20)
      .map(({ kind }) => kind)
      .join();
  assert.equal(order(1), order(1));
  assert.notEqual(order(1), order(2));
});

void test('without a number for each kind, so many are drawn', () => {
  const plan = draw(3, null);
  assert.equal(plan.length, 50);
  assert.deepEqual([...new Set(plan.map(({ kind }) => kind))].sort(), ['cut', 'kill', 'sleep']);
});

void test('the table of the kinds counts outages of a full minute', () => {
  const table = new KindTable();
  table.add('Kafka unreachable', 60.2);
  table.add('Kafka unreachable', 9.8);
  table.add('cut', 0);
  assert.deepEqual(
    table.lines().map((line) => line.split(/ {2,}/)),
    [
      ['kind', 'times', 'mean s', 'longest s', '>= 60 s'],
      ['Kafka unreachable', '2', '35.0', '60.2', '1'],
      ['cut', '1', '0.0', '0.0', '0'],
    ],
  );
});
