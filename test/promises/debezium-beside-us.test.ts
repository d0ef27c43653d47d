/**
 * Debezium on both sides of our topics: its JDBC sink writes our tables into another database, and its MariaDB connector
 * writes the same tables into topics beside ours. The differences listed in docs/09-topics-for-others.md are those seen here.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Apicurio } from '../support/apicurio.ts';
import { changeTables, createChangingTables, SERVER_ARGUMENTS } from '../support/changing-tables.ts';
import { untilCommitted, untilWritten } from '../support/committed-offsets.ts';
import { readEnvelope } from '../support/envelope-schema.ts';
import { startKafkaCapture } from '../support/kafka-capture.ts';
import { startConnect, type ConnectorSettings } from '../support/kafka-connect.ts';
import { startTestKafka } from '../support/kafka-server.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { rebuildWithPython, type RebuiltTables } from '../support/python-clients.ts';
import { readCopiedRows, readSourceRows, sortedRows } from '../support/source-rows.ts';

const OURS = 'dolibarr';
const THEIRS = 'peer';
const COPY = 'copy';

/** Every type that Debezium 3.2 can read a table with; UUID and INET6 end its parser of DDL. */
const KINDS = `CREATE TABLE llx_kinds (id INT PRIMARY KEY, t8 TINYINT, t8u TINYINT UNSIGNED, t16 SMALLINT, t24 MEDIUMINT,
  t32 INT NOT NULL DEFAULT 5, t32u INT UNSIGNED, t64 BIGINT, t64u BIGINT UNSIGNED, price DECIMAL(24,8), dbl DOUBLE(24,8),
  flt FLOAT, yr YEAR, d DATE, dt DATETIME, dt3 DATETIME(3), dt6 DATETIME(6), ts TIMESTAMP NULL, ts6 TIMESTAMP(6) NULL,
  tm TIME, tm6 TIME(6), b1 BIT(1), b5 BIT(5), en ENUM('a','b'), se SET('x','y'), ch CHAR(10), tx MEDIUMTEXT, bi BINARY(6),
  bl BLOB, js JSON) CHARACTER SET utf8mb4`;
const KINDS_ROWS = `INSERT INTO llx_kinds VALUES
  (1, -1, 255, 1, 1, 7, 4294967295, 9007199254740993, 18446744073709551615, -0.00000001, 12.5, 0.1, 2026, '2024-02-29',
   '2026-03-29 02:30:00', '2026-10-25 02:30:00.123', '1969-12-31 23:59:59.999999', '2026-07-14 10:00:00',
   '2026-10-25 02:30:00.5', '23:59:59', '23:00:00.123456', 1, 21, 'a', 'x,y', 'pad', 'é 😀', x'0102', x'89500A', '{"a":1}'),
  (2, NULL, NULL, NULL, NULL, 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '0000-00-00', '0000-00-00 00:00:00', NULL, NULL,
   NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`;

const KEYED = ['llx_element', 'llx_emptied', 'llx_kinds', 'llx_societe', 'llx_stock'];

function jdbcSink(db: TestMariadb, topics: readonly string[]): ConnectorSettings {
  return {
    name: 'sink',
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    topics: topics.join(','),
    'connection.url': `jdbc:mariadb://${db.host}:${db.port}/${COPY}`,
    'connection.username': db.server.user,
    'connection.password': db.server.password,
    'insert.mode': 'upsert',
    'delete.enabled': 'true',
    'truncate.enabled': 'true',
    'primary.key.mode': 'record_key',
    'schema.evolution': 'basic',
  };
}

function mariadbSource(db: TestMariadb, broker: string): ConnectorSettings {
  return {
    name: 'peer',
    'connector.class': 'io.debezium.connector.mariadb.MariaDbConnector',
    'database.hostname': db.host,
    'database.port': String(db.port),
    'database.user': db.server.user,
    'database.password': db.server.password,
    'database.server.id': '54001',
    'database.ssl.mode': 'disable',
    'database.include.list': db.database,
    'table.include.list': `${db.database}[.]llx_.*`,
    'topic.prefix': THEIRS,
    'topic.creation.default.replication.factor': '1',
    'topic.creation.default.partitions': '1',
    'schema.history.internal.kafka.bootstrap.servers': broker,
    'schema.history.internal.kafka.topic': 'peer-history',
    'schema.history.internal.store.only.captured.tables.ddl': 'true',
    // Without these it stops at a column named `prix unitaire`.
    'field.name.adjustment.mode': 'avro',
    'schema.name.adjustment.mode': 'avro',
    'time.precision.mode': 'connect',
    'decimal.handling.mode': 'precise',
    'bigint.unsigned.handling.mode': 'precise',
    'skipped.operations': 'none',
  };
}

void test('Debezium’s sink copies our tables, and its connector writes what we write', async (t) => {
  await using db = await startTestMariadb({ args: SERVER_ARGUMENTS });
  await using kafka = await startTestKafka();
  await using registry = await Apicurio.start();
  await createChangingTables(db);
  await db.query(`CREATE DATABASE ${COPY}; ${KINDS}; ${KINDS_ROWS}`);
  const topicOf = (prefix: string, table: string): string => `${prefix}.${db.database}.${table}`;
  const ours = KEYED.map((table) => topicOf(OURS, table));
  await using capture = await startKafkaCapture({
    ...{ db, broker: kafka.broker, registryUrl: registry.url, prefix: OURS },
  });
  await capture.caughtUp();
  await using connect = await startConnect({
    broker: kafka.broker,
    registryOrigin: registry.origin,
    connectors: [jdbcSink(db, ours), mariadbSource(db, kafka.broker)],
  });
  await untilWritten(kafka.client, topicOf(THEIRS, 'llx_stock'), () => connect.check());
  await changeTables(db);
  await db.query('CREATE TABLE llx_last (rowid INT PRIMARY KEY); INSERT INTO llx_last VALUES (1)');
  await capture.caughtUp();

  await t.test('the tables that Debezium’s JDBC sink wrote equal the source', async () => {
    await untilCommitted(
      kafka.client,
      { groupId: 'connect-sink', topics: ours },
      { onWait: () => connect.check() },
    );
    for (const table of KEYED) {
      const copy = `${COPY}.${topicOf(OURS, table).replaceAll('.', '_')}`;
      const copied = await readCopiedRows(db, table, copy);
      assert.deepEqual(copied.rows, (await readSourceRows(db, table)).rows, table);
    }
  });

  await t.test('one program makes the same of our topics and of Debezium’s', async () => {
    await untilWritten(kafka.client, topicOf(THEIRS, 'llx_last'), () => connect.check());
    const tables = ['llx_bag', 'llx_element', 'llx_emptied', 'llx_stock'];
    const read = (prefix: string): Promise<RebuiltTables> =>
      rebuildWithPython({
        ...{ broker: kafka.broker, registry: registry.url },
        ...{ topics: tables.map((table) => topicOf(prefix, table)), ddlTopic: prefix },
      });
    const our = await read(OURS);
    const their = await read(THEIRS);
    for (const table of tables) {
      const { rows, floats } = await readSourceRows(db, table);
      const [ourTable, theirTable] = [
        our.tables[topicOf(OURS, table)]!,
        their.tables[topicOf(THEIRS, table)]!,
      ];
      assert.deepEqual(sortedRows(ourTable.rows, floats), rows, `our ${table}`);
      assert.deepEqual(sortedRows(theirTable.rows, floats), rows, `their ${table}`);
      assert.deepEqual(ourTable.trail, theirTable.trail, table);
    }
  });

  await t.test('our schemas differ from Debezium’s in what the documentation lists', async () => {
    const our = await readEnvelope(registry.url, topicOf(OURS, 'llx_kinds'));
    const their = await readEnvelope(registry.url, topicOf(THEIRS, 'llx_kinds'));
    assert.deepEqual(our.name, their.name.replace(THEIRS, OURS));
    assert.deepEqual(our.fields, their.fields.slice(0, our.fields.length));
    assert.deepEqual(their.fields.slice(our.fields.length), ['ts_us: long', 'ts_ns: long']);
    const more = ['sequence: string', 'ts_us: long', 'ts_ns: long'];
    assert.deepEqual(
      our.source.filter((field) => field !== 'seq: long'),
      their.source.filter((field) => !more.includes(field)),
    );
    assert.deepEqual(our.transaction, their.transaction);
    assert.deepEqual(our.key, their.key);
    const differing = our.columns.flatMap((column, index) =>
      column === their.columns[index] ? [] : [`${column} / ${their.columns[index]}`],
    );
    assert.deepEqual(differing, [
      'dt6: timestamp-micros / dt6: timestamp-millis',
      'ts: timestamp-millis / ts: string',
      'ts6: timestamp-micros / ts6: string',
      'tm: long / tm: time-millis',
      'tm6: long / tm6: time-millis',
      'b1: long / b1: boolean',
      'b5: long / b5: bytes',
    ]);
  });
});
