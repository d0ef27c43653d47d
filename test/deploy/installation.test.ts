import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { openClickhouse } from '../../adapters/clickhouse/open-clickhouse.ts';
import { ReleaseStack } from '../../app/release-stack.ts';
import { packagePath } from '../../app/paths.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { Apicurio } from '../support/apicurio.ts';
import { ClickhouseServer } from '../support/clickhouse-server.ts';
import { startTestKafka } from '../support/kafka-server.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { clientOf, S3Server } from '../support/s3-server.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { COMPOSE, interpolate, makeEnvironment, OURS, type Values } from './compose-file.ts';
import { layOutImage, RunningService, untilTrue } from './installation.ts';

const run = promisify(execFile);
/** Not the user that the tests' MariaDB has already. */
const CAPTURE_USER = 'reader';

/** Settings of the broker that do not say where it is. */
function brokerProperties(): Record<string, string> {
  const entries = Object.entries(COMPOSE.services['kafka']!.environment!)
    .filter(([name]) => !/LISTENER|QUORUM|LOG_DIRS|HEAP|NODE_ID|PROCESS_ROLES/.test(name))
    .map(([name, value]) => [
      name
        .replace(/^KAFKA_/, '')
        .toLowerCase()
        .replaceAll('_', '.'),
      String(value),
    ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** The statements that the demo's MariaDB is prepared with, from the script that Compose mounts. */
async function captureUserSql(database: string, password: string): Promise<readonly string[]> {
  using folder = makeTemporaryFolder();
  writeFileSync(join(folder.path, 'mariadb'), '#!/bin/sh\ncat\n', { mode: 0o755 });
  const { stdout } = await run('sh', [packagePath('deploy', 'mariadb', 'capture-user.sh')], {
    env: {
      PATH: `${folder.path}:${process.env['PATH']}`,
      ...{ MARIADB_ROOT_PASSWORD: 'x', MARIADB_DATABASE: database },
      ...{ CAPTURE_USER, CAPTURE_PASSWORD: password },
    },
  });
  return stdout
    .split(';')
    .map((statement) => statement.trim())
    .filter(Boolean);
}

void describe('the services of docker-compose.yml, as processes beside real servers', () => {
  const release = new ReleaseStack();
  const services: RunningService[] = [];
  let db: TestMariadb;
  let warehouse: Warehouse;
  let values: Values;
  let s3: S3Server;
  let registry: Apicurio;

  const serviceOf = (name: string): RunningService => services.find((service) => service.name === name)!;
  const ask = (name: string, path: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${serviceOf(name).port}${path}`, {
      headers: { authorization: `Bearer ${values['DOLISTREAM_HTTP_TOKEN']}` },
    });

  before(async () => {
    const made = makeEnvironment();
    const mariadbArgs = COMPOSE.services['mariadb']!.command!.map((argument) => interpolate(argument, made));
    const folder = makeTemporaryFolder();
    release.add(() => Promise.resolve(folder[Symbol.dispose]()));
    const started = await Promise.all([
      startTestMariadb({ args: mariadbArgs }),
      startTestKafka({ properties: brokerProperties() }),
      Apicurio.start(),
      S3Server.start(),
      ClickhouseServer.start({ user: 'dolistream', password: made['DOLISTREAM_WAREHOUSE_PASSWORD']! }),
    ]);
    for (const server of started) release.add(() => server[Symbol.asyncDispose]());
    const [mariadb, kafka, apicurio, bucket, clickhouse] = started;
    [db, s3, registry] = [mariadb, bucket, apicurio];
    for (const statement of await captureUserSql(db.database, made['DOLISTREAM_SOURCE_PASSWORD']!)) {
      await db.query(statement);
    }
    await db.query('CREATE TABLE llx_societe (rowid INT PRIMARY KEY, nom VARCHAR(128), entity INT)');
    await db.query("INSERT INTO llx_societe VALUES (1, 'Dupont BTP', 1), (2, 'Martin', 1)");
    const { address } = s3;
    values = {
      ...made,
      DOLISTREAM_KAFKA_BROKERS: kafka.broker,
      DOLISTREAM_REGISTRY_URL: apicurio.url,
      DOLISTREAM_CLICKHOUSE_URL: clickhouse.url,
      DOLISTREAM_S3_ENDPOINT: address.endpoint,
      DOLISTREAM_S3_REGION: address.region,
      DOLISTREAM_S3_BUCKET: address.bucket,
      DOLISTREAM_S3_ACCESS_KEY: address.accessKeyId,
      DOLISTREAM_S3_SECRET_KEY: address.secretAccessKey,
      DOLISTREAM_LAKE_ROLL_SECONDS: '1',
      DOLIBARR_DB_HOST: db.host,
      DOLIBARR_DB_PORT: String(db.port),
      DOLIBARR_DB_NAME: db.database,
      DOLIBARR_DB_USER: CAPTURE_USER,
    };
    warehouse = await openClickhouse({
      url: clickhouse.url,
      user: clickhouse.user,
      password: clickhouse.password,
      logger: { debug() {}, info() {}, warn() {}, error() {} } as never,
    });
    release.add(() => warehouse.close());
    const program = await layOutImage(folder.path);
    for (const [name, service] of OURS) {
      const dataDir = join(folder.path, 'data', name);
      mkdirSync(dataDir, { recursive: true });
      const running = await RunningService.start({ name, service, values, program, dataDir });
      services.push(running);
      release.add(() => running.kill());
    }
    await Promise.all(services.map((service) => service.untilReady()));
  });

  after(() => release.release());

  void it('bring rows from MariaDB into ClickHouse and the bucket', async () => {
    await db.query("INSERT INTO llx_societe VALUES (3, 'Bâtiments Léger', 1)");
    await untilTrue(async () => {
      const sql = 'SELECT count() AS rows FROM mirror.llx_societe FINAL';
      const [row] = await warehouse.rows<{ rows: string }>(sql).catch(() => []);
      return Number(row?.rows ?? 0) === 3;
    });
    const client = clientOf(s3.address);
    await untilTrue(async () => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: s3.address.bucket }));
      return Contents.some(({ Key = '' }) => /^lake\/.*llx_societe\/date=.*\.parquet$/.test(Key));
    });
    client.destroy();
  });

  void it('are healthy and serve their metrics to who has the token', async () => {
    for (const { name } of services) {
      assert.equal((await ask(name, '/health')).status, 200, name);
      const page = await (await ask(name, '/metrics')).text();
      assert.match(page, /^dolistream_build_info\{/m, name);
      assert.match(page, /^dolistream_process_resident_memory_bytes /m, name);
    }
    assert.match(
      await (await ask('capture', '/metrics')).text(),
      /^dolistream_captured_records_total [1-9]/m,
    );
    assert.match(
      await (await ask('load', '/metrics')).text(),
      /^dolistream_sink_lag_seconds\{sink="warehouse\.\d"\} /m,
    );
    assert.match(await (await ask('lake', '/metrics')).text(), /^dolistream_lake_files_written_total [1-9]/m);
  });

  void it('answer queries through monitor', async () => {
    const answer = await ask(
      'monitor',
      `/?query=${encodeURIComponent('SELECT count() FROM mirror.llx_societe FINAL')}`,
    );
    assert.equal((await answer.text()).trim(), '3');
  });

  void it('stand beside a registry that its health check finds ready', async () => {
    const { port } = new URL(registry.origin);
    await run('/bin/bash', [packagePath('deploy', 'registry', 'is-ready.sh')], {
      env: { QUARKUS_HTTP_PORT: port },
    });
  });

  void it('end with 0 when they are told to stop', async () => {
    for (const service of services) assert.equal(await service.stop(), 0, service.name);
  });
});
