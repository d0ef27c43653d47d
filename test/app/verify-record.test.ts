import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VerifyReport } from '../../app/runtime.ts';
import { VerifyRecords } from '../../app/verify-record.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const REPORT: VerifyReport = {
  ...{ equal: false, position: 'p', totals: [], repaired: [], sampling: null, leftOut: [], seconds: 1 },
  tables: [
    { table: 'llx_a', equal: true, sourceRows: 2, warehouseRows: 2, differences: [], share: 1 },
    { table: 'llx_b', equal: false, sourceRows: 3, warehouseRows: 1, differences: ['rowid=1'], share: 1 },
  ],
};
const EVERY = { tables: ['*'], excludeTables: [] };

void test('the last comparison of everything is known, also after a restart', () => {
  using folder = makeTemporaryFolder();
  const open = () => new VerifyRecords({ path: folder.path }, { now: () => 1000 });
  const records = open();
  assert.equal(records.last, null);
  records.keep(EVERY, REPORT);
  const expected = { at: 1000, equal: false, tables: 2, rows: 5, different: ['llx_b'] };
  assert.deepEqual(records.last, expected);
  assert.deepEqual(open().last, expected);
});

void test('a comparison of some tables or of a sample says nothing about all figures', () => {
  using folder = makeTemporaryFolder();
  const records = new VerifyRecords({ path: folder.path }, { now: () => 1000 });
  records.keep({ tables: ['llx_a'], excludeTables: [] }, REPORT);
  records.keep({ tables: ['*'], excludeTables: ['llx_b'] }, REPORT);
  records.keep(EVERY, { ...REPORT, sampling: { amount: { percent: 10 }, seed: 1 } });
  assert.equal(records.last, null);
});
