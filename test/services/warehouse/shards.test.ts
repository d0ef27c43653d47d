import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DolistreamError } from '../../../core/errors.ts';
import type { ChangeLog } from '../../../core/ports/change-log.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import { shardOf, shardOwners } from '../../../services/warehouse/shards.ts';
import { guardWarehouse, Tenure } from '../../../services/warehouse/tenure.ts';
import { schemaChangeBatch, type TestEvent, TestTable, tableSchema } from '../../support/events.ts';
import { Loading } from '../../support/loading.ts';

const COUNT = 4;

void test('a topic stays in its shard for ever', () => {
  const topics = ['dolibarr.erp.llx_ticket', 'dolibarr.erp.llx_facture', 'dolibarr.erp.llx_societe'];
  assert.deepEqual(
    topics.map((topic) => shardOf(topic, COUNT)),
    [2, 1, 3],
  );
});

void test('three hundred tables are spread evenly', () => {
  const counts = [0, 0, 0, 0];
  for (let number = 0; number < 300; number++)
    counts[shardOf(`dolibarr.erp.llx_table${number}`, COUNT)]! += 1;
  assert.ok(Math.min(...counts) > 50, String(counts));
});

void test('with one shard the states keep the names they always had', () => {
  assert.deepEqual(shardOwners({ index: 0, count: 1 }), { mirror: 'warehouse', raw: 'warehouse-raw' });
  assert.deepEqual(shardOwners({ index: 3, count: 4 }), { mirror: 'warehouse.3', raw: 'warehouse-raw.3' });
});

void test('a shard loads its own tables, takes its own part of a schema change, and passes all seqs', async () => {
  const shard = { index: 1, count: 2 };
  await using loading = await Loading.start({ shard });
  const { registry, log } = loading.embedded;
  const names = Array.from({ length: 6 }, (_, number) => `llx_table${number}`);
  const tables = await Promise.all(
    names.map((name) => TestTable.register(registry, tableSchema(name, { rowid: 'int' }))),
  );
  const own = tables.filter(({ topic }) => shardOf(topic, 2) === 1);
  assert.ok(own.length > 0 && own.length < tables.length);
  const changes = tables.map((table) => ({ type: 'CREATE', table }) as const);
  const row = (seq: number): TestEvent => ({ op: 'c', seq, after: { rowid: seq } });
  await log.append([await schemaChangeBatch(registry, 1, changes)], []);
  await log.append(
    tables.map((table, index) => table.batch([row(2 + index)])),
    [],
  );
  await loading.control.hold({ throughSeq: 1 + tables.length });
  loading.control.release();
  const made = await loading.rows<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = 'mirror' ORDER BY name",
  );
  assert.deepEqual(
    made.map(({ name }) => name),
    own.map(({ schema }) => schema.table),
  );
  assert.equal(loading.control.appliedSeq(), 1 + tables.length);
});

void test('a loader that was taken over changes nothing in the warehouse any more', async () => {
  const commands: string[] = [];
  const warehouse = { command: async (sql: string) => Promise.resolve(void commands.push(sql)) };
  const fenced = new DolistreamError('LOG_FENCED', 'Another process writes the log now');
  const log = { setState: () => Promise.reject(fenced) };
  const tenure = new Tenure(log as unknown as ChangeLog, 'warehouse.1.tenure');
  const guarded = guardWarehouse(warehouse as unknown as Warehouse, tenure);
  tenure.renewed();
  await guarded.command('TRUNCATE TABLE a');
  const stale = guardWarehouse(
    warehouse as unknown as Warehouse,
    new Tenure(log as unknown as ChangeLog, 'warehouse.1.tenure'),
  );
  await assert.rejects(stale.command('TRUNCATE TABLE b'), /Another process/);
  assert.deepEqual(commands, ['TRUNCATE TABLE a']);
});
