/** The mirror filled anew from its history equals the mirror that was kept, whatever happened to its tables. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { RecordBatch } from '../../../core/ports/change-log.ts';
import { RawEvents } from '../../../services/warehouse/rebuild/raw-events.ts';
import { rebuildMirror, type RebuildReport } from '../../../services/warehouse/rebuild/rebuild-mirror.ts';
import { PREFIX, type TestEvent, TestTable, schemaChangeBatch, tableSchema } from '../../support/events.ts';
import { Loading, silentLogger } from '../../support/loading.ts';
import { TYPE_CASES } from '../../support/type-cases.ts';

const never = new AbortController().signal;

const rebuild = ({ embedded, warehouse, control }: Loading): Promise<RebuildReport> =>
  rebuildMirror(
    {
      ...{ log: embedded.log, registry: embedded.registry, warehouse, logger: silentLogger },
      ...{ prefix: PREFIX, timezone: 'Europe/Paris', source: new RawEvents(warehouse) },
      loaders: [{ owns: () => true, control }],
    },
    never,
  );

/** Rows of a table of the mirror, their seq included where they have one. */
const contents = (loading: Loading, table: string): Promise<unknown[]> =>
  loading.rows(`SELECT * FROM mirror.${table} ORDER BY ALL SETTINGS final = 1`);

/** Names of the tables of the mirror. */
const tablesOf = async (loading: Loading): Promise<string[]> => {
  const found = await loading.rows<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = 'mirror'",
  );
  return found.map(({ name }) => name);
};

const leftovers = (loading: Loading): Promise<unknown[]> =>
  loading.rows("SELECT name FROM system.tables WHERE database = 'ingest' AND name LIKE '%rebuilt%'");

const columns = Object.fromEntries(TYPE_CASES.map(([type], index) => [`c${index}`, type]));
const image = Object.fromEntries(TYPE_CASES.map(([, value], index) => [`c${index}`, value]));

void test('every type comes back exactly, with a key and without one', async () => {
  await using loading = await Loading.start();
  const { registry } = loading.embedded;
  const bytes = { content: Buffer.from([0, 255, 10, 92, 39]), hash: Buffer.from([0, 0, 0, 1]) };
  const shape = { rowid: 'int', ...columns, content: 'longblob', hash: 'binary(4)' };
  const keyed = await TestTable.register(registry, tableSchema('llx_types', shape));
  const keyless = await TestTable.register(registry, tableSchema('llx_free', shape, []));
  const row = { ...image, ...bytes };
  const events: TestEvent[] = [
    { op: 'c', seq: 1, after: { rowid: 1, ...row } },
    { op: 'c', seq: 2, after: { rowid: 1, ...row } },
    { op: 'c', seq: 3, after: { rowid: 2, ...row } },
    { op: 'd', seq: 4, before: { rowid: 2, ...row } },
  ];
  await loading.load(keyed.batch(events), keyless.batch(events));
  const before = [await contents(loading, 'llx_types'), await contents(loading, 'llx_free')];
  assert.equal(before[1]!.length, 2);
  const report = await rebuild(loading);
  assert.deepEqual(report.leftOut, []);
  assert.deepEqual([await contents(loading, 'llx_types'), await contents(loading, 'llx_free')], before);
  assert.deepEqual(await leftovers(loading), []);
  // Equal rows of the loader and of the rebuild are the same row, and counting goes on where it was.
  const more: TestEvent[] = [
    { op: 'd', seq: 5, before: { rowid: 1, ...row } },
    { op: 'c', seq: 6, after: { rowid: 7 } },
  ];
  await loading.load(keyless.batch(more));
  assert.equal((await contents(loading, 'llx_free')).length, 2);
  await rebuild(loading);
  assert.equal((await contents(loading, 'llx_free')).length, 2);
});

/** Appends of tables that are altered, emptied, dropped, made again and given another key. */
async function history(loading: Loading): Promise<RecordBatch[][]> {
  const { registry } = loading.embedded;
  let seq = 0;
  const at = (): number => ++seq;
  const note = (columnsOf: Record<string, string>, key?: string[]) =>
    TestTable.register(registry, tableSchema('llx_note', { rowid: 'int', ...columnsOf }, key));
  const narrow = await note({ note: 'text' });
  const wide = await note({ note: 'text', city: 'text' });
  const typed = await note({ note: 'text', city: 'int' });
  const made = await TestTable.register(registry, tableSchema('llx_made', { rowid: 'int', a: 'int' }));
  const rekeyed = await TestTable.register(
    registry,
    tableSchema('llx_made', { rowid: 'int', a: 'int' }, ['a']),
  );
  const row = (rowid: number, more: object): TestEvent => ({
    ...{ op: 'c', seq: at() },
    after: { rowid, note: `n${rowid}`, ...more },
  });
  return [
    [narrow.batch([1, 2, 3, 4].map((rowid) => row(rowid, {})))],
    [wide.batch([row(2, { city: 'Lyon' }), { op: 'd', seq: at(), before: { rowid: 3 } }])],
    // A column goes, and one of that name comes again: its old values are gone.
    [narrow.batch([row(5, {})])],
    [wide.batch([row(6, { city: 'Brest' })])],
    [made.batch([1, 2, 3].map((rowid) => ({ op: 'c', seq: at(), after: { rowid, a: rowid } })))],
    [
      made.batch([{ op: 't', seq: at() }]),
      await schemaChangeBatch(registry, at(), [{ type: 'DROP', table: made }]),
    ],
    [await schemaChangeBatch(registry, at(), [{ type: 'CREATE', table: made }])],
    [made.batch([{ op: 'c', seq: at(), after: { rowid: 9, a: 9 } }])],
    [rekeyed.batch([{ op: 'r', seq: at(), after: { rowid: 9, a: 10 } }])],
    [typed.batch([row(7, { city: 7 })])],
    [typed.batch([{ op: 'u', seq: at(), before: { rowid: 1 }, after: { rowid: 1, note: 'late', city: 1 } }])],
  ];
}

void test('the mirror follows from the history at any moment of it: columns, keys, truncates and drops', async () => {
  await using loading = await Loading.start();
  for (const [step, append] of (await history(loading)).entries()) {
    await loading.load(...append);
    const tables = await tablesOf(loading);
    const before = await Promise.all(tables.map((name) => contents(loading, name)));
    const report = await rebuild(loading);
    assert.deepEqual(report.leftOut, [], `step ${step}`);
    assert.deepEqual(
      await Promise.all(tables.map((name) => contents(loading, name))),
      before,
      `step ${step}`,
    );
    assert.deepEqual(await tablesOf(loading), tables, `step ${step}`);
  }
});

void test('what was lost or forged in the mirror is right again, and a table that is gone is there', async () => {
  await using loading = await Loading.start();
  for (const append of await history(loading)) await loading.load(...append);
  const before = [await contents(loading, 'llx_note'), await contents(loading, 'llx_made')];
  await loading.warehouse.command('DELETE FROM mirror.llx_note WHERE rowid > 3');
  await loading.warehouse.command(
    "INSERT INTO mirror.llx_note (rowid, note, _seq) VALUES (99, 'forged', 99999)",
  );
  await loading.warehouse.command('DROP TABLE mirror.llx_made SYNC');
  assert.deepEqual((await rebuild(loading)).leftOut, []);
  assert.deepEqual([await contents(loading, 'llx_note'), await contents(loading, 'llx_made')], before);
});

void test('a table whose history is no longer whole is left as it is, by name; a later copy is enough', async () => {
  await using loading = await Loading.start();
  const { registry } = loading.embedded;
  const table = await TestTable.register(registry, tableSchema('llx_note', { rowid: 'int', note: 'text' }));
  const rows = (from: number): TestEvent[] =>
    [0, 1, 2].map((index) => ({ op: 'r', seq: from + index, after: { rowid: index, note: `n${from}` } }));
  await loading.load(table.batch(rows(1)));
  await loading.warehouse.command('DELETE FROM raw.events WHERE offset < 2');
  const before = await contents(loading, 'llx_note');
  const { leftOut, tables } = await rebuild(loading);
  assert.deepEqual(tables, []);
  assert.equal(leftOut[0]?.table, 'llx_note');
  assert.match(leftOut[0].reason, /no longer has 2 of its events.*dolistream backfill/);
  assert.deepEqual(await contents(loading, 'llx_note'), before);
  assert.deepEqual(await leftovers(loading), []);
  await loading.load(table.batch([{ op: 't', seq: 10 }, ...rows(11)]));
  assert.deepEqual(await rebuild(loading).then(({ tables: done }) => done), [
    { table: 'llx_note', events: 3 },
  ]);
});

void test('while changes stream in, queries see every table full at every moment, and nothing is lost or doubled', async () => {
  await using loading = await Loading.start();
  const { registry, log } = loading.embedded;
  const keyed = await TestTable.register(registry, tableSchema('llx_note', { rowid: 'int', note: 'text' }));
  const keyless = await TestTable.register(
    registry,
    tableSchema('llx_free', { rowid: 'int', note: 'text' }, []),
  );
  let seq = 0;
  const append = async (): Promise<void> => {
    const created: TestEvent[] = Array.from({ length: 50 }, () => ({
      ...{ op: 'c', seq: ++seq },
      after: { rowid: seq, note: `n${seq % 5}` },
    }));
    const other = created.map((event) => ({ ...event, after: { rowid: 1, note: event.after!['note'] } }));
    await log.append([keyed.batch(created), keyless.batch(other)], []);
  };
  for (let index = 0; index < 20; index++) await append();
  await loading.settle();
  const stop = new AbortController();
  let asked = 0;
  const asking = (async () => {
    while (!stop.signal.aborted) {
      const [row] = await loading.rows<{ a: string; b: string }>(
        'SELECT (SELECT count() FROM mirror.llx_note FINAL) AS a, (SELECT count() FROM mirror.llx_free) AS b',
      );
      assert.ok(Number(row!.a) >= 1000 && Number(row!.b) >= 1000, `${row!.a} and ${row!.b}`);
      asked += 1;
    }
  })();
  const streaming = (async () => {
    while (!stop.signal.aborted) {
      await append();
      await delay(30);
    }
  })();
  for (let index = 0; index < 3; index++) assert.deepEqual((await rebuild(loading)).leftOut, []);
  stop.abort();
  await Promise.all([asking, streaming]);
  await loading.settle();
  assert.ok(asked > 0);
  const [counts] = await loading.rows(
    `SELECT (SELECT count() FROM mirror.llx_note FINAL) AS keyed, (SELECT count() FROM mirror.llx_free) AS free,
            (SELECT count() FROM raw.events WHERE table = 'llx_note') AS events`,
  );
  assert.deepEqual(counts, { keyed: String(seq), free: String(seq), events: String(seq) });
  const before = await contents(loading, 'llx_free');
  await rebuild(loading);
  assert.deepEqual(await contents(loading, 'llx_free'), before);
});
