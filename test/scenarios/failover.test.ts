/** Scenarios of the source's place: another server takes over, or the same one has another past. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { differencesOf, startPipeline, type TestPipeline } from '../support/pipeline.ts';
import { type Replica, startReplica } from '../support/replica.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

let primary: TestMariadb;
let replica: Replica;
let link: TcpProxy;

const sourceUrl = (): string => primary.captureUrl().replace(`:${primary.port}`, `:${link.port}`);

async function assertEqual(pipeline: TestPipeline): Promise<void> {
  const report = await pipeline.verify();
  assert.deepEqual(differencesOf(report), []);
  assert.ok(report.tables.length > 0);
}

async function serverOf(pipeline: TestPipeline): Promise<string[]> {
  const rows = await pipeline.rows<{ file: string }>(
    "SELECT DISTINCT file FROM raw.events WHERE op = 'c' ORDER BY seq",
  );
  return rows.map(({ file }) => file.split('.')[0]!);
}

void describe('the source', () => {
  before(async () => {
    primary = await startTestMariadb();
    link = await TcpProxy.start(primary.port);
    replica = await startReplica(primary);
    await primary.query(
      'CREATE TABLE a (id INT PRIMARY KEY, v INT); INSERT INTO a SELECT seq, 0 FROM seq_1_to_100',
    );
  });
  after(async () => {
    await link[Symbol.asyncDispose]();
    await replica[Symbol.asyncDispose]();
    await primary[Symbol.asyncDispose]();
  });

  void it('C17 is another server after a failover, with other file names and two GTID domains: nothing is lost or doubled', async () => {
    await using pipeline = await startPipeline({ source: sourceUrl() });
    const other = await primary.connect();
    await other.query('SET SESSION gtid_domain_id = 7, SESSION gtid_seq_no = 1');
    for (let round = 1; round <= 20; round++) {
      await primary.query('UPDATE a SET v = v + 1 WHERE id MOD 10 = ?', [round % 10]);
      await other.query(`INSERT INTO a VALUES (${1000 + round}, 7)`);
    }
    // Each update adds one to its row.
    const [{ updates } = { updates: '' }] = await primary.query<{ updates: string }>(
      'SELECT SUM(v - IF(id > 1000, 7, 0)) AS updates FROM a',
    );
    await pipeline.caughtUp();
    await replica.caughtUp();
    link.target = replica.db.port;
    link.cut();
    await replica.promote();
    await replica.db.query(
      'INSERT INTO a VALUES (2001, 2); UPDATE a SET v = 100 WHERE id <= 3; DELETE FROM a WHERE id = 50',
    );
    const second = await replica.db.connect();
    await second.query('SET SESSION gtid_domain_id = 7; INSERT INTO a VALUES (2002, 7)');
    await assertEqual(pipeline);
    assert.deepEqual(await serverOf(pipeline), ['binlog', 'second-log']);
    const counts = await pipeline.rows(
      `SELECT startsWith(events.file, 'second') AS second, op, count() AS n FROM raw.events WHERE op != 'r'
       GROUP BY second, op ORDER BY second, op`,
    );
    assert.deepEqual(counts, [
      { second: 0, op: 'c', n: '20' },
      { second: 0, op: 'u', n: updates },
      { second: 1, op: 'c', n: '2' },
      { second: 1, op: 'd', n: '1' },
      { second: 1, op: 'u', n: '3' },
    ]);
    const { position } = await pipeline.runtime.status();
    assert.match(position!, /^mariadb-gtid:(0-2-\d+,7-2-\d+|7-2-\d+,0-2-\d+)@second-log\.\d+:\d+$/);
  });

  void it('C17 is a replica that lacks what was read: capture stops by name, and goes on when it has it', async () => {
    using folder = makeTemporaryFolder();
    const place = { dataDir: folder.path };
    const first = await startPipeline({ ...place, source: replica.db.captureUrl() });
    await first[Symbol.asyncDispose]();
    // The old primary has not heard of its successor's transactions.
    await assert.rejects(
      startPipeline({ ...place, source: primary.captureUrl() }),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'SOURCE_HISTORY_CHANGED');
        assert.match(error.message, /server id 1\) has not got transaction \d-2-\d+/);
        return true;
      },
    );
    await using again = await startPipeline({ ...place, source: replica.db.captureUrl() });
    await replica.db.query('INSERT INTO a VALUES (3001, 3)');
    await assertEqual(again);
  });
});
