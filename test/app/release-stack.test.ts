import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReleaseStack } from '../../app/release-stack.ts';

void describe('the release stack', () => {
  void it('closes what was opened last first, and everything once', async () => {
    const closed: string[] = [];
    const stack = new ReleaseStack();
    for (const name of ['folder', 'log', 'server']) stack.add(() => void closed.push(name));
    await stack.release();
    await stack.release();
    assert.deepEqual(closed, ['server', 'log', 'folder']);
  });

  void it('closes the rest when one fails, and then says so', async () => {
    const closed: string[] = [];
    const stack = new ReleaseStack();
    stack.add(() => void closed.push('folder'));
    stack.add(() => Promise.reject(new Error('the log is stuck')));
    stack.add(() => void closed.push('server'));
    await assert.rejects(stack.release(), /the log is stuck/);
    assert.deepEqual(closed, ['server', 'folder']);
  });
});
