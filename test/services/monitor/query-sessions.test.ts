import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deferred } from '../../../core/deferred.ts';
import { QuerySessions, type QuerySession } from '../../../services/monitor/query-sessions.ts';
import { killedQueryId, RunningQueries } from '../../../services/monitor/running-queries.ts';
import { withSettingsTable } from '../../../services/monitor/settings-table.ts';

const never = new AbortController().signal;
const plain = { timeoutSeconds: 60, mustExist: false, isLast: false };

void describe('a session', () => {
  void it('keeps what was set until nobody asked for its time, or until it is closed', async () => {
    let now = 0;
    const sessions = new QuerySessions({ now: () => now });
    const set = (name: string) => (session: QuerySession) => Promise.resolve(session.settings.set(name, '1'));
    const names = (session: QuerySession) => Promise.resolve([...session.settings.keys()]);
    await sessions.use({ ...plain, id: 'a' }, set('x'));
    await sessions.use(null, set('y'));
    assert.deepEqual(await sessions.use({ ...plain, id: 'a', mustExist: true }, names), ['x']);
    assert.deepEqual(await sessions.use({ ...plain, id: 'b' }, names), []);
    now = 59_000;
    assert.deepEqual(await sessions.use({ ...plain, id: 'a' }, names), ['x']);
    now = 119_000;
    assert.deepEqual(await sessions.use({ ...plain, id: 'a' }, names), []);
    await sessions.use({ ...plain, id: 'a', isLast: true }, set('z'));
    await assert.rejects(sessions.use({ ...plain, id: 'a', mustExist: true }, names), { number: 372 });
  });

  void it('runs one query at a time, and of thousands only the newest are kept', async () => {
    const sessions = new QuerySessions({ now: () => 0 });
    const { promise, resolve } = deferred<null>();
    const first = sessions.use({ ...plain, id: 'a' }, () => promise);
    await assert.rejects(
      sessions.use({ ...plain, id: 'a' }, () => Promise.resolve()),
      { number: 373 },
    );
    for (let index = 0; index < 1500; index += 1)
      await sessions.use({ ...plain, id: `${index}` }, () => Promise.resolve());
    resolve(null);
    await first;
    const exists = (id: string): Promise<boolean> =>
      sessions
        .use({ ...plain, id, mustExist: true }, () => Promise.resolve())
        .then(
          () => true,
          () => false,
        );
    assert.deepEqual([await exists('a'), await exists('3'), await exists('1499')], [true, false, true]);
  });
});

void describe('KILL QUERY', () => {
  void it('names one query by its id, and nothing else is a kill', () => {
    assert.equal(killedQueryId("KILL QUERY WHERE query_id = 'a-1'"), 'a-1');
    assert.equal(killedQueryId(" kill query where query_id='a-1' sync;"), 'a-1');
    for (const other of [
      'KILL QUERY WHERE 1',
      "KILL MUTATION WHERE query_id = 'a'",
      "KILL QUERY WHERE query_id = 'a' OR 1",
      "KILL QUERY WHERE query_id = 'a\\' OR 1 = 1 --'",
      "KILL QUERY ON CLUSTER c WHERE query_id = 'a'",
    ])
      assert.equal(killedQueryId(other), null, other);
  });

  void it('ends the query of that id with an error of its own', async () => {
    const running = new RunningQueries();
    const untilStopped = (stop: AbortSignal): Promise<void> =>
      new Promise((_resolve, reject) => stop.addEventListener('abort', () => reject(new Error('stopped'))));
    const first = running.use('a', never, untilStopped);
    const second = running.use('b', never, untilStopped);
    assert.equal(running.kill('c'), false);
    assert.equal(running.kill('a'), true);
    await assert.rejects(first, { number: 394 });
    assert.equal(running.kill('a'), false);
    running.kill('b');
    await assert.rejects(second, { number: 394 });
    await assert.rejects(
      running.use('a', never, () => Promise.reject(new Error('other'))),
      /other/,
    );
  });
});

void describe('system.settings', () => {
  void it('is the endpoint’s wherever it is read as a table, and keeps the alias it was given', () => {
    for (const [sql, alias] of [
      ['SELECT name FROM system.settings', ' AS settings'],
      ['SELECT name FROM `system`.settings WHERE 1', ' AS settings'],
      ['SELECT s.name FROM system.settings AS s', ' AS s'],
      ['SELECT s.name FROM system.one JOIN system.settings s ON 1', ' s ON'],
    ] as const) {
      const shown = withSettingsTable(sql);
      assert.match(shown, /REPLACE \(toUInt8\(name NOT IN \('max_execution_time', /);
      assert.ok(shown.includes(`FROM system.settings)${alias}`), shown);
    }
    for (const other of [
      'SELECT 1',
      "SELECT 'system.settings'",
      'SHOW CREATE TABLE system.settings',
      'SELECT settings FROM t',
    ])
      assert.equal(withSettingsTable(other), other);
  });
});
