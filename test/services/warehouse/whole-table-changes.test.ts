import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestTable, schemaChangeBatch, tableSchema } from '../../support/events.ts';
import { Loading } from '../../support/loading.ts';

const NOTES = { rowid: 'int', note: 'varchar(50)' };

const tableNames = async (loading: Loading) =>
  (
    await loading.rows<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = 'mirror' ORDER BY name",
    )
  ).map(({ name }) => name);

void test('a truncate in the middle of a batch removes what came before it and nothing after', async () => {
  await using loading = await Loading.start();
  const table = await TestTable.register(loading.embedded.registry, tableSchema('llx_note', NOTES));
  await loading.load(table.batch([{ op: 'c', seq: 1, after: { rowid: 1, note: 'old' } }]));
  await loading.load(
    table.batch([
      { op: 'c', seq: 2, after: { rowid: 2, note: 'before' } },
      { op: 't', seq: 3 },
      { op: 'c', seq: 4, after: { rowid: 3, note: 'after' } },
    ]),
    table.batch([{ op: 'c', seq: 5, after: { rowid: 4, note: 'later' } }]),
  );
  assert.deepEqual(await loading.rows('SELECT rowid FROM mirror.llx_note FINAL ORDER BY rowid'), [
    { rowid: 3 },
    { rowid: 4 },
  ]);
  const events = await loading.rows('SELECT op, before, after FROM raw.events ORDER BY offset');
  assert.equal(events.length, 5);
  assert.deepEqual(events[2], { op: 't', before: '', after: '' });
});

void test('equal rows of a table without a key are counted, not collapsed', async () => {
  await using loading = await Loading.start();
  const { registry } = loading.embedded;
  const table = await TestTable.register(registry, tableSchema('llx_log', { a: 'int', b: 'text' }, []));
  const current = () => loading.rows('SELECT a, b FROM mirror.llx_log ORDER BY a, b');
  const one = { a: 1, b: null };
  const two = { a: 2, b: 'x' };
  await loading.load(
    table.batch([
      { op: 'r', seq: 1, after: one },
      { op: 'c', seq: 2, after: one },
      { op: 'c', seq: 3, after: { a: 1, b: '' } },
      { op: 'c', seq: 4, after: two },
    ]),
  );
  assert.deepEqual(await current(), [{ a: 1, b: '' }, one, one, two]);
  await loading.load(
    table.batch([
      { op: 'd', seq: 5, before: one },
      { op: 'u', seq: 6, before: two, after: one },
    ]),
  );
  assert.deepEqual(await current(), [{ a: 1, b: '' }, one, one]);
  await loading.load(
    table.batch([
      { op: 't', seq: 7 },
      { op: 'c', seq: 8, after: two },
    ]),
  );
  assert.deepEqual(await current(), [two]);
});

void test('a table without a key starts anew with its new columns', async () => {
  await using loading = await Loading.start();
  const { registry } = loading.embedded;
  const old = await TestTable.register(registry, tableSchema('llx_log', { a: 'int' }, []));
  await loading.load(old.batch([{ op: 'c', seq: 1, after: { a: 1 } }]));
  const wider = await TestTable.register(registry, tableSchema('llx_log', { a: 'int', b: 'int' }, []));
  await loading.load(
    wider.batch([
      { op: 't', seq: 2 },
      { op: 'r', seq: 3, after: { a: 1, b: 5 } },
    ]),
  );
  assert.deepEqual(await loading.rows('SELECT * FROM mirror.llx_log'), [{ a: 1, b: 5 }]);
  const keyed = await TestTable.register(registry, tableSchema('llx_log', { a: 'int', b: 'int' }, ['a']));
  await loading.load(keyed.batch([{ op: 'r', seq: 4, after: { a: 1, b: 6 } }]));
  assert.deepEqual(await loading.rows('SELECT a, b FROM mirror.llx_log FINAL'), [{ a: 1, b: 6 }]);
  const again = await TestTable.register(registry, tableSchema('llx_log', { a: 'int', b: 'int' }, []));
  await loading.load(again.batch([{ op: 'r', seq: 5, after: { a: 1, b: 7 } }]));
  assert.deepEqual(await loading.rows('SELECT a, b FROM mirror.llx_log'), [{ a: 1, b: 7 }]);
});

void test('a table exists in the mirror from its CREATE on, and no longer after its DROP', async () => {
  await using loading = await Loading.start();
  const { registry } = loading.embedded;
  const empty = await TestTable.register(registry, tableSchema('llx_empty', NOTES));
  const keyless = await TestTable.register(registry, tableSchema('llx_keyless', { a: 'int' }, []));
  const created = [
    { type: 'CREATE', table: empty },
    { type: 'CREATE', table: keyless },
  ] as const;
  await loading.load(await schemaChangeBatch(registry, 1, created));
  assert.deepEqual(await tableNames(loading), ['llx_empty', 'llx_keyless']);
  assert.deepEqual(await loading.rows('SELECT rowid, note FROM mirror.llx_empty FINAL'), []);
  await loading.load(
    empty.batch([{ op: 'c', seq: 2, after: { rowid: 1, note: 'x' } }]),
    await schemaChangeBatch(registry, 3, [{ type: 'DROP', table: empty }]),
    await schemaChangeBatch(registry, 4, [{ type: 'DROP', table: keyless }]),
  );
  assert.deepEqual(await tableNames(loading), []);
  assert.equal((await loading.rows('SELECT * FROM raw.events')).length, 1);
  await loading.load(
    await schemaChangeBatch(registry, 5, [{ type: 'CREATE', table: empty }]),
    empty.batch([{ op: 'c', seq: 6, after: { rowid: 2, note: 'new' } }]),
  );
  assert.deepEqual(await loading.rows('SELECT rowid FROM mirror.llx_empty FINAL'), [{ rowid: 2 }]);
});

void test('400 tables are made from one schema change', async () => {
  await using loading = await Loading.start();
  const { registry } = loading.embedded;
  const columns = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`c${index}`, 'varchar(10)']));
  const changes = [];
  for (let index = 0; index < 400; index++) {
    const table = await TestTable.register(
      registry,
      tableSchema(`llx_t${index}`, { rowid: 'int', ...columns }),
    );
    changes.push({ type: 'CREATE', table } as const);
  }
  await loading.load(await schemaChangeBatch(registry, 1, changes));
  assert.equal((await tableNames(loading)).length, 400);
});
