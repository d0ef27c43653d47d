import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatStatus } from '../../../app/cli/print-status.ts';
import type { Status } from '../../../app/runtime.ts';

const STATUS: Status = {
  version: '1',
  running: true,
  http: null,
  dataDir: '/data',
  source: null,
  position: null,
  tables: 3,
  counts: { captured: 0, loaded: 0, laked: 0, alerted: 0 },
  lastEventAt: null,
  stages: [],
  alerts: [],
};
const COPY = {
  tables: 3,
  tablesDone: 1,
  rows: 2_500,
  rowsTotal: 10_000,
  rowsPerSecond: 500,
  secondsLeft: 15,
  paused: false,
  running: [],
};

const copyLine = (status: Status): string | undefined =>
  formatStatus(status).find((line) => line.startsWith('copying'));

void test('tables that are being copied are told with rate and time left, or that they rest', () => {
  assert.equal(copyLine(STATUS), undefined);
  assert.equal(
    copyLine({ ...STATUS, copy: COPY }),
    'copying     1 of 3 tables, 2,500 of about 10,000 rows, 500 rows/s, 15 s left',
  );
  assert.equal(
    copyLine({ ...STATUS, copy: { ...COPY, paused: true } }),
    'copying     1 of 3 tables, 2,500 of about 10,000 rows, paused: go on with dolistream backfill --resume',
  );
});

const purgeLine = (purge: NonNullable<Status['purge']>): string | undefined =>
  formatStatus({ ...STATUS, purge }).find((line) => line.startsWith('binlog'));

void test('binlog that was not read is told with how long the source keeps it', () => {
  const kept = { unreadBytes: 3 << 20, secondsLeft: 6 * 86_400, bytesLeft: null, atRisk: false };
  assert.equal(purgeLine({ ...kept, unreadBytes: 0 }), 'binlog      all read');
  assert.equal(purgeLine(kept), 'binlog      3,072 KiB unread, kept for 6 d 0 h at the least');
  assert.equal(purgeLine({ ...kept, secondsLeft: null }), 'binlog      3,072 KiB unread, kept for ever');
  assert.match(
    purgeLine({ unreadBytes: null, secondsLeft: 120, bytesLeft: 2048, atRisk: true })!,
    /unread, kept for 2 min at the least and until 2 KiB more are written: start capture soon/,
  );
});

void test('each store is told with what it holds, then the quality of the data and the disk', () => {
  const stored = { tables: 2, rows: 1_500, bytes: 3 << 20 };
  const parts = {
    log: { topics: 4, events: 12_000, bytes: 5 << 20 },
    lake: { files: 7, bytes: 1 << 20 },
    warehouse: { raw: stored, mirror: stored, model: stored },
    quality: { score: 98.76, at: '2026-01-02T03:04:05Z' },
    disk: { freeBytes: 3 * 2 ** 30, totalBytes: 8 * 2 ** 30 },
  };
  const lines = formatStatus({ ...STATUS, parts });
  for (const line of [
    'log         12,000 events of 4 topics kept, 5.0 MiB',
    'lake        7 files, 1.0 MiB',
    'history     2 tables, 1,500 rows on the disk, 3.0 MiB',
    'quality     98.8 of 100 at 2026-01-02T03:04:05Z',
    'disk        3.0 GiB free of 8.0 GiB',
  ]) {
    assert.ok(lines.includes(line), line);
  }
  const less = formatStatus({ ...STATUS, parts: { ...parts, lake: null, warehouse: null, quality: null } });
  assert.ok(less.includes('lake        in a bucket'));
  assert.ok(less.includes('quality     not scored yet'));
});
