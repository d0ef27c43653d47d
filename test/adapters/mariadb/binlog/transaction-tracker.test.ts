import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TransactionTracker } from '../../../../adapters/mariadb/binlog/transaction-tracker.ts';
import type { EventPlace, RowCursor, StreamHandler } from '../../../../core/ports/change-source.ts';
import { comparePlaces, type SourcePosition } from '../../../../core/position.ts';

const ROUND = 2 ** 32;
const MIB = 2 ** 20;
const NO_ROWS = {} as RowCursor;

/** Notes where rows and commits are said to be. */
class Places implements StreamHandler {
  readonly rows: number[] = [];
  readonly commits: SourcePosition[] = [];
  onBegin(): void {}
  onRows(_rows: RowCursor, { offset }: EventPlace): void {
    this.rows.push(offset);
  }
  onStatement(): void {}
  onCommit(position: SourcePosition): void {
    this.commits.push(position);
  }
  onAbandon(): void {}
  onHeartbeat(): void {}
}

const header = (offset: number) => ({ timestampMs: 0, serverId: 1, offset: offset % ROUND });
const framing = (name: string, more: object = {}) => ({ getEventName: () => name, ...more });

void test('positions in a file of more than 4 GiB go on to rise, though the headers begin again', () => {
  const places = new Places();
  const from = { kind: 'mariadb-gtid', gtid: '0-1-1', file: 'binlog.000001', offset: 100 } as const;
  const tracker = new TransactionTracker(from, places);
  const commit = (sequence: number, end: number, rows: readonly number[]): void => {
    tracker.onHeader(header(rows[0]! - 100));
    void tracker.onFraming(framing('mariadbgtid', { gtid: `0-1-${sequence}` }));
    for (const offset of rows) void tracker.onRows(NO_ROWS, header(offset));
    tracker.onHeader(header(end));
    void tracker.onFraming(framing('xid'));
  };
  // One transaction of 9 GiB, whose events have 32 MiB each; then a small one behind it.
  const many = Array.from({ length: 288 }, (_, index) => 1000 + (index + 1) * 32 * MIB);
  commit(2, many.at(-1)! + 31, many);
  commit(3, many.at(-1)! + 500, [many.at(-1)! + 300]);
  assert.deepEqual(places.rows, [...many, many.at(-1)! + 300]);
  assert.deepEqual(
    places.commits.map(({ offset }) => offset),
    [many.at(-1)! + 31, many.at(-1)! + 500],
  );
  assert.ok(comparePlaces(places.commits[1]!, places.commits[0]!) > 0);
  void tracker.onFraming(framing('rotate', { binlogName: 'binlog.000002', position: 4 }));
  commit(4, 900, [700]);
  assert.deepEqual(places.commits[2], { ...from, gtid: '0-1-4', file: 'binlog.000002', offset: 900 });
});

void test('an event before our place, and one without a place, are no round', () => {
  const places = new Places();
  const from = { kind: 'file', file: 'binlog.000001', offset: 3 * ROUND + 5000 } as const;
  const tracker = new TransactionTracker(from, places);
  tracker.onHeader(header(300));
  void tracker.onFraming(framing('heartbeat'));
  tracker.onHeader(header(0));
  void tracker.onFraming(framing('anonymousgtid'));
  void tracker.onRows(NO_ROWS, header(0));
  tracker.onHeader(header(6000));
  void tracker.onFraming(framing('xid'));
  assert.deepEqual(places.rows, [0]);
  assert.deepEqual(places.commits, [{ ...from, offset: 3 * ROUND + 6000 }]);
});
