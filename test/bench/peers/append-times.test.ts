import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { measureAppends } from '../../../bench/peers/append-times.ts';

const APPEND_TIME = 0x08;
const TRANSACTION_END = 0x20;

interface Batch {
  readonly offset: number;
  readonly records: number;
  readonly atMs: number;
  readonly attributes?: number;
  /** Of the records. */
  readonly bytes?: number;
}

function encode({ offset, records, atMs, attributes = APPEND_TIME, bytes = 500 }: Batch): Buffer {
  const batch = Buffer.alloc(61 + bytes, 0xee);
  batch.writeBigInt64BE(BigInt(offset), 0);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt16BE(attributes, 21);
  batch.writeBigInt64BE(BigInt(atMs), 35);
  batch.writeInt32BE(records, 57);
  return batch;
}

async function withPartition(
  segments: readonly (readonly Batch[])[],
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dolistream-appends-'));
  try {
    for (const [number, batches] of segments.entries()) {
      // As a broker leaves it: made longer than what is in it.
      const bytes = Buffer.concat([...batches.map(encode), Buffer.alloc(4096)]);
      await writeFile(join(folder, `0000${number}.log`), bytes);
    }
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

void test('the rate leaves out what the first append brought, and the time before it', async () => {
  const segments = [
    [
      { offset: 0, records: 70, atMs: 10_000 },
      { offset: 70, records: 100, atMs: 10_500 },
    ],
    [{ offset: 170, records: 300, atMs: 12_000 }],
  ];
  await withPartition(segments, async (folder) => {
    assert.deepEqual(await measureAppends(folder), { records: 470, recordsPerSecond: 200 });
  });
});

void test('records before the offset asked for, and the marks of transactions, are not counted', async () => {
  const batches = [
    { offset: 0, records: 9_000, atMs: 1_000 },
    { offset: 9_000, records: 10, atMs: 20_000 },
    { offset: 9_010, records: 1, atMs: 20_000, attributes: APPEND_TIME | TRANSACTION_END },
    { offset: 9_011, records: 50, atMs: 21_000 },
    { offset: 9_061, records: 1, atMs: 30_000, attributes: APPEND_TIME | TRANSACTION_END },
  ];
  await withPartition([batches], async (folder) => {
    assert.deepEqual(await measureAppends(folder, 9_000), { records: 60, recordsPerSecond: 50 });
  });
});

void test('batches that are longer than what is read at once are found', async () => {
  const batches = Array.from({ length: 7 }, (_, number) => ({
    ...{ offset: number * 10, records: 10, atMs: 1_000 * number, bytes: 700_000 },
  }));
  await withPartition([batches], async (folder) => {
    assert.deepEqual(await measureAppends(folder), { records: 70, recordsPerSecond: 10 });
  });
});

void test('one append alone, and times that are not the broker’s, cannot be measured', async () => {
  await withPartition([[{ offset: 0, records: 5, atMs: 1_000 }]], async (folder) => {
    await assert.rejects(measureAppends(folder), { code: 'INTERNAL', message: /came in one append/ });
  });
  const byProducer = [{ offset: 0, records: 5, atMs: 1_000, attributes: 0 }];
  await withPartition([byProducer], async (folder) => {
    await assert.rejects(measureAppends(folder), { code: 'INTERNAL', message: /not the broker's/ });
  });
});
