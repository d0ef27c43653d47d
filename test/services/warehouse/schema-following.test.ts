import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestTable, schemaChangeBatch, tableSchema } from '../../support/events.ts';
import { Loading } from '../../support/loading.ts';

const columnsOf = (loading: Loading, table: string) =>
  loading.rows<{ name: string; type: string }>(
    `SELECT name, type FROM system.columns WHERE database = 'mirror' AND table = '${table}' AND name NOT LIKE '\\\\_%' ORDER BY position`,
  );

const version = (loading: Loading, columns: Readonly<Record<string, string>>, key?: readonly string[]) =>
  TestTable.register(loading.embedded.registry, tableSchema('llx_site', columns, key));

void test('columns are added, dropped, moved and changed while rows go on arriving', async () => {
  await using loading = await Loading.start();
  const first = await version(loading, { rowid: 'int', city: 'varchar(50)', hours: 'int' });
  const wider = await version(loading, {
    rowid: 'int',
    zip: 'varchar(5)',
    city: 'varchar(50)',
    hours: 'int',
  });
  const retyped = await version(loading, { rowid: 'int', hours: 'decimal(10,2)', city: 'varchar(50)' });
  const row = { rowid: 1, city: 'Lyon', hours: 3 };
  await loading.load(
    first.batch([
      { op: 'c', seq: 1, after: row },
      { op: 'c', seq: 2, after: { ...row, rowid: 2 } },
    ]),
    wider.batch([
      { op: 'u', seq: 3, before: { ...row, zip: null }, after: { ...row, zip: '69003' } },
      { op: 'c', seq: 4, after: { ...row, rowid: 3, zip: '69001' } },
    ]),
  );
  assert.deepEqual(await loading.rows('SELECT * FROM mirror.llx_site FINAL ORDER BY rowid'), [
    { rowid: 1, zip: '69003', city: 'Lyon', hours: 3, _seq: '3', _deleted: 0 },
    { rowid: 2, zip: null, city: 'Lyon', hours: 3, _seq: '2', _deleted: 0 },
    { rowid: 3, zip: '69001', city: 'Lyon', hours: 3, _seq: '4', _deleted: 0 },
  ]);
  const hours = Buffer.from([0x01, 0x2c]);
  await loading.load(retyped.batch([{ op: 'r', seq: 5, after: { rowid: 1, city: 'Lyon', hours } }]));
  assert.deepEqual(await columnsOf(loading, 'llx_site'), [
    { name: 'rowid', type: 'Int32' },
    { name: 'hours', type: 'Nullable(Decimal(10, 2))' },
    { name: 'city', type: 'Nullable(String)' },
  ]);
  assert.deepEqual(
    await loading.rows('SELECT rowid, hours FROM mirror.llx_site FINAL ORDER BY rowid LIMIT 2'),
    [
      { rowid: 1, hours: '3.00' },
      { rowid: 2, hours: null },
    ],
  );
  assert.equal((await loading.rows('SELECT * FROM raw.events')).length, 5);
});

void test('a column that comes back is empty, and the order of columns is the order in the source', async () => {
  await using loading = await Loading.start();
  const full = await version(loading, { rowid: 'int', a: 'int', b: 'int', c: 'int' });
  const less = await version(loading, { rowid: 'int', c: 'int', b: 'int' });
  const after = { rowid: 1, a: 1, b: 2, c: 3 };
  await loading.load(
    full.batch([{ op: 'c', seq: 1, after }]),
    less.batch([{ op: 'u', seq: 2, before: { rowid: 1, b: 2, c: 3 }, after: { rowid: 1, b: 2, c: 4 } }]),
  );
  assert.deepEqual(
    (await columnsOf(loading, 'llx_site')).map(({ name }) => name),
    ['rowid', 'c', 'b'],
  );
  await loading.load(await schemaChangeBatch(loading.embedded.registry, 3, [{ type: 'ALTER', table: full }]));
  assert.deepEqual(await loading.rows('SELECT * EXCEPT (_seq, _deleted) FROM mirror.llx_site FINAL'), [
    { rowid: 1, a: null, b: 2, c: 4 },
  ]);
});

void test('a new key empties the table for its new copy', async () => {
  await using loading = await Loading.start();
  const old = await version(loading, { rowid: 'int', code: 'varchar(5)' });
  const renewed = await version(loading, { rowid: 'int', code: 'varchar(5)' }, ['code', 'rowid']);
  await loading.load(old.batch([{ op: 'c', seq: 1, after: { rowid: 1, code: 'a' } }]));
  await loading.load(renewed.batch([{ op: 'r', seq: 2, after: { rowid: 2, code: 'b' } }]));
  assert.deepEqual(await loading.rows('SELECT rowid, code FROM mirror.llx_site FINAL'), [
    { rowid: 2, code: 'b' },
  ]);
});

void test('a restarted loader finds its tables as they are and changes nothing', async () => {
  await using loading = await Loading.start();
  const table = await version(loading, {
    rowid: 'int',
    'odd `name\\': 'datetime',
    _seq: 'int',
    price: 'decimal(24,8)',
  });
  const [odd] = table.fieldNames.slice(1);
  const after = { rowid: 1, [odd!]: 0, _seq: 7, price: null };
  await loading.load(table.batch([{ op: 'c', seq: 1, after }]));
  const uuid = () => loading.rows("SELECT uuid FROM system.tables WHERE database = 'mirror'");
  const before = await uuid();
  await loading.restart();
  await loading.load(table.batch([{ op: 'c', seq: 2, after: { ...after, rowid: 2 } }]));
  assert.deepEqual(await uuid(), before);
  assert.deepEqual(
    await loading.rows('SELECT rowid, _seq_, _seq FROM mirror.llx_site FINAL ORDER BY rowid'),
    [
      { rowid: 1, _seq_: 7, _seq: '1' },
      { rowid: 2, _seq_: 7, _seq: '2' },
    ],
  );
});
