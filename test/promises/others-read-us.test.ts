/** Our topics on Kafka are Debezium's to their readers: clients that are not ours make of them what the source holds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Apicurio } from '../support/apicurio.ts';
import {
  CHANGING_TABLES,
  changeTables,
  changeTypes,
  createChangingTables,
  createTypes,
  SERVER_ARGUMENTS,
} from '../support/changing-tables.ts';
import { ClickhouseKafkaEngine } from '../support/clickhouse-kafka-engine.ts';
import { startKafkaCapture } from '../support/kafka-capture.ts';
import { startTestKafka } from '../support/kafka-server.ts';
import { startTestMariadb } from '../support/mariadb.ts';
import { rebuildWithPython } from '../support/python-clients.ts';
import { readSourceRows, sortedRows } from '../support/source-rows.ts';

const PREFIX = 'dolibarr';
const TABLES = ['every_type', ...CHANGING_TABLES];

void test('readers of Debezium’s topics that are not ours rebuild every table', async (t) => {
  await using db = await startTestMariadb({ args: SERVER_ARGUMENTS });
  await using kafka = await startTestKafka();
  await using registry = await Apicurio.start();
  await createTypes(db);
  await createChangingTables(db);
  const capturing = { db, broker: kafka.broker, registryUrl: registry.url, prefix: PREFIX };
  await using capture = await startKafkaCapture(capturing);
  await capture.caughtUp();
  await changeTypes(db);
  await changeTables(db);
  await capture.caughtUp();
  const topicOf = (table: string): string => `${PREFIX}.${db.database}.${table}`;
  const topics = await capture.tableTopics();
  assert.deepEqual(topics, TABLES.map(topicOf));

  await t.test('Confluent’s client for Python with its AvroDeserializer', async () => {
    const rebuilt = await rebuildWithPython({
      ...{ broker: kafka.broker, registry: registry.url },
      ...{ topics, ddlTopic: PREFIX },
    });
    for (const table of TABLES) {
      const read = rebuilt.tables[topicOf(table)]!;
      const source = await readSourceRows(db, table);
      assert.deepEqual(
        read.columns,
        source.columns.map((name) => name.replace(' ', '_')),
      );
      assert.deepEqual(sortedRows(read.rows, source.floats), source.rows, table);
      assert.equal(read.tombstonesTooEarly, 0, table);
      assert.ok(read.seqIsOrdered, table);
    }
    // The test means something only if all of it came by.
    const { tables, statements } = rebuilt;
    assert.deepEqual(
      statements.map((sql) => sql.split(' ', 3).join(' ')),
      ['ALTER TABLE llx_societe', 'ALTER TABLE llx_societe'],
    );
    assert.equal(tables[topicOf('llx_societe')]!.valueSchemas, 3);
    assert.deepEqual(tables[topicOf('llx_emptied')]!.operations, { r: 2, t: 1, c: 2 });
    assert.deepEqual(tables[topicOf('llx_bag')]!.operations, { r: 3, d: 1, c: 2, u: 1 });
    assert.equal(tables[topicOf('every_type')]!.operations['d'], 3);
    assert.equal(tables[topicOf('every_type')]!.tombstones, 3);
  });

  await t.test('ClickHouse’s Kafka engine with AvroConfluent', async () => {
    await using clickhouse = await ClickhouseKafkaEngine.open(kafka, registry.url);
    const keyed = TABLES.filter((table) => table !== 'llx_bag');
    for (const table of keyed) await clickhouse.follow(topicOf(table));
    await clickhouse.caughtUp();
    for (const table of keyed) {
      const source = await readSourceRows(db, table);
      const read = await clickhouse.rows(topicOf(table));
      assert.deepEqual(sortedRows(read, source.floats), source.rows, table);
      const refusals = await clickhouse.refusals(topicOf(table));
      // Only what is from before ALTER TABLE … MODIFY capital DECIMAL(28,4).
      if (table === 'llx_societe')
        assert.match(refusals.join('\n'), /^Cannot insert Avro decimal with scale 8 .*capital$/);
      else assert.deepEqual(refusals, [], table);
    }
  });
});
