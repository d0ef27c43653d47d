import assert from 'node:assert/strict';
import { test } from 'node:test';
import avro from 'avsc';
import { avroContainer, avroLong } from '../../core/avro-container.ts';

const schema: avro.schema.RecordType & { note: string } = {
  type: 'record',
  name: 'Row',
  fields: [{ name: 'id', type: 'long' }],
  note: 'kept',
};

async function decode(pieces: readonly Uint8Array[]): Promise<unknown[]> {
  const decoder = new avro.streams.BlockDecoder();
  const rows: unknown[] = [];
  decoder.on('data', (row: { id: number }) => rows.push(row.id));
  const ended = new Promise((resolve, reject) => decoder.on('end', resolve).on('error', reject));
  decoder.end(Buffer.concat(pieces));
  await ended;
  return rows;
}

void test('a container of several blocks is read back by an Avro reader', async () => {
  const type = avro.Type.forSchema(schema);
  const block = (...ids: number[]) => ({
    count: ids.length,
    data: Buffer.concat(ids.map((id) => type.toBuffer({ id }))),
  });
  const pieces = avroContainer(JSON.stringify(schema), [block(1, 2), block(), block(-3)]);
  assert.deepEqual(await decode(pieces), [1, 2, -3]);
  assert.ok(Buffer.concat(pieces).includes('"note":"kept"'));
});

void test('longs beyond 32 bits are encoded as Avro encodes them', () => {
  const long = avro.Type.forSchema('long');
  for (const value of [0, -1, 1, 63, 64, -64, -65, 2 ** 31, -(2 ** 31), 2 ** 40 + 7, 2 ** 52]) {
    assert.deepEqual(Buffer.from(avroLong(value)), long.toBuffer(value), String(value));
  }
});

void test('the same records give the same bytes', () => {
  const blocks = [{ count: 1, data: Uint8Array.of(2) }];
  const once = Buffer.concat(avroContainer('"long"', blocks));
  assert.deepEqual(once, Buffer.concat(avroContainer('"long"', blocks)));
});
