/** The scenario of a broker that is away for longer than anything in memory lasts. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openEmbeddedLog } from '../../adapters/embedded-log/open-embedded-log.ts';
import { openKafkaLog } from '../../adapters/kafka/open-kafka-log.ts';
import { openMariadbSource } from '../../adapters/mariadb/mariadb-source.ts';
import { packagePath } from '../../app/paths.ts';
import { Supervisor } from '../../app/supervisor.ts';
import type { AvroSchema } from '../../core/avro-schema.ts';
import { systemClock } from '../../core/clock.ts';
import type { ChangeLog } from '../../core/ports/change-log.ts';
import { CaptureService } from '../../services/capture/capture-service.ts';
import { startTestKafka } from '../support/kafka-server.ts';
import { noMetrics, silentLogger } from '../support/loading.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const PREFIX = 'down';
const parseSchema = (name: string): AvroSchema =>
  JSON.parse(readFileSync(packagePath('schemas', `${name}.avsc`), 'utf8')) as AvroSchema;

async function makeCapture(db: TestMariadb, log: ChangeLog, dir: string) {
  const embedded = await openEmbeddedLog({ dir });
  const source = await openMariadbSource({
    address: {
      ...{ host: db.host, port: db.port, database: db.database },
      ...{ user: db.captureUser, password: db.capturePassword },
    },
    serverId: 2_000_000_778,
    rules: { captures: () => true, drops: () => false },
    staleAfterMs: 60_000,
  });
  const capture = new CaptureService({
    ...{
      source,
      log,
      registry: embedded.registry,
      clock: systemClock,
      logger: silentLogger,
      metrics: noMetrics,
    },
    options: { prefix: PREFIX, lingerMs: 5, version: '0.0.0-test' },
    schemas: {
      source: parseSchema('source'),
      transaction: parseSchema('transaction'),
      schemaChange: parseSchema('schema-change'),
    },
  });
  return { capture, close: () => Promise.all([source.close(), embedded.close()]) };
}

/** Lowest and highest seq of each batch of the table, in the order of the log. */
async function seqsOf(
  log: ChangeLog,
  table: string,
): Promise<{ first: number; last: number; count: number }[]> {
  const { batches } = await log.read({ from: null, maxBytes: 1 << 26, waitMs: 0 });
  return batches
    .filter(({ topic }) => topic.endsWith(`.${table}`))
    .map(({ firstSeq, lastSeq, count }) => ({ first: firstSeq, last: lastSeq, count }));
}

void describe('Kafka', () => {
  void it('C14 is down for a long time while rows change: afterwards no change is missing, none doubled, all in order', async () => {
    using folder = makeTemporaryFolder();
    await using db = await startTestMariadb();
    await db.query(
      'CREATE TABLE t (id INT PRIMARY KEY, v INT); INSERT INTO t SELECT seq, 0 FROM seq_1_to_10',
    );
    await using kafka = await startTestKafka();
    const log = await openKafkaLog({
      ...{ brokers: [kafka.broker], prefix: PREFIX, transactionalId: `${PREFIX}.capture` },
    });
    const { capture, close } = await makeCapture(db, log, folder.path);
    const supervisor = new Supervisor(silentLogger);
    supervisor.start(capture);
    const recordsOf = async (): Promise<number> =>
      (await seqsOf(log, 't').catch(() => [])).reduce((sum, { count }) => sum + count, 0);
    while ((await recordsOf()) < 10) await pause(20);
    await kafka.kill9();
    // More than the 4 MB that may wait in memory, so that the source itself is held.
    for (let round = 1; round <= 20; round++) await db.query('UPDATE t SET v = ?', [round]);
    await db.query(
      "CREATE TABLE big (id INT PRIMARY KEY, v TEXT); INSERT INTO big SELECT seq, REPEAT('x', 1000) FROM seq_1_to_12000",
    );
    await db.query('UPDATE t SET v = 99');
    await kafka.restart();
    while ((await recordsOf()) < 10 + 210) await pause(20);
    const runs = await seqsOf(log, 't');
    assert.equal(await recordsOf(), 10 + 210);
    for (const [index, { first, last, count }] of runs.entries()) {
      assert.equal(last - first + 1, count);
      assert.ok(first > (runs[index - 1]?.last ?? 0));
    }
    const big = await seqsOf(log, 'big');
    assert.equal(
      big.reduce((sum, { count }) => sum + count, 0),
      12_000,
    );
    await supervisor.stop();
    await log.close();
    await close();
  });
});
