import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReorderLevel } from '../../../../services/analytics/models/reorder-level.ts';
import { forecastBands } from '../../../../services/analytics/prediction/forecast-bands.ts';

const level = (months: readonly number[], ratio: number): ReorderLevel =>
  ({ forecast: { kind: 'smooth', months }, level: 0, mean: 0, ratio }) as unknown as ReorderLevel;

void test('each month has what is expected inside the range that eight in ten stay in', () => {
  const table = forecastBands([{ id: 7 }, { id: 8 }], [level([12, 12, 0], 1), level([100, 100, 100], 4)], {
    today: '2026-11-23',
    calibration: new Map(),
  });
  assert.equal(table.name, 'stock_forecast');
  assert.deepEqual(
    table.rows.map(([id, month]) => [id, month]),
    [7, 8].flatMap((id) => ['2026-11-01', '2026-12-01', '2027-01-01'].map((month) => [id, month])),
  );
  for (const [, , expected, low, high] of table.rows as number[][]) {
    assert.ok(low! <= expected! && expected! <= high!, `${low} ${expected} ${high}`);
  }
  const [calm, , none, wild] = table.rows as number[][];
  assert.deepEqual(calm!.slice(3, 5), [8, 17]);
  assert.deepEqual(none!.slice(3), [0, 0, 1]);
  assert.ok(wild![4]! - wild![3]! > 40, 'demand that varies more has a wider range');
});
