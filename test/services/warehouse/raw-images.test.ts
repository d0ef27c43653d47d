import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestTable, decimalBytes, tableSchema } from '../../support/events.ts';
import { Loading } from '../../support/loading.ts';

interface RawRow {
  readonly before: string;
  readonly after: string;
}

const IMAGES = 'SELECT before, after FROM raw.events ORDER BY offset';

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

void test('images with bytes are valid JSON that holds them exactly', async () => {
  await using loading = await Loading.start();
  const table = await TestTable.register(
    loading.embedded.registry,
    tableSchema('llx_files', {
      rowid: 'int',
      "it's": 'varchar(10)',
      content: 'longblob',
      hash: 'binary(4)',
      area: 'geometry',
      price: 'decimal(24,8)',
      counter: 'bigint unsigned',
      none: 'blob',
    }),
  );
  const [, textField] = table.fieldNames;
  const after = {
    rowid: 1,
    [textField!]: 'é"\\\n',
    content: ALL_BYTES,
    hash: Buffer.from([0, 0, 0, 1]),
    area: Buffer.alloc(0),
    price: decimalBytes(120_000_000n),
    counter: decimalBytes('18446744073709551615'),
  };
  const changed = { ...after, content: Buffer.from('plain text') };
  await loading.load(
    table.batch([
      { op: 'c', seq: 1, after },
      { op: 'u', seq: 2, before: after, after: changed },
      { op: 'd', seq: 3, before: changed },
    ]),
  );
  const rows = await loading.rows<RawRow>(IMAGES);
  const [created, updated, deleted] = rows.map(({ before, after: text }) =>
    [before, text].map((image) => (image === '' ? null : (JSON.parse(image) as Record<string, unknown>))),
  );
  const read = (image: Record<string, unknown> | null | undefined, name: string): Buffer =>
    Buffer.from(String(image![name]), 'base64');
  assert.equal(created![0], null);
  assert.deepEqual(read(created![1], 'content'), ALL_BYTES);
  assert.deepEqual(read(created![1], 'hash'), Buffer.from([0, 0, 0, 1]));
  assert.equal(created![1]!['area'], '');
  assert.equal(created![1]!['none'] ?? null, null);
  assert.equal(created![1]![textField!], 'é"\\\n');
  assert.equal(created![1]!['price'], '1.20000000');
  assert.equal(created![1]!['counter'], '18446744073709551615');
  assert.deepEqual(updated![0], created![1]);
  assert.deepEqual(read(updated![1], 'content'), Buffer.from('plain text'));
  assert.deepEqual(deleted, [updated![1], null]);
});

void test('ClickHouse gives the bytes of an image back', async () => {
  await using loading = await Loading.start();
  const table = await TestTable.register(
    loading.embedded.registry,
    tableSchema('llx_blobs', { rowid: 'int', content: 'blob' }),
  );
  await loading.load(table.batch([{ op: 'c', seq: 1, after: { rowid: 1, content: ALL_BYTES } }]));
  assert.deepEqual(
    await loading.rows(
      "SELECT isValidJSON(after) AS valid, hex(base64Decode(JSONExtractString(after, 'content'))) AS bytes FROM raw.events",
    ),
    [{ valid: 1, bytes: ALL_BYTES.toString('hex').toUpperCase() }],
  );
});
