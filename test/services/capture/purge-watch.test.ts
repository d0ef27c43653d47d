import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BinlogOutlook } from '../../../core/ports/change-source.ts';
import type { Logger } from '../../../core/ports/logger.ts';
import { forecastPurge, PurgeWatch } from '../../../services/capture/purge-watch.ts';

const DAY = 86_400;
const NOW = 1_700_000_000_000;
const outlook = (changes: Partial<BinlogOutlook> = {}): BinlogOutlook => ({
  ...{ unreadBytes: 5000, keepSeconds: 8 * DAY, keepBytes: null },
  ...changes,
});

void test('what is unread is kept until its age is that which the server allows, counted from what was read last', () => {
  const left = (readAgo: number, changes?: Partial<BinlogOutlook>) =>
    forecastPurge(outlook(changes), NOW - readAgo * 1000, NOW);
  assert.deepEqual(left(2 * DAY), {
    unreadBytes: 5000,
    secondsLeft: 6 * DAY,
    bytesLeft: null,
    atRisk: false,
  });
  assert.equal(left(7 * DAY).atRisk, true);
  assert.equal(left(30 * DAY).secondsLeft, 0);
  assert.deepEqual(left(30 * DAY, { unreadBytes: 0 }), {
    ...{ unreadBytes: 0, secondsLeft: 8 * DAY, bytesLeft: null, atRisk: false },
  });
  assert.equal(left(30 * DAY, { keepSeconds: null }).atRisk, false);
  assert.equal(forecastPurge(outlook(), 0, NOW).secondsLeft, 8 * DAY, 'nothing is known of what was read');
  const bySize = left(0, { unreadBytes: 900, keepBytes: 1000 });
  assert.deepEqual([bySize.bytesLeft, bySize.atRisk], [100, true]);
});

void test('a purge that comes near is told as a metric at each look and as a warning once an hour', async () => {
  const warnings: object[] = [];
  const gauges = new Map<string, number>();
  const logger: Logger = {
    ...{ debug: () => undefined, info: () => undefined, error: () => undefined },
    warn: (fields) => warnings.push(fields),
    child: () => logger,
  };
  let now = NOW;
  const position = { kind: 'mariadb-gtid', gtid: '0-1-1', file: 'binlog.000001', offset: 4 } as const;
  const watch = new PurgeWatch(
    { outlook: () => Promise.resolve(outlook()) },
    () => ({ position, readUntilMs: NOW - 7 * DAY * 1000 }),
    {
      clock: { now: () => now },
      logger,
      metrics: {
        count: () => undefined,
        observe: () => undefined,
        gauge: (name, value) => gauges.set(name, value),
      },
    },
  );
  assert.equal(watch.forecast, null);
  for (const minutes of [0, 1, 59, 61]) {
    now = NOW + minutes * 60_000;
    await watch.look();
  }
  assert.equal(warnings.length, 2);
  assert.deepEqual([...gauges.entries()].sort(), [
    ['source_binlog_purge_seconds', DAY - 61 * 60],
    ['source_binlog_unread_bytes', 5000],
  ]);
});
