import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linkSignals } from '../../core/link-signals.ts';

void describe('linked signals', () => {
  void it('abort with the first of theirs, or at once when one has aborted', () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const { signal } = linkSignals(first.signal, second.signal);
    assert.equal(signal.aborted, false);
    second.abort();
    assert.equal(signal.aborted, true);
    assert.equal(linkSignals(second.signal).signal.aborted, true);
  });

  void it('let go of theirs when disposed of', () => {
    const controller = new AbortController();
    const linked = linkSignals(controller.signal);
    linked[Symbol.dispose]();
    controller.abort();
    assert.equal(linked.signal.aborted, false);
  });
});
