import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareMoving } from '../../app/compare-moving.ts';
import type { ChangeLog } from '../../core/ports/change-log.ts';
import type { Comparison } from '../../services/warehouse/verify/verifier.ts';

/** A source in which each comparison of `busy` comes in the middle of a change, `changes` times. */
function compareBusy(changes: number, isHeld: boolean): Promise<Comparison> & { asked: string[][] } {
  let next = 0;
  const asked: string[][] = [];
  const topic = (name: string, nextOffset: number) => ({ topic: name, nextOffset });
  const log = { topics: () => Promise.resolve([topic('t.busy', next), topic('t.still', 7)]) };
  const compare = (tables: readonly string[]): Promise<Comparison> => {
    asked.push([...tables]);
    const isBusy = next < changes;
    if (isBusy) next += 1;
    const verdicts = tables.map((table) => ({
      ...{ table, equal: table === 'busy' ? !isBusy : true, sourceRows: 1, warehouseRows: 1 },
      ...{ checksum: { source: '', warehouse: '' }, differences: [], share: 1 },
      differing: { schema: { database: 'd', table, columns: [], key: [] }, rows: [], isComplete: true },
    }));
    return Promise.resolve({ equal: !isBusy, position: 'p', tables: verdicts, leftOut: [] });
  };
  const compared = compareMoving({
    log: log as unknown as ChangeLog,
    compare,
    tables: ['busy', 'still'],
    topicOf: (table) => `t.${table}`,
    isHeld: () => isHeld,
  });
  return Object.assign(compared, { asked });
}

void test('a table of another loader that changed meanwhile is compared again, the others are not', async () => {
  const compared = compareBusy(2, false);
  const { equal, tables, leftOut } = await compared;
  assert.deepEqual(
    tables.map(({ table, equal: isEqual }) => [table, isEqual]),
    [
      ['busy', true],
      ['still', true],
    ],
  );
  assert.deepEqual([equal, leftOut], [true, []]);
  assert.deepEqual(compared.asked, [['busy', 'still'], ['busy'], ['busy']]);
});

void test('a table that never rests is left out, with the reason', async () => {
  const { equal, tables, leftOut } = await compareBusy(99, false);
  assert.deepEqual([equal, tables.map(({ table }) => table)], [true, ['still']]);
  assert.match(leftOut[0]!.reason, /changed while it was compared/);
});

void test('a table that is held and differs is different', async () => {
  const compared = compareBusy(99, true);
  const { equal } = await compared;
  assert.equal(equal, false);
  assert.equal(compared.asked.length, 1);
});
