/** What every implementation of the lake store port must do. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { LakeStore } from '../../core/ports/lake-store.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { decimalBytes, type Image, TestTable } from '../services/lake/envelopes.ts';
import { readParquet } from '../support/pyarrow.ts';

export interface LakeStoreHarness {
  readonly store: LakeStore;
  readonly engine: Warehouse;
  /** Path of a copy of a lake file that other programs can read. */
  fetch(path: string): Promise<string>;
  /** Puts a file of this machine into the lake as somebody else would. */
  place(file: string, path: string): Promise<void>;
  /** Folder of this machine for the test's own files. */
  readonly dir: string;
  /** Names of what unfinished writes have left where they are prepared. */
  leftovers(): Promise<readonly string[]>;
  dispose(): Promise<void>;
}

const table = new TestTable('llx_types', {
  rowid: 'int',
  amount: 'decimal(24,8)',
  huge: 'decimal(65,30)',
  day: 'date',
  wall: 'datetime',
  wall6: 'datetime(6)',
  instant: 'timestamp',
  counter: 'bigint unsigned',
  big: 'bigint',
  small: 'smallint unsigned',
  single: 'float',
  price: 'double',
  raw: 'blob',
  fixed: 'binary(4)',
  span: 'time',
  year: 'year',
  bits: 'bit(1)',
  bits64: 'bit(64)',
  note: 'text',
});

const FULL: Image = {
  rowid: -7,
  amount: decimalBytes(-1_234_567_890n),
  huge: decimalBytes(123_456_789_012_345_678_901_234_567_890_123n),
  day: -719_162,
  wall: Date.UTC(2024, 1, 29, 13, 14, 15),
  wall6: Date.UTC(2024, 1, 29, 13, 14, 15) * 1000 + 123_456,
  instant: Date.UTC(2024, 1, 29, 12, 14, 15),
  counter: decimalBytes(18_446_744_073_709_551_615n),
  big: -2_251_799_813_685_249,
  small: 65_535,
  single: Math.fround(0.1),
  price: 0.1,
  raw: Buffer.from([0, 255, 1]),
  fixed: Buffer.from([1, 2, 3, 0]),
  span: -3_600_000_000,
  year: 2024,
  bits: 1,
  bits64: decimalBytes(9_223_372_036_854_775_809n),
  note: "l'été 🚧",
};

const READ = {
  rowid: -7,
  amount: '-12.34567890',
  huge: '123.456789012345678901234567890123',
  day: '0001-01-01',
  wall: '2024-02-29T13:14:15',
  wall6: '2024-02-29T13:14:15.123456',
  instant: '2024-02-29T12:14:15+00:00',
  counter: '18446744073709551615',
  big: -2_251_799_813_685_249,
  small: 65_535,
  single: Math.fround(0.1),
  price: 0.1,
  raw: '0x00ff01',
  fixed: '0x01020300',
  span: -3_600_000_000,
  year: 2024,
  bits: 1,
  bits64: '9223372036854775809',
  note: "l'été 🚧",
};

const TYPES = {
  rowid: 'int32',
  amount: 'decimal128(24, 8)',
  huge: 'decimal256(65, 30)',
  day: 'date32[day]',
  wall: 'timestamp[ms]',
  wall6: 'timestamp[us]',
  instant: 'timestamp[ms, tz=UTC]',
  counter: 'uint64',
  big: 'int64',
  small: 'uint16',
  single: 'float',
  price: 'double',
  raw: 'binary',
  fixed: 'binary',
  span: 'int64',
  year: 'uint16',
  bits: 'uint64',
  bits64: 'uint64',
  note: 'string',
};

const EMPTY = Object.fromEntries(Object.keys(READ).map((name) => [name, null]));
const COMMIT = Date.UTC(2024, 1, 29, 23, 59, 59);

export function describeLakeStore(name: string, makeHarness: () => Promise<LakeStoreHarness>): void {
  void describe(`lake store: ${name}`, () => {
    let harness: LakeStoreHarness;
    let lake: LakeStore;

    before(async () => {
      harness = await makeHarness();
      lake = harness.store;
    });

    after(async () => {
      await harness.dispose();
    });

    const write = (path: string, firstOffset: number, seqs: readonly number[]) => {
      const changes = seqs.map((seq) => ({
        op: 'u' as const,
        before: { rowid: -seq },
        after: { rowid: seq },
        commitMs: COMMIT,
        seq,
      }));
      const { count, values } = table.batch(3, changes);
      const blocks = [{ count, data: values }];
      return lake.write({ path, schemaId: 3, schema: table.schema, firstOffset, blocks });
    };

    const paths = async (folder: string) => (await lake.list(folder)).map((file) => file.path);

    void test('pyarrow reads every type and value as the source has them', async () => {
      const batch = table.batch(3, [
        { op: 'c', after: FULL, commitMs: COMMIT, seq: 11 },
        { op: 'u', before: FULL, after: { rowid: 1 }, commitMs: COMMIT, seq: 12 },
        { op: 'd', before: { rowid: 1 }, commitMs: COMMIT, seq: 13 },
      ]);
      const file = await lake.write({
        path: 'types/date=2024-02-29/a.parquet',
        schemaId: 3,
        schema: table.schema,
        firstOffset: 40,
        blocks: [{ count: batch.count, data: batch.values }],
      });
      const { types, rows } = await readParquet(await harness.fetch(file.path));
      for (const image of ['before', 'after']) {
        for (const [name, type] of Object.entries(TYPES)) assert.equal(types[`${image}.${name}`], type, name);
      }
      assert.equal(types['commit_time'], 'timestamp[ms, tz=UTC]');
      const gone = { ...EMPTY, rowid: 1 };
      assert.deepEqual(rows.map(withoutBinlog), [
        { ...FIXED, event_offset: 40, seq: 11, op: 'c', gtid: '0-1-11', before: null, after: READ },
        { ...FIXED, event_offset: 41, seq: 12, op: 'u', gtid: '0-1-12', before: READ, after: gone },
        { ...FIXED, event_offset: 42, seq: 13, op: 'd', gtid: '0-1-13', before: gone, after: null },
      ]);
    });

    void test('what names a person is erased from a file, types and order kept; other files stay as they are', async () => {
      const folder = 'erase/date=2024-02-29';
      const batch = table.batch(3, [
        { op: 'c', after: FULL, commitMs: COMMIT, seq: 1 },
        { op: 'u', before: FULL, after: { rowid: 8, note: 'vu Sidonie Petit' }, commitMs: COMMIT, seq: 2 },
        { op: 'd', before: { rowid: 9 }, commitMs: COMMIT, seq: 3 },
      ]);
      const blocks = [{ count: batch.count, data: batch.values }];
      const file = { schemaId: 3, schema: table.schema, firstOffset: 0, blocks };
      const { path } = await lake.write({ ...file, path: `${folder}/a.parquet` });
      const other = await write(`${folder}/b.parquet`, 3, [4, 5]);
      const own = { table: 'llx_types', record: -7, columns: ['note', 'day'], texts: ['Sidonie Petit'] };
      assert.equal(await lake.erase(path, own, true), true);
      assert.equal((await readParquet(await harness.fetch(path))).rows.length, 3);
      assert.equal(await lake.erase(path, own, false), true);
      assert.equal(await lake.erase(other.path, own, false), false);
      const { types, rows } = await readParquet(await harness.fetch(path));
      for (const [name, type] of Object.entries(TYPES)) assert.equal(types[`after.${name}`], type, name);
      const masked = { ...READ, note: '(erased)', day: null };
      assert.deepEqual(
        rows.map((row) => [row['op'], row['before'], row['after']]),
        [
          ['c', null, masked],
          ['u', masked, { ...EMPTY, rowid: 8, note: 'vu (erased)' }],
          ['d', { ...EMPTY, rowid: 9 }, null],
        ],
      );
      assert.equal(await lake.schemaId(path), 3);
      assert.deepEqual(await harness.leftovers(), []);
      await lake.remove([path, other.path]);
    });

    void test('many parts of a wide table are merged', async () => {
      const names = Array.from({ length: 250 }, (_, index) => `options_a_rather_long_name_${index}`);
      const columns = Object.fromEntries(names.map((column) => [column, 'int']));
      const wide = new TestTable('llx_wide', { rowid: 'int', ...columns });
      const parts: string[] = [];
      for (let part = 0; part < 30; part++) {
        const path = `wide/date=2024-02-29/${part}.parquet`;
        const after = Object.fromEntries([['rowid', part], ...names.map((column) => [column, part])]);
        const { count, values } = wide.batch(4, [{ op: 'c', after, commitMs: COMMIT, seq: part + 1 }]);
        const blocks = [{ count, data: values }];
        await lake.write({ path, schemaId: 4, schema: wide.schema, firstOffset: part, blocks });
        parts.push(path);
      }
      const merged = await lake.merge(parts, 'wide/date=2024-02-29/all.parquet');
      const { rows } = await readParquet(await harness.fetch(merged.path));
      assert.deepEqual(
        rows.map((row) => row['event_offset']),
        parts.map((_, part) => part),
      );
    });

    void test('merged files hold the rows of their parts in order, types kept', async () => {
      const folder = 'merge/date=2024-02-29';
      await write(`${folder}/b.parquet`, 2, [30, 31]);
      await write(`${folder}/a.parquet`, 0, [10, 20]);
      const merged = await lake.merge([`${folder}/b.parquet`, `${folder}/a.parquet`], `${folder}/ab.parquet`);
      const { types, rows } = await readParquet(await harness.fetch(merged.path));
      assert.deepEqual(
        rows.map((row) => [row['event_offset'], row['seq']]),
        [
          [0, 10],
          [1, 20],
          [2, 30],
          [3, 31],
        ],
      );
      assert.equal(types['after.wall'], 'timestamp[ms]');
      assert.equal(types['after.raw'], 'binary');
      assert.equal(await lake.schemaId(merged.path), 3);
      const all = await paths('merge');
      assert.deepEqual(all, [`${folder}/a.parquet`, `${folder}/ab.parquet`, `${folder}/b.parquet`]);
      await lake.remove([...all, 'merge/not-there.parquet']);
      assert.deepEqual(await lake.list('merge'), []);
    });

    void test('files are listed with their sizes, by folder, whatever their names are', async () => {
      const named = "list/dolibarr.l'ete%2F%20x+y/date=2024-02-29/0-1.parquet";
      const file = await write(named, 0, [1, 2]);
      await write('listed/date=2024-02-29/0-0.parquet', 0, [3]);
      assert.deepEqual(await lake.list('list'), [{ path: named, bytes: file.bytes }]);
      assert.ok(file.bytes > 0);
      assert.equal(await lake.schemaId(named), 3);
      assert.deepEqual(await lake.list('not-there'), []);
      const everything = await paths('');
      assert.ok(everything.includes(named) && everything.includes('listed/date=2024-02-29/0-0.parquet'));
      await lake.remove(everything);
      assert.deepEqual(await lake.list(''), []);
    });

    void test('a file that is written again is replaced', async () => {
      const path = 'again/date=2024-02-29/0-1.parquet';
      await write(path, 0, [1, 2]);
      await write(path, 0, [1, 2, 3]);
      const { rows } = await readParquet(await harness.fetch(path));
      assert.deepEqual(
        rows.map((row) => row['seq']),
        [1, 2, 3],
      );
    });

    void test('an interrupted write leaves nothing that is listed', async () => {
      const broken = { count: 5, data: Uint8Array.of(1, 2, 3) };
      const path = 'broken/date=2024-02-29/a.parquet';
      await assert.rejects(
        lake.write({ path, schemaId: 3, schema: table.schema, firstOffset: 0, blocks: [broken] }),
        { code: 'LAKE_WRITE_FAILED', retryable: true },
      );
      assert.deepEqual(await lake.list('broken'), []);
      assert.deepEqual(await harness.leftovers(), []);
    });

    void test('a file of somebody else is named, and so is one that is not there', async () => {
      const plain = join(harness.dir, 'plain.parquet');
      await harness.engine.command(`INSERT INTO FUNCTION file('${plain}', Parquet) SELECT 1 AS one`);
      await harness.place(plain, 'foreign/plain.parquet');
      await writeFile(join(harness.dir, 'short'), 'no');
      await harness.place(join(harness.dir, 'short'), 'foreign/short.parquet');
      for (const name of ['plain', 'short', 'missing']) {
        await assert.rejects(lake.schemaId(`foreign/${name}.parquet`), { code: 'LAKE_CORRUPT' }, name);
      }
    });
  });
}

const FIXED = { commit_time: '2024-02-29T23:59:59+00:00', is_snapshot: false };

function withoutBinlog(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { binlog_file: file, binlog_position: position, ...rest } = row;
  assert.deepEqual([file, position], ['binlog.000001', 4]);
  return rest;
}
