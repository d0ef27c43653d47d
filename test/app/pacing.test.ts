import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createPacing, type Pacing } from '../../app/pacing.ts';

async function until(pacing: Pacing, held: boolean): Promise<void> {
  while ((pacing.hold() !== null) !== held) await pause(5);
}

void describe('pacing', () => {
  void it('holds capture while a moving consumer is far behind, and lets it go when it has caught up', async () => {
    let bytes = 1000;
    let cursor = 0;
    const log = { lag: () => Promise.resolve({ records: 1, bytes, behindMs: 0 }) };
    const consumers = () => [{ name: 'loader', position: () => String(cursor++) }];
    const pacing = createPacing(log, consumers, { maxAheadBytes: 100, stalledAfterMs: 60_000 });
    const stop = new AbortController();
    const running = pacing.run(stop.signal);
    await until(pacing, true);
    const opened = pacing.hold();
    bytes = 50;
    await opened;
    assert.equal(pacing.hold(), null);
    stop.abort();
    await running;
  });

  void it('never waits for a consumer that stands still, nor after its own end', async () => {
    const log = { lag: () => Promise.resolve({ records: 1, bytes: 1000, behindMs: 0 }) };
    const consumers = () => [{ name: 'loader', position: () => 'same' }];
    const pacing = createPacing(log, consumers, { maxAheadBytes: 100, stalledAfterMs: 100 });
    const stop = new AbortController();
    const running = pacing.run(stop.signal);
    await until(pacing, true);
    await until(pacing, false);
    stop.abort();
    await running;
    assert.equal(pacing.hold(), null);
  });
});
