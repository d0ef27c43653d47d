/** What SELECT prints in MariaDB is what the warehouse holds, from the first copy and from the stream alike. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEveryType, insertEveryType } from '../support/every-type.ts';
import { startTestMariadb } from '../support/mariadb.ts';
import { differencesOf, startPipeline } from '../support/pipeline.ts';

void describe('a value of every type', () => {
  void it('is the same in source and warehouse, copied or streamed, inserted, updated or deleted', async () => {
    await using db = await startTestMariadb({ args: ['--sql-mode='] });
    await db.query(createEveryType());
    for (const sql of insertEveryType(1)) await db.query(sql);
    await using pipeline = await startPipeline({ source: db.captureUrl() });
    for (const sql of insertEveryType(101)) await db.query(sql);
    await db.query('UPDATE every_type SET t8 = 1 WHERE id = 102');
    await db.query('DELETE FROM every_type WHERE id = 103');
    const report = await pipeline.verify();
    assert.deepEqual(differencesOf(report), []);
    assert.equal(report.tables[0]!.sourceRows, insertEveryType(1).length * 2 - 1);

    const images = await pipeline.rows<{ op: string; id: number; image: string }>(
      `SELECT op, toInt32(extract(after, '"id":([0-9]+)')) AS id, replaceRegexpOne(after, '"id":[0-9]+', '') AS image
       FROM raw.events WHERE op IN ('r', 'c') ORDER BY id`,
    );
    for (const streamed of images.filter((row) => row.op === 'c')) {
      const copied = images.find((row) => row.op === 'r' && Number(row.id) === Number(streamed.id) - 100);
      assert.equal(streamed.image, copied!.image, `row ${streamed.id}`);
    }
  });
});
