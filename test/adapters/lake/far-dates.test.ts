/** ClickHouse reads no date after 2299 or before 1900 from Parquet, and the lake must merge files that have some. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { openLakeFolder } from '../../../adapters/lake/open-lake-folder.ts';
import { TestTable } from '../../services/lake/envelopes.ts';
import { readParquet } from '../../support/pyarrow.ts';

const DAYS = {
  '0001-01-01': -719_162,
  '1899-12-31': -25_568,
  '2300-01-02': 120_531,
  '9999-12-31': 2_932_896,
};

void describe('dates that ClickHouse does not take from Parquet', () => {
  void it('are dates in the lake, also when its files are merged', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'dolistream-lake-'));
    const engine = await openChdb({ dir: join(dir, 'engine') });
    try {
      const root = join(dir, 'lake');
      const lake = await openLakeFolder({ dir: root, engine });
      const table = new TestTable('llx_far', { rowid: 'int', day: 'date' });
      const folder = 'dolibarr.llx_far/date=2024-02-29';
      const parts: string[] = [];
      for (const [offset, day] of Object.values(DAYS).entries()) {
        const { count, values } = table.batch(3, [
          {
            op: 'c',
            after: { rowid: offset, day },
            commitMs: Date.UTC(2024, 1, 29),
            seq: offset + 1,
          },
        ]);
        const path = `${folder}/${offset}.parquet`;
        const blocks = [{ count, data: values }];
        await lake.write({ path, schemaId: 3, schema: table.schema, firstOffset: offset, blocks });
        parts.push(path);
      }
      const { path } = await lake.merge(parts, `${folder}/all.parquet`);
      const { types, rows } = await readParquet(join(root, path));
      assert.equal(types['after.day'], 'date32[day]');
      assert.deepEqual(
        rows.map(({ after }) => (after as { day: string }).day),
        Object.keys(DAYS),
      );
    } finally {
      await engine.close();
      await rm(dir, { recursive: true });
    }
  });
});
