import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readStatusParts } from '../../app/status-parts.ts';
import { TestTable, tableSchema } from '../support/events.ts';
import { Loading } from '../support/loading.ts';

void test('what the stores hold is measured, also where there is nothing yet', async () => {
  await using loading = await Loading.start();
  const { log, registry } = loading.embedded;
  const lakeDir = join(loading.dir, 'lake');
  const sources = { dataDir: loading.dir, lakeDir, warehouseDatabase: 'dolibarr_warehouse' };
  const table = await TestTable.register(registry, tableSchema('llx_note', { rowid: 'int', note: 'text' }));
  const before = await readStatusParts({ ...sources, topics: [], warehouse: null });
  assert.deepEqual(before.lake, { files: 0, bytes: 0 });
  assert.equal(before.warehouse, null);
  await loading.load(table.batch([1, 2].map((rowid) => ({ op: 'c', seq: rowid, after: { rowid } }))));
  await mkdir(join(lakeDir, 'a'), { recursive: true });
  await writeFile(join(lakeDir, 'a', 'b.parquet'), 'four');
  const parts = await readStatusParts({
    ...sources,
    topics: await log.topics(),
    warehouse: loading.warehouse,
  });
  assert.equal(parts.log.events, 2);
  assert.ok(parts.log.bytes > 0);
  assert.deepEqual(parts.lake, { files: 1, bytes: 4 });
  assert.deepEqual([parts.warehouse!.mirror.tables, parts.warehouse!.mirror.rows], [1, 2]);
  assert.ok(parts.warehouse!.raw.rows >= 2);
  assert.equal(parts.quality, null);
  assert.ok(parts.disk.totalBytes > parts.disk.freeBytes);
  await loading.warehouse.command(
    "CREATE VIEW dolibarr_warehouse.v_quality_trend AS SELECT toDateTime64('2026-01-02 03:04:05', 3, 'UTC') AS run_at, '' AS table, '' AS dimension, 97.5 AS score",
  );
  const scored = await readStatusParts({ ...sources, topics: [], warehouse: loading.warehouse });
  assert.deepEqual(scored.quality, { score: 97.5, at: '2026-01-02T03:04:05Z' });
});
