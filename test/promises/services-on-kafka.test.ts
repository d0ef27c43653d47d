/** The services as processes of their own over Kafka and a registry: killed at random, nothing is lost or doubled. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import type { VerifyReport } from '../../app/runtime.ts';
import { Apicurio } from '../support/apicurio.ts';
import { startTestKafka } from '../support/kafka-server.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { type ServiceName, ServiceGroup } from '../support/service-group.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const SERVICES: readonly ServiceName[] = ['capture', 'load', 'lake', 'analytics', 'alerts'];
const ROUNDS = 6;

async function write(db: TestMariadb, round: number): Promise<void> {
  const base = round * 1000;
  const rows = Array.from({ length: 200 }, (_, index) => `(${base + index}, 'T${base + index}', ${index}.5)`);
  await db.query(`INSERT INTO llx_ticket (rowid, ref, cost) VALUES ${rows.join(', ')}`);
  await db.query(`UPDATE llx_ticket SET cost = cost + 1 WHERE rowid >= ${base} AND rowid % 3 = 0`);
  await db.query(`DELETE FROM llx_ticket WHERE rowid >= ${base} AND rowid % 7 = 0`);
  await db.query(`UPDATE llx_ticket SET rowid = rowid + 500 WHERE rowid = ${base + 1}`);
  await db.query(`INSERT INTO llx_societe (nom) VALUES ('société ${round}')`);
  if (round === 3) await db.query('ALTER TABLE llx_ticket ADD COLUMN note TEXT NULL');
}

void describe('services on Kafka', () => {
  void it('are killed one after the other while rows change, and the warehouse equals the source', async () => {
    using folder = makeTemporaryFolder();
    await using db = await startTestMariadb();
    await using kafka = await startTestKafka();
    await using registry = await Apicurio.start();
    await db.query(
      `CREATE TABLE llx_ticket (rowid INT PRIMARY KEY, ref VARCHAR(30), cost DOUBLE(24,8));
       CREATE TABLE llx_societe (rowid INT PRIMARY KEY AUTO_INCREMENT, nom VARCHAR(128));
       INSERT INTO llx_societe (nom) VALUES ('premier')`,
    );
    await using services = new ServiceGroup({
      ...{ source: db.captureUrl(), broker: kafka.broker, registryUrl: registry.url, dataDir: folder.path },
      extra: ['--kafka-partitions', '3'],
    });
    await services.start(...SERVICES);
    await services.untilReady(...SERVICES);
    for (let round = 1; round <= ROUNDS; round++) {
      const writing = write(db, round);
      const name = SERVICES[(round - 1) % SERVICES.length]!;
      // A random moment of the work at hand, not a wait for something.
      await new Promise((resolve) => setTimeout(resolve, randomInt(400)));
      await services.kill9(name);
      await services.start(name);
      await writing;
    }
    const verified = await services.ask('load', ['verify', '--json']);
    assert.equal(verified.code, 0, verified.stderr + verified.stdout);
    const report = JSON.parse(verified.stdout) as VerifyReport;
    assert.deepEqual(
      report.tables.map(({ table, equal }) => [table, equal]),
      [
        ['llx_societe', true],
        ['llx_ticket', true],
      ],
    );
    const counts = async (): Promise<string> => {
      const answer = await services.ask('load', [
        'query',
        'SELECT count(), uniqExact(seq), max(seq) - min(seq) + 1 FROM raw.events',
        '--format',
        'TSV',
      ]);
      return answer.stdout.trim();
    };
    // Raw follows the mirror within a second or so.
    let seen = await counts();
    while (new Set(seen.split('\t')).size !== 1) seen = await counts();
    assert.deepEqual(await services.stop(), []);
  });
});
