import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { countEvents, rangeFiles, rangePath, tableFolder } from '../../../services/lake/lake-path.ts';

const folderOf = (table: string): string => tableFolder({ database: 'dolibarr', table });

const path = (first: number, last: number): string =>
  rangePath({ table: 'd.t', date: '2026-01-02', first, last });

void describe('names in the lake', () => {
  void test('tell the table, the date and the offsets', () => {
    const [file] = rangeFiles([{ path: path(5, 1_000_000_000_000), bytes: 7 }]);
    const name = 'd.t/date=2026-01-02/0000000000000005-0001000000000000.parquet';
    assert.deepEqual(file, {
      path: name,
      bytes: 7,
      table: 'd.t',
      date: '2026-01-02',
      first: 5,
      last: 1_000_000_000_000,
    });
  });

  void test('of foreign files mean nothing', () => {
    assert.deepEqual(rangeFiles([{ path: 'd.t/notes.parquet', bytes: 1 }]), []);
    assert.equal(countEvents([{ path: 'd.t/date=2026-01-02/5-6.parquet', bytes: 1 }]), 0);
  });

  void test('stay within the folder whatever the table is called', () => {
    assert.equal(folderOf('llx_facture'), 'dolibarr.llx_facture');
    assert.equal(folderOf('../a b/ü*'), 'dolibarr...%2Fa%20b%2F%C3%BC%2A');
    assert.equal(folderOf('100%'), 'dolibarr.100%25');
  });

  void test('of very long tables are cut and stay unique', () => {
    const [one, other] = [folderOf('工'.repeat(63) + 'a'), folderOf('工'.repeat(63) + 'b')];
    assert.equal(one.length, 200);
    assert.notEqual(one, other);
  });

  void test('count the events of an interrupted merge once', () => {
    const files = [path(0, 4), path(5, 9), path(0, 9), path(10, 10)];
    assert.equal(countEvents(files.map((name) => ({ path: name, bytes: 1 }))), 11);
  });
});
