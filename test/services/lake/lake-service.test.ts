import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import type { ChangeLog, StateChange } from '../../../core/ports/change-log.ts';
import { lakeCursor } from '../../../services/lake/lake-service.ts';
import { makeBatch } from '../../contracts/record-batches.ts';
import { type Change, decimalBytes, TestTable } from './envelopes.ts';
import { LakeHarness, type LakePipeline, Moment } from './lake-harness.ts';

const INVOICES = new TestTable('llx_facture', { rowid: 'int', ref: 'varchar(30)', total: 'decimal(24,8)' });
const STOCK = new TestTable('llx_stock_mouvement', { rowid: 'int', qty: 'double', datem: 'datetime' });

const NOON = Date.UTC(2026, 4, 2, 12);
const MIDNIGHT = Date.UTC(2026, 4, 3);

const created = (seq: number, commitMs = NOON): Change => ({
  op: 'c',
  after: { rowid: seq, ref: `FA-${seq}` },
  commitMs,
  seq,
});

const createdMany = (from: number, to: number): Change[] =>
  Array.from({ length: to - from + 1 }, (_, index) => created(from + index));

async function append(pipeline: LakePipeline, table: TestTable, changes: readonly Change[]): Promise<void> {
  const id = await pipeline.source.registry.register(`${table.topic}-value`, table.schema, {
    acceptIncompatible: true,
  });
  await pipeline.source.log.append([table.batch(id, changes)], []);
}

const seqs = (rows: readonly Readonly<Record<string, unknown>>[]): unknown[] => rows.map((row) => row['seq']);

const range = (first: number, last: number): string =>
  `${String(first).padStart(16, '0')}-${String(last).padStart(16, '0')}.parquet`;

void describe('the lake', () => {
  let harness: LakeHarness;
  before(async () => {
    harness = await LakeHarness.open();
  });
  after(() => harness.close());

  void test('holds every event of the log with its images, in one folder per table and day', async () => {
    await using pipeline = await harness.pipeline();
    const total = decimalBytes(-123_456_789_012n);
    await append(pipeline, INVOICES, [
      { op: 'c', after: { rowid: 1, ref: 'été' }, commitMs: NOON, seq: 1 },
      { op: 'u', before: { rowid: 1, ref: 'été' }, after: { rowid: 1, total }, commitMs: NOON, seq: 2 },
    ]);
    const moved = { rowid: 5, qty: -0.1, datem: NOON };
    await append(pipeline, STOCK, [{ op: 'r', after: moved, commitMs: NOON, seq: 3 }]);
    await append(pipeline, INVOICES, [{ op: 'd', before: { rowid: 1, total }, commitMs: NOON, seq: 4 }]);
    await pipeline.catchUp();

    assert.deepEqual(await pipeline.paths(), [
      `dolibarr.llx_facture/date=2026-05-02/${range(0, 2)}`,
      `dolibarr.llx_stock_mouvement/date=2026-05-02/${range(0, 0)}`,
    ]);
    const invoice = (image: object) => ({ rowid: 1, ref: null, total: null, ...image });
    const rows = await pipeline.rows('dolibarr.llx_facture');
    assert.deepEqual(
      rows.map(({ event_offset: offset, seq, op, gtid, commit_time: time, before: old, after: now }) => {
        return { offset, seq, op, gtid, time, old, now };
      }),
      [
        { offset: 0, seq: 1, op: 'c', old: null, now: invoice({ ref: 'été' }) },
        {
          offset: 1,
          seq: 2,
          op: 'u',
          old: invoice({ ref: 'été' }),
          now: invoice({ total: '-1234.56789012' }),
        },
        { offset: 2, seq: 4, op: 'd', old: invoice({ total: '-1234.56789012' }), now: null },
      ].map((row) => ({ ...row, gtid: `0-1-${row.seq}`, time: '2026-05-02T12:00:00+00:00' })),
    );
    const [movement] = await pipeline.rows('dolibarr.llx_stock_mouvement');
    assert.deepEqual(movement?.['after'], { rowid: 5, qty: -0.1, datem: '2026-05-02T12:00:00' });
    assert.equal(movement['is_snapshot'], true);
  });

  void test('leaves out what is not a row change', async () => {
    await using pipeline = await harness.pipeline();
    const { registry, log } = pipeline.source;
    const valueSchemaId = await registry.register('erp.alerts-value', '"string"');
    await log.append([makeBatch({ topic: 'erp.alerts', values: ['x'], valueSchemaId })], []);
    await pipeline.catchUp();
    assert.deepEqual(await pipeline.paths(), []);
    assert.equal(await lakeCursor(log), await log.end());
  });

  void test('starts a new file at midnight UTC, also within a batch', async () => {
    await using pipeline = await harness.pipeline();
    await append(pipeline, INVOICES, [created(1, MIDNIGHT - 2)]);
    await append(pipeline, INVOICES, [created(2, MIDNIGHT - 1), created(3, MIDNIGHT), created(4, MIDNIGHT)]);
    await append(pipeline, INVOICES, [created(5, MIDNIGHT + 1)]);
    await pipeline.catchUp();
    assert.deepEqual(await pipeline.paths(), [
      `dolibarr.llx_facture/date=2026-05-02/${range(0, 1)}`,
      `dolibarr.llx_facture/date=2026-05-03/${range(2, 4)}`,
    ]);
    assert.deepEqual(seqs(await pipeline.rows('dolibarr.llx_facture/date=2026-05-02')), [1, 2]);
    assert.deepEqual(seqs(await pipeline.rows('dolibarr.llx_facture/date=2026-05-03')), [3, 4, 5]);
  });

  void test('starts a new file where the schema changes', async () => {
    await using pipeline = await harness.pipeline();
    const wider = new TestTable('llx_facture', { rowid: 'int', ref: 'varchar(30)', added: 'date' });
    await append(pipeline, INVOICES, [created(1)]);
    await append(pipeline, wider, [{ op: 'c', after: { rowid: 2, added: 20_000 }, commitMs: NOON, seq: 2 }]);
    await pipeline.catchUp();
    const folder = 'dolibarr.llx_facture/date=2026-05-02';
    assert.deepEqual(await pipeline.paths(), [`${folder}/${range(0, 0)}`, `${folder}/${range(1, 1)}`]);
    const [row] = await pipeline.rows(`${folder}/${range(1, 1)}`);
    assert.deepEqual(row?.['after'], { rowid: 2, ref: null, added: '2024-10-04' });
  });

  void test('writes a full segment at once, and the rest when its time is over', async () => {
    await using pipeline = await harness.pipeline();
    const files = [new Moment(), new Moment()];
    let written = 0;
    const running = pipeline.start(
      { segmentBytes: 2_000, rollMs: 50 },
      { written: () => files[written++]?.reach() },
    );
    await append(pipeline, INVOICES, createdMany(1, 100));
    await files[0]!.reached;
    await append(pipeline, INVOICES, createdMany(101, 102));
    await files[1]!.reached;
    await running.stop();
    assert.deepEqual(seqs(await pipeline.rows('dolibarr.llx_facture')), seqs(createdMany(1, 102) as never));
  });

  void test('neither doubles nor loses an event when it dies between a file and its cursor', async () => {
    await using pipeline = await harness.pipeline();
    await append(pipeline, INVOICES, createdMany(1, 30));
    await append(pipeline, STOCK, [{ op: 'c', after: { rowid: 1 }, commitMs: NOON, seq: 31 }]);
    const dying = failingAtCursor(pipeline.source.log);
    const first = pipeline.start({ segmentBytes: 1_000, rollMs: 0 }, { log: dying });
    await assert.rejects(first.ended, /power cut/);
    assert.equal(await lakeCursor(pipeline.source.log), null);
    assert.equal((await pipeline.paths()).length, 2);

    await append(pipeline, INVOICES, createdMany(32, 40));
    await pipeline.catchUp();
    const expected = [...createdMany(1, 30), ...createdMany(32, 40)].map((change) => change.seq);
    assert.deepEqual(seqs(await pipeline.rows('dolibarr.llx_facture')), expected);
    assert.deepEqual(seqs(await pipeline.rows('dolibarr.llx_stock_mouvement')), [31]);
  });

  void test('goes on counting when the log begins anew', async () => {
    await using pipeline = await harness.pipeline();
    await append(pipeline, INVOICES, createdMany(1, 5));
    await pipeline.catchUp();
    await pipeline.source.close();
    await rm(join(pipeline.dir, 'log'), { recursive: true });
    pipeline.source = await openEmbeddedLog({ dir: join(pipeline.dir, 'log') });
    await append(pipeline, INVOICES, createdMany(6, 7));
    await pipeline.catchUp();
    await append(pipeline, INVOICES, createdMany(8, 8));
    await pipeline.catchUp();
    const rows = await pipeline.rows('dolibarr.llx_facture');
    assert.deepEqual(seqs(rows), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual(
      rows.map((row) => row['event_offset']),
      [0, 1, 2, 3, 4, 5, 6, 7],
    );
  });

  void test('merges the files of a day that is over, and keeps the events', async () => {
    await using pipeline = await harness.pipeline();
    for (let seq = 1; seq <= 5; seq++) {
      await append(pipeline, INVOICES, [created(seq)]);
      await pipeline.catchUp({}, { nowMs: NOON });
    }
    assert.equal((await pipeline.paths()).length, 5);
    await pipeline.store.merge((await pipeline.paths()).slice(0, 2), leftover(0, 1));
    await append(pipeline, STOCK, [{ op: 'c', after: { rowid: 1 }, commitMs: NOON, seq: 9 }]);
    await pipeline.catchUp({}, { nowMs: MIDNIGHT });
    assert.deepEqual(await pipeline.paths(), [
      `dolibarr.llx_facture/date=2026-05-02/${range(0, 4)}`,
      `dolibarr.llx_stock_mouvement/date=2026-05-02/${range(0, 0)}`,
    ]);
    assert.deepEqual(seqs(await pipeline.rows('dolibarr.llx_facture')), [1, 2, 3, 4, 5]);
  });

  void test('removes days that are older than the retention', async () => {
    await using pipeline = await harness.pipeline();
    await append(pipeline, INVOICES, [created(1, NOON)]);
    await append(pipeline, INVOICES, [created(2, MIDNIGHT)]);
    await pipeline.catchUp();
    await append(pipeline, STOCK, [{ op: 'c', after: { rowid: 1 }, commitMs: MIDNIGHT, seq: 3 }]);
    await pipeline.catchUp({ retentionDays: 1 }, { nowMs: MIDNIGHT + 86_400_000 });
    assert.deepEqual(await pipeline.paths(), [
      `dolibarr.llx_facture/date=2026-05-03/${range(1, 1)}`,
      `dolibarr.llx_stock_mouvement/date=2026-05-03/${range(0, 0)}`,
    ]);
  });
});

const leftover = (first: number, last: number): string =>
  `dolibarr.llx_facture/date=2026-05-02/${range(first, last)}`;

/** A log in which the lake's cursor cannot be saved any more, as after a power cut in that moment. */
function failingAtCursor(log: ChangeLog): ChangeLog {
  return new Proxy(log, {
    get: (target, name) => {
      const method = (Reflect.get(target, name) as (...parameters: unknown[]) => unknown).bind(target);
      if (name !== 'setState') return method;
      return (changes: readonly StateChange[]) => {
        const state = changes[0]?.state as { readonly cursor: unknown };
        return state.cursor === null ? method(changes) : Promise.reject(new Error('power cut'));
      };
    },
  });
}
