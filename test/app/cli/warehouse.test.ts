/** `dolistream warehouse` on a data folder that nothing runs on, and killed while it rebuilds. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import type { WarehouseReport } from '../../../app/warehouse/warehouse-client.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import { type CliResult, runCli, startCli } from '../../support/cli-process.ts';
import { PREFIX, type TestEvent, TestTable, tableSchema } from '../../support/events.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const folder = makeTemporaryFolder();
after(() => folder[Symbol.dispose]());
const data = folder.path;

// Nothing connects to it: the model asks it for the name of Dolibarr's database.
const SOURCE = 'mysql://nobody@127.0.0.1:1/dolibarr';
const argumentsOf = (...args: string[]): string[] => [
  ...['warehouse', ...args, '--data', data, '--source', SOURCE],
  ...['--topic-prefix', PREFIX, '--json'],
];
const run = (...args: string[]): Promise<CliResult> => runCli(argumentsOf(...args));

async function withWarehouse<Result>(work: (warehouse: Warehouse) => Promise<Result>): Promise<Result> {
  const warehouse = await openChdb({ dir: join(data, 'warehouse') });
  try {
    return await work(warehouse);
  } finally {
    await warehouse.close();
  }
}

/** How many rebuilds the log of the folder tells the begin of. */
function begun(): number {
  const files = readdirSync(join(data, 'logs')).map((name) => readFileSync(join(data, 'logs', name), 'utf8'));
  return files.join('').split('building the warehouse anew').length - 1;
}

/** Moments after the begin at which it is killed, ms; TEST_KILLS names more of them. */
const KILLS = (process.env['TEST_KILLS'] ?? '120').split(',').map(Number);
const COMPANIES = 3000;

/** Companies, and notes without a key; as many events again as there are rows. */
async function fillLog(): Promise<void> {
  const { log, registry, close } = await openEmbeddedLog({ dir: join(data, 'log') });
  const company = { rowid: 'int', nom: 'varchar(60)', client: 'tinyint' };
  const tables = [
    await TestTable.register(registry, tableSchema('llx_societe', company)),
    await TestTable.register(registry, tableSchema('llx_note', company, [])),
  ];
  for (const [place, table] of tables.entries()) {
    const events = Array.from({ length: COMPANIES * 2 }, (_, index): TestEvent => {
      const rowid = 1 + (index % COMPANIES);
      return { op: 'c', seq: 1 + index * 2 + place, after: { rowid, nom: `Firm ${index}`, client: 1 } };
    });
    await log.append([table.batch(events)], []);
  }
  await close();
}

const contents = (): Promise<unknown> =>
  withWarehouse(async (warehouse) => ({
    companies: await warehouse.rows('SELECT * FROM mirror.llx_societe FINAL ORDER BY rowid'),
    notes: await warehouse.rows('SELECT * FROM mirror.llx_note ORDER BY ALL'),
    model: await warehouse.rows(
      'SELECT * EXCEPT (_version) FROM dolibarr_warehouse.dim_customer FINAL ORDER BY customer_id',
    ),
    left: await warehouse.rows(
      "SELECT name FROM system.tables WHERE name LIKE '%\\_\\_rebuilt' OR name LIKE '%\\_\\_new'",
    ),
  }));

void describe('warehouse', async () => {
  await fillLog();
  let before: unknown;

  void it('brings the warehouse up to date and tells what each table holds', async () => {
    const { code, stdout, stderr } = await run();
    assert.equal(code, 0, stderr);
    const { rebuilt, tables, upTo } = JSON.parse(stdout) as WarehouseReport;
    assert.equal(rebuilt, null);
    assert.equal(upTo, '2023-11-14T22:13:20.000Z');
    const rows = new Map(tables.map((table) => [`${table.database}.${table.name}`, table]));
    assert.equal(rows.get('mirror.llx_societe')?.rows, COMPANIES);
    assert.equal(rows.get('mirror.llx_note')?.rows, COMPANIES * 2);
    assert.ok(rows.get('mirror.llx_note')!.bytes > 0);
    assert.equal(rows.get('dolibarr_warehouse.dim_customer')?.rows, COMPANIES);
    assert.equal(rows.get('dolibarr_warehouse.fact_tickets')?.rows, 0);
    before = await contents();
  });

  void it('is finished by the next run when it is killed at any moment, and leaves nothing behind', async () => {
    await withWarehouse((warehouse) =>
      warehouse.command('DELETE FROM mirror.llx_societe WHERE rowid % 3 = 0'),
    );
    for (const [kills, afterMs] of KILLS.entries()) {
      await using cli = startCli(argumentsOf('--full-rebuild', '--from', 'raw'));
      const ended = cli.result.then(({ stderr }) => Promise.reject(new Error(stderr)));
      ended.catch(() => undefined);
      while (begun() === kills) await Promise.race([pause(10), ended]);
      await pause(afterMs);
      cli.kill('SIGKILL');
      await cli.result;
    }
    const { code, stdout, stderr } = await run('--full-rebuild', '--from', 'raw');
    assert.equal(code, 0, stderr);
    const { rebuilt } = JSON.parse(stdout) as WarehouseReport;
    assert.deepEqual(rebuilt!.tables.map(({ table, events }) => [table, events]).sort(), [
      ['llx_note', COMPANIES * 2],
      ['llx_societe', COMPANIES * 2],
    ]);
    assert.deepEqual(rebuilt!.leftOut, []);
    assert.ok(rebuilt!.modelTables > 30);
    assert.deepEqual(await contents(), before);
  });
});
