import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openEmbeddedLog } from '../../adapters/embedded-log/open-embedded-log.ts';
import { resolveOptions } from '../../app/resolve-options.ts';
import {
  type JobReport,
  nextTime,
  type ScheduledJob,
  Schedules,
  SCHEDULES_OWNER,
} from '../../app/schedules.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { ChangeLog } from '../../core/ports/change-log.ts';
import { silentLogger } from '../support/loading.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse('2026-03-02T08:00:00Z');

interface World {
  readonly log: ChangeLog;
  now: number;
  readonly ran: string[];
}

async function inWorld(test: (world: World) => Promise<void>): Promise<void> {
  using folder = makeTemporaryFolder();
  const embedded = await openEmbeddedLog({ dir: folder.path });
  try {
    await test({ log: embedded.log, now: START, ran: [] });
  } finally {
    await embedded.close();
  }
}

const job = (world: World, name: string, expression: string | null): ScheduledJob => ({
  name,
  expression,
  run: () => {
    world.ran.push(`${name} ${new Date(world.now).toISOString().slice(5, 16)}`);
    return Promise.resolve('fine');
  },
});

/** Runs the schedules until that moment: a wait moves the clock and nothing else does. */
async function runUntil(
  world: World,
  jobs: readonly ScheduledJob[],
  end: number,
): Promise<readonly JobReport[]> {
  const stop = new AbortController();
  const schedules = new Schedules({
    ...{ log: world.log, logger: silentLogger, jobs, timeZone: 'Europe/Paris' },
    clock: { now: () => world.now },
    wait: (ms) => {
      world.now += ms;
      if (world.now > end) stop.abort();
      return Promise.resolve();
    },
  });
  await schedules.run(stop.signal);
  return schedules.reports();
}

void describe('schedules', () => {
  void it('run each job at its times, in the zone they are given in', async () => {
    await inWorld(async (world) => {
      const jobs = [
        job(world, 'daily', '30 6 * * *'),
        job(world, 'hourly', '0 */8 * * *'),
        job(world, 'off', null),
      ];
      const reports = await runUntil(world, jobs, START + 24 * HOUR);
      assert.deepEqual(world.ran, [
        'hourly 03-02T15:00',
        'hourly 03-02T23:00',
        'daily 03-03T05:30',
        'hourly 03-03T07:00',
      ]);
      const [daily, , off] = reports;
      assert.equal(off!.nextAt, null);
      assert.equal(daily!.nextAt, Date.parse('2026-03-04T05:30:00Z'));
      assert.deepEqual(
        daily!.runs.map(({ outcome, note, reason }) => [outcome, note, reason]),
        [['done', 'fine', 'due']],
      );
    });
  });

  void it('make up once for what was missed while nothing ran, and never for the time before they were known', async () => {
    await inWorld(async (world) => {
      const jobs = [job(world, 'daily', '0 6 * * *')];
      await runUntil(world, jobs, START + HOUR);
      assert.deepEqual(world.ran, []);
      world.now = START + 5 * 24 * HOUR;
      const [report] = await runUntil(world, jobs, world.now + HOUR);
      assert.deepEqual(world.ran, ['daily 03-07T08:00']);
      assert.equal(report!.runs[0]!.reason, 'missed');
    });
  });

  void it('run one job at a time: what comes due meanwhile follows', async () => {
    await inWorld(async (world) => {
      let working = 0;
      const slow: ScheduledJob = {
        name: 'slow',
        expression: '0 10 * * *',
        run: async () => {
          assert.equal(++working, 1);
          world.now += 2 * HOUR;
          await new Promise(setImmediate);
          working--;
          return 'slow';
        },
      };
      const other: ScheduledJob = {
        ...slow,
        name: 'other',
        expression: '5 10 * * *',
        run: () => {
          assert.equal(working, 0);
          world.ran.push(new Date(world.now).toISOString().slice(11, 16));
          return Promise.resolve('');
        },
      };
      await runUntil(world, [slow, other], START + 6 * HOUR);
      assert.deepEqual(world.ran, ['11:00']);
    });
  });

  void it('keep a failure with its reason, and go on', async () => {
    await inWorld(async (world) => {
      const failing: ScheduledJob = {
        name: 'bad',
        expression: '0 * * * *',
        run: () => Promise.reject(new DolistreamError('VERIFY_DIFFERENT', 'llx_a differs')),
      };
      const [report] = await runUntil(world, [failing], START + 30 * HOUR);
      assert.equal(report!.runs.length, 20, 'the oldest runs are forgotten');
      assert.deepEqual(
        [report!.runs[0]!.outcome, report!.runs[0]!.note],
        ['failed', 'VERIFY_DIFFERENT: llx_a differs'],
      );
    });
  });

  void it('know a run that ended with its process, and do not repeat it before its next time', async () => {
    await inWorld(async (world) => {
      const jobs = [job(world, 'daily', '0 6 * * *')];
      const started = { startedAt: START - HOUR, endedAt: null, outcome: 'running', reason: 'due', note: '' };
      const state = { daily: { since: START - 24 * HOUR, runs: [started] } };
      await world.log.setState([{ owner: SCHEDULES_OWNER, state }]);
      const [report] = await runUntil(world, jobs, START + 2 * HOUR);
      assert.deepEqual(world.ran, []);
      assert.equal(report!.runs[0]!.outcome, 'interrupted');
    });
  });

  void it('follow the clocks of summer and winter', () => {
    const paris = (after: string): string =>
      new Date(nextTime('30 6 * * *', 'Europe/Paris', Date.parse(after))).toISOString();
    assert.equal(paris('2026-03-28T06:00:00Z'), '2026-03-29T04:30:00.000Z');
    assert.equal(paris('2026-10-24T05:00:00Z'), '2026-10-25T05:30:00.000Z');
  });

  void it('are options: five fields of cron, or none', () => {
    const given = (text: string) =>
      resolveOptions({ command: 'up', flags: { scheduleQuality: text }, env: {}, cwd: '/nowhere' })
        .scheduleQuality;
    assert.equal(given('15 4 * * 1-5'), '15 4 * * 1-5');
    assert.equal(given('none'), null);
    for (const wrong of ['daily', '* * * *', '61 * * * *', '0 0 30 2 *', '* * * * * *']) {
      assert.throws(() => given(wrong), { code: 'CONFIG_INVALID', message: /five fields/ });
    }
  });
});
