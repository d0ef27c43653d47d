import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { openLakeFolder } from '../../../adapters/lake/open-lake-folder.ts';
import { cleanUp } from '../../../app/upkeep/cleanup.ts';
import { ModelStore } from '../../../services/analytics/model-store.ts';
import { rangePath, utcDate } from '../../../services/lake/lake-path.ts';
import { runMigrations } from '../../../services/warehouse/run-migrations.ts';
import { TestTable } from '../../services/lake/envelopes.ts';
import { MIGRATIONS } from '../../support/loading.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const DAY_MS = 86_400_000;
const table = new TestTable('llx_a', { rowid: 'int' });
const never = new AbortController().signal;

void describe('cleanup', () => {
  void it('tells what is old, removes it everywhere, and keeps what is not', async () => {
    using folder = makeTemporaryFolder();
    const models = join(folder.path, 'models');
    const logs = join(folder.path, 'logs');
    mkdirSync(logs, { recursive: true });
    for (const day of ['2020-01-01', '2099-01-01'])
      writeFileSync(join(logs, `dolistream-${day}.log`), 'line\n');
    const now = { at: Date.parse('2020-01-01T00:00:00Z') };
    const clock = { now: () => now.at };
    const store = new ModelStore(models, clock);
    const trained = { rows: 1, from: '', to: '', score: 1, championScore: null, payload: {} };
    for (let version = 0; version < 2; version++) await store.save('duration', trained, 1);

    const warehouse = await openChdb({ dir: join(folder.path, 'warehouse') });
    const lake = await openLakeFolder({ dir: join(folder.path, 'lake'), engine: warehouse });
    await runMigrations(warehouse, MIGRATIONS, 'dolibarr_warehouse');
    const today = utcDate(Date.now());
    for (const rowid of [1, 2, 3]) {
      const change = { op: 'c' as const, after: { rowid }, commitMs: Date.now(), seq: rowid };
      const { count, values } = table.batch(1, [change]);
      const path = rangePath({ table: 'dolibarr.llx_a', date: today, first: rowid, last: rowid });
      await lake.write({
        path,
        schemaId: 1,
        schema: table.schema,
        firstOffset: rowid,
        blocks: [{ count, data: values }],
      });
      await warehouse.command(
        `INSERT INTO raw.events (topic, partition, offset, seq, op, database, table, committed_at, after)
         VALUES ('t', 0, ${rowid}, ${rowid}, 'c', 'd', 'llx_a', now64(3), '{"rowid":${rowid}}')`,
      );
    }
    const deps = {
      ...{ warehouse, models: store, modelsFolder: models, logsFolder: logs, clock },
      ...{ openLake: () => Promise.resolve(lake), modelRetentionDays: 90, logRetentionDays: 30 },
    };
    const clean = async (days: number | null, dryRun: boolean) =>
      Object.fromEntries(
        (await cleanUp(deps, { days, dryRun }, never)).parts.map(({ part, items }) => [part, items]),
      );
    const count = async (): Promise<number> =>
      Number((await warehouse.rows<{ n: string }>('SELECT count() AS n FROM raw.events'))[0]!.n);

    now.at = Date.now();
    const files = (await lake.list('')).length;
    assert.equal(files, 3);
    const byRetention = await clean(null, true);
    assert.deepEqual(byRetention, { lake: 0, raw: 0, models: 1, logs: 1 });
    assert.deepEqual(await clean(10, true), { ...byRetention, lake: 0, raw: 0 });
    now.at += 20 * DAY_MS;
    const dry = await clean(10, true);
    assert.deepEqual([dry['lake'], dry['raw'], dry['models']], [files, 3, 1]);
    assert.equal(await count(), 3);
    assert.deepEqual(await clean(10, false), dry);
    assert.equal(await count(), 0);
    assert.equal((await lake.list('')).length, 0);
    assert.deepEqual(await warehouse.rows('SELECT * FROM raw.record_index'), []);
    assert.ok(!existsSync(join(logs, 'dolistream-2020-01-01.log')));
    assert.ok(existsSync(join(logs, 'dolistream-2099-01-01.log')));
    assert.equal((await store.list()).length, 1);
    assert.deepEqual(await clean(10, false), { lake: 0, raw: 0, models: 0, logs: 0 });
    await warehouse.close();
  });
});
