import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { watchSignals } from '../../app/signals.ts';

void describe('signals', () => {
  void it('ask once for an orderly end, and the second time for any end', () => {
    const told: string[] = [];
    using watch = watchSignals({
      onFirst: (name) => told.push(`first ${name}`),
      onSecond: (name) => told.push(`second ${name}`),
    });
    assert.equal(watch.signal.aborted, false);
    process.emit('SIGINT', 'SIGINT');
    assert.equal(watch.signal.aborted, true);
    process.emit('SIGTERM', 'SIGTERM');
    assert.deepEqual(told, ['first SIGINT', 'second SIGTERM']);
  });

  void it('are left alone after the watch', () => {
    const before = process.listenerCount('SIGINT');
    watchSignals({ onFirst: () => undefined, onSecond: () => undefined })[Symbol.dispose]();
    assert.equal(process.listenerCount('SIGINT'), before);
  });
});
