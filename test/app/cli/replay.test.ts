/** The commands on a data folder that nothing runs on, as users run them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import type { RedriveReport } from '../../../app/recovery/recovery-client.ts';
import type { ReplayReport } from '../../../app/recovery/replay-run.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import { createLoadService } from '../../../services/warehouse/load-service.ts';
import { type CliResult, runCli } from '../../support/cli-process.ts';
import { PREFIX, TestTable, tableSchema } from '../../support/events.ts';
import { loadOptions, noMetrics, silentLogger } from '../../support/loading.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const folder = makeTemporaryFolder();
after(() => folder[Symbol.dispose]());
const data = folder.path;

const run = (...args: string[]): Promise<CliResult> =>
  runCli([...args, '--data', data, '--topic-prefix', PREFIX, '--json']);

async function withWarehouse<Result>(work: (warehouse: Warehouse) => Promise<Result>): Promise<Result> {
  const warehouse = await openChdb({ dir: join(data, 'warehouse') });
  try {
    return await work(warehouse);
  } finally {
    await warehouse.close();
  }
}

/** Two tables with a hundred events each, and one batch that is no Avro of its schema; all loaded. */
async function fill(): Promise<void> {
  const { log, registry, close } = await openEmbeddedLog({ dir: join(data, 'log') });
  const names = ['llx_a', 'llx_b'];
  for (const [place, name] of names.entries()) {
    const table = await TestTable.register(registry, tableSchema(name, { rowid: 'int', note: 'text' }));
    const events = Array.from({ length: 100 }, (_, index) => {
      const seq = 1 + index * 2 + place;
      return { op: 'c', seq, after: { rowid: index, note: `n${seq}` } } as const;
    });
    const bytes = Uint8Array.from([2, 2, 254, 255, 255, 255, 15, 1]);
    const bad = {
      ...table.batch(events.slice(0, 1)),
      values: bytes,
      valueEnds: Uint32Array.from([bytes.length]),
    };
    await log.append([table.batch(events), ...(place === 0 ? [bad] : [])], []);
  }
  await withWarehouse(async (warehouse) => {
    const stop = new AbortController();
    const service = createLoadService({
      ...{ log, registry, warehouse, options: loadOptions() },
      ...{ logger: silentLogger, metrics: noMetrics },
    });
    const running = service.run(stop.signal);
    const isLoaded = async (): Promise<boolean> => {
      const { mirror, raw } = service.control.position();
      const end = await log.end();
      return mirror === end && raw === end;
    };
    while (!(await isLoaded())) await pause(5);
    stop.abort();
    await running;
  });
  await close();
}

const contents = (): Promise<unknown> =>
  withWarehouse((warehouse) =>
    warehouse.rows('SELECT * EXCEPT loaded_at FROM raw.events ORDER BY topic, partition, offset'),
  );

void describe('replay and dead-letters', async () => {
  await fill();

  void it('a replay brings back what was lost', async () => {
    const before = await contents();
    await withWarehouse((warehouse) =>
      warehouse.command('DELETE FROM raw.events WHERE seq % 2 = 0 OR seq > 150'),
    );
    const { code, stdout, stderr } = await run('replay', '--from', '1', '--yes');
    assert.equal(code, 0, stderr);
    const { tables, leftOut } = JSON.parse(stdout) as ReplayReport;
    assert.deepEqual(tables, [
      { table: 'llx_a', records: 101 },
      { table: 'llx_b', records: 100 },
    ]);
    assert.deepEqual(leftOut, []);
    assert.deepEqual(await contents(), before);
  });

  void it('a replay asks for a place and for leave', async () => {
    const nowhere = await run('replay', '--yes');
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.stderr, /--from was not given/);
    const unasked = await run('replay', '--from', '2h');
    assert.equal(unasked.code, 2);
    assert.match(unasked.stderr, /--yes/);
    const beyond = await run('replay', '--from', '2h', '--yes');
    assert.equal(beyond.code, 2);
    assert.match(beyond.stderr, /Nothing in the change log is at or after/);
    const unclear = await run('replay', '--from', 'yesterday', '--yes');
    assert.equal(unclear.code, 2);
    assert.match(unclear.stderr, /--from.*2026-11-23T08:00:00Z/s);
  });

  void it('letters are listed, shown with their bytes, and tried again', async () => {
    const topic = `${PREFIX}.dolibarr.llx_a`;
    const listed = JSON.parse((await run('dead-letters', 'list')).stdout) as { letters: object[] };
    assert.equal(listed.letters.length, 1);
    const { reason, recordedAt, ...letter } = listed.letters[0] as Record<string, unknown>;
    assert.match(String(reason), /ClickHouse error/);
    assert.deepEqual(letter, {
      ...{ topic, partition: 0, offset: 100, records: 1, schemaId: letter['schemaId'] },
      ...{ redrivenAt: null, payload: null },
    });
    assert.match(String(recordedAt), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    const shown = await run('dead-letters', 'show', '--topic', '*.llx_a');
    assert.match(shown.stdout, /0202feffffff0f01/);
    const none = await run('dead-letters', 'list', '--topic', '*.llx_b');
    assert.deepEqual(JSON.parse(none.stdout), { letters: [] });
    for (const more of [['--dry-run'], []]) {
      const tried = await run('dead-letters', 'redrive', ...more);
      assert.equal(tried.code, 1, tried.stderr);
      const { letters } = JSON.parse(tried.stdout) as RedriveReport;
      assert.deepEqual(
        letters.map(({ isIn, offset }) => [isIn, offset]),
        [[false, 100]],
      );
      assert.match(letters[0]!.note!, /ClickHouse error/);
    }
    const unknown = await run('dead-letters', 'bury');
    assert.equal(unknown.code, 2);
  });
});
