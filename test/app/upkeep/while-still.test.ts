import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { Supervisor } from '../../../app/supervisor.ts';
import { whileStill } from '../../../app/upkeep/while-still.ts';
import type { ChangeLog } from '../../../core/ports/change-log.ts';
import type { Service } from '../../../core/ports/service.ts';
import { TestTable } from '../../services/lake/envelopes.ts';
import { silentLogger } from '../../support/loading.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const table = new TestTable('llx_a', { rowid: 'int' });
const append = (log: ChangeLog, rowid: number): Promise<void> =>
  log.append([table.batch(1, [{ op: 'c', after: { rowid }, commitMs: rowid, seq: rowid }])], []);

/** Runs until it is stopped, and tells when. */
function stage(name: string, told: string[], atStop: () => Promise<void> = () => Promise.resolve()): Service {
  return {
    name,
    run: async (signal) => {
      told.push(`${name} starts`);
      if (!signal.aborted)
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await atStop();
      told.push(`${name} stops`);
    },
  };
}

async function withStages(
  test: (world: {
    log: ChangeLog;
    supervisor: Supervisor;
    told: string[];
    reads: () => Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  using folder = makeTemporaryFolder();
  const { log, close } = await openEmbeddedLog({ dir: folder.path });
  const supervisor = new Supervisor(silentLogger);
  const told: string[] = [];
  const reads = async (): Promise<void> =>
    log.setState([{ owner: 'lake', state: { cursor: await log.end() } }]);
  try {
    await append(log, 1);
    for (const service of [stage('capture', told), stage('lake', told, reads), stage('schedules', told)])
      supervisor.start(service);
    await test({ log, supervisor, told, reads });
  } finally {
    await supervisor.stop();
    await close();
  }
}

void describe('work that nobody may write beside', () => {
  void it('waits until capture has stopped and then the others, each having read to the end, and starts them again', async () => {
    await withStages(async ({ log, supervisor, told }) => {
      const result = await whileStill({ log, supervisor, consumers: () => [] }, (passed) => {
        told.push(`work after ${passed.join()}`);
        assert.deepEqual(
          supervisor.stages.map(({ state }) => state),
          ['stopped', 'stopped', 'running'],
        );
        return Promise.resolve('done');
      });
      assert.equal(result, 'done');
      await new Promise(setImmediate);
      const starts = ['capture starts', 'lake starts', 'schedules starts'];
      const again = ['capture starts', 'lake starts'];
      assert.deepEqual(told, [...starts, 'capture stops', 'lake stops', 'work after 1', ...again]);
      assert.ok(supervisor.stages.every(({ state }) => state === 'running'));
    });
  });

  void it('gives up, with everything running again, when a reader never comes to the end', async () => {
    await withStages(async ({ log, supervisor }) => {
      await log.setState([{ owner: 'model', state: { cursor: null } }]);
      await assert.rejects(
        whileStill({ log, supervisor, consumers: () => [] }, () => Promise.reject(new Error('never'))),
        { code: 'NOT_CAUGHT_UP' },
      );
      assert.ok(supervisor.stages.every(({ state }) => state === 'running'));
    });
  });

  void it('gives up, with everything running again, when a reader stands still for ever', async () => {
    await withStages(async ({ log, supervisor }) => {
      const consumers = () => [{ name: 'model', position: () => null }];
      const work = (): Promise<never> => Promise.reject(new Error('never'));
      await assert.rejects(whileStill({ log, supervisor, consumers, stalledMs: 50 }, work), {
        code: 'NOT_CAUGHT_UP',
      });
      assert.ok(supervisor.stages.every(({ state }) => state === 'running'));
    });
  });

  void it('starts the stages again when the work fails, and tells why it did', async () => {
    await withStages(async ({ log, supervisor }) => {
      const work = (): Promise<never> => Promise.reject(new Error('disk full'));
      await assert.rejects(whileStill({ log, supervisor, consumers: () => [] }, work), /disk full/);
      assert.ok(supervisor.stages.every(({ state }) => state === 'running'));
    });
  });
});
