import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openClickhouse } from '../../../adapters/clickhouse/open-clickhouse.ts';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import type { Metrics } from '../../../core/ports/metrics.ts';
import type { RecordBatch } from '../../../core/ports/change-log.ts';
import { createLoadService } from '../../../services/warehouse/load-service.ts';
import { TestTable, tableSchema } from '../../support/events.ts';
import { ClickhouseServer } from '../../support/clickhouse-server.ts';
import { loadOptions, noMetrics, silentLogger } from '../../support/loading.ts';

const TABLES = 3;
const BATCHES = 240;
const RECORDS = 20;
const KILLS = 4;

/** A batch whose bytes are no records of its schema. */
const poisoned = (batch: RecordBatch): RecordBatch => {
  const values = Uint8Array.from([2, 2, 254, 255, 255, 255, 15, 1]);
  return {
    ...batch,
    count: 1,
    values,
    valueEnds: Uint32Array.from([values.length]),
    keyEnds: new Uint32Array(1),
  };
};

void test('a server that dies and comes back holds every event once, those beside unreadable ones too', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'dolistream-http-load-'));
  await using server = await ClickhouseServer.start();
  const { url, user, password } = server;
  const embedded = await openEmbeddedLog({ dir: join(dir, 'log') });
  const warehouse = await openClickhouse({ url, user, password, logger: silentLogger });
  const stop = new AbortController();
  try {
    const tables = await Promise.all(
      Array.from({ length: TABLES }, (_, index) =>
        TestTable.register(
          embedded.registry,
          tableSchema(`llx_t${index}`, { rowid: 'int', note: 'text', scan: 'blob' }),
        ),
      ),
    );
    let seq = 0;
    let good = 0;
    let bad = 0;
    for (let step = 0; step < BATCHES; step++) {
      const events = Array.from({ length: RECORDS }, () => {
        seq += 1;
        return {
          op: 'c' as const,
          seq,
          after: { rowid: seq, note: `n${seq}`, scan: Buffer.from([seq & 255]) },
        };
      });
      const batch = tables[step % TABLES]!.batch(events);
      const isPoisoned = step % 50 === 7;
      if (isPoisoned) bad += 1;
      else good += RECORDS;
      await embedded.log.append([isPoisoned ? poisoned(batch) : batch], []);
    }
    let loaded = 0;
    const metrics: Metrics = {
      ...noMetrics,
      count: (name, by = 1) => {
        if (name === 'warehouse_records_total') loaded += by;
      },
    };
    const { log, registry } = embedded;
    const service = createLoadService({
      ...{ log, registry, warehouse, logger: silentLogger, metrics },
      options: loadOptions({ maxRoundBytes: 12_000 }),
    });
    let isRunning = true;
    const running = service.run(stop.signal).finally(() => (isRunning = false));
    running.catch(() => undefined);
    const until = async (isReached: () => boolean | Promise<boolean>): Promise<void> => {
      while (!(await isReached()) && isRunning) await delay(5);
      if (!isRunning) await running;
    };
    // Both lanes count every record, so this many in all.
    const total = 2 * good;
    for (let kill = 1; kill <= KILLS; kill++) {
      await until(() => loaded >= (total * kill) / (KILLS + 1));
      await server.end('SIGKILL');
      await server.begin();
    }
    await until(async () => {
      const { mirror, raw } = service.control.position();
      // What cannot be read is appended as the loader goes.
      const end = await log.end();
      return mirror === end && raw === end;
    });
    stop.abort();
    await running;

    const text = String(good);
    assert.deepEqual(
      await warehouse.rows(
        'SELECT count() AS n, uniqExact(seq) AS seqs, uniqExact(topic, offset) AS places FROM raw.events',
      ),
      [{ n: text, seqs: text, places: text }],
    );
    for (let index = 0; index < TABLES; index++) {
      const [row] = await warehouse.rows(
        `SELECT count() AS n, countIf(note = concat('n', toString(rowid)) AND scan = char(rowid % 256)) AS same
         FROM mirror.llx_t${index} FINAL`,
      );
      const raw = await warehouse.rows<{ n: string }>(
        `SELECT count() AS n FROM raw.events WHERE table = 'llx_t${index}'`,
      );
      assert.deepEqual(row, { n: raw[0]!.n, same: raw[0]!.n });
    }
    const [letters] = await warehouse.rows(
      'SELECT count() AS n, sum(records) AS records FROM raw.dead_letters',
    );
    assert.deepEqual(letters, { n: String(bad), records: String(bad) });
  } finally {
    stop.abort();
    await warehouse.close();
    await embedded.close();
    await rm(dir, { recursive: true, force: true });
  }
});
