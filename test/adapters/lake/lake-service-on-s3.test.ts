import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { openS3Lake } from '../../../adapters/lake/open-s3-lake.ts';
import { TestTable } from '../../services/lake/envelopes.ts';
import { LakePipeline } from '../../services/lake/lake-harness.ts';
import { S3Server } from '../../support/s3-server.ts';

const NOTES = new TestTable('llx_note', { rowid: 'int', note: 'varchar(30)' });
const DAY = 86_400_000;
const NOON = Date.UTC(2026, 4, 2, 12);

void test('the lake service fills a bucket, goes on after a restart and merges the day that is over', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'dolistream-s3-lake-'));
  await using server = await S3Server.start();
  const engine = await openChdb({ dir: join(dir, 'engine') });
  const store = await openS3Lake({ ...server.address, prefix: 'lake', workDir: join(dir, 'work'), engine });
  const pipeline = new LakePipeline(dir, await openEmbeddedLog({ dir: join(dir, 'log') }), store);
  try {
    const { log, registry } = pipeline.source;
    const id = await registry.register(`${NOTES.topic}-value`, NOTES.schema);
    for (let step = 0; step < 3; step++) {
      const changes = [1, 2].map((row) => {
        const seq = step * 2 + row;
        return { op: 'c' as const, after: { rowid: seq, note: `n${seq}` }, commitMs: NOON, seq };
      });
      await log.append([NOTES.batch(id, changes)], []);
      await pipeline.catchUp({}, { nowMs: NOON });
      await pipeline.catchUp({}, { nowMs: NOON });
      assert.equal((await pipeline.paths()).length, step + 1);
    }
    const next = { op: 'c' as const, after: { rowid: 7 }, commitMs: NOON + DAY, seq: 7 };
    await log.append([NOTES.batch(id, [next])], []);
    await pipeline.catchUp({}, { nowMs: NOON + DAY });
    const path = (day: string, ...offsets: number[]): string =>
      `dolibarr.llx_note/date=${day}/${offsets.map((offset) => String(offset).padStart(16, '0')).join('-')}.parquet`;
    const merged = path('2026-05-02', 0, 5);
    assert.deepEqual(await pipeline.paths(), [merged, path('2026-05-03', 6, 6)]);
    assert.equal(await store.schemaId(merged), id);
  } finally {
    await pipeline[Symbol.asyncDispose]();
    store.close();
    await engine.close();
    await rm(dir, { recursive: true });
  }
});
