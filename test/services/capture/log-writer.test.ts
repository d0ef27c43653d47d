import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Deferred, deferred } from '../../../core/deferred.ts';
import type { ChangeLog, RecordBatch } from '../../../core/ports/change-log.ts';
import type { Metrics } from '../../../core/ports/metrics.ts';
import { NEW_STATE } from '../../../services/capture/capture-state.ts';
import { LogWriter } from '../../../services/capture/log-writer.ts';

/** A log whose appends end when they are told to. */
function slowLog() {
  const appends: { readonly batches: readonly RecordBatch[]; readonly done: Deferred<undefined> }[] = [];
  const append = (batches: readonly RecordBatch[]): Promise<void> => {
    const done = deferred<undefined>();
    appends.push({ batches, done });
    return done.promise;
  };
  return { appends, log: { append } as unknown as ChangeLog };
}

const metrics = { count: () => undefined } as unknown as Metrics;
function write(writer: LogWriter, value: string): void {
  const bytes = Buffer.from(value);
  writer.addBarrier('topic', Promise.resolve({ keySchemaId: null, valueSchemaId: 1 }), (batch) =>
    batch.addEncoded(bytes, { seq: 1, timestampMs: 0 }),
  );
}

void test('a writer that is stopped lets the append in hand end first, and begins no other', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { appends, log } = slowLog();
  const writer = new LogWriter(log, { metrics, lingerMs: 0, state: () => NEW_STATE });
  write(writer, 'first');
  const flushed = writer.flush();
  write(writer, 'second');
  void writer.pump(true);
  let isStopped = false;
  const stopped = writer.stop().then(() => (isStopped = true));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(appends.length, 1);
  assert.equal(isStopped, false, 'it did not wait for the append in hand');
  appends[0]!.done.resolve(undefined);
  await Promise.all([flushed, stopped]);
  void writer.pump(true);
  t.mock.timers.tick(1000);
  assert.equal(appends.length, 1, 'it went on in the background');
});
