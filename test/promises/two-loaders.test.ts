/**
 * Loaders side by side: they share the tables out, and whatever happens to one of them, all is loaded once. Each test
 * goes on where the one before ended. TWO_LOADERS_ROUNDS=20 does all of it so many times.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { LoaderWorld } from '../support/loader-world.ts';

const ROUNDS = Number(process.env['TWO_LOADERS_ROUNDS'] ?? 1);

for (let round = 1; round <= ROUNDS; round++) {
  void describe(`two loaders, round ${round}`, async () => {
    const world = await LoaderWorld.start();
    after(() => world[Symbol.asyncDispose]());

    void it('share the shards, and what concerns all tables is done by each for its own', async () => {
      await world.write(20);
      await world.startLoader('first');
      await world.untilItHas('first', 4);
      await world.startLoader('second');
      await world.untilItHas('second', 2);
      await world.write(100);
      await world.alterAll('city');
      await world.write(100);
      await world.check();
    });

    void it('one is killed in the middle of its work, and the other takes it over', async () => {
      const writing = world.write(200);
      // A random moment of the work at hand, not a wait for something.
      await pause(randomInt(1500));
      await world.kill9('second');
      await writing;
      await world.check();
    });

    void it('another joins in the middle of the work', async () => {
      const writing = world.write(300);
      await pause(randomInt(500));
      await world.startLoader('third');
      await world.untilItHas('third', 2);
      await writing;
      await world.check();
    });

    void it('each loads its part again from a place and from a time in the log, while more is written', async () => {
      const kept = world.seq;
      await world.write(40);
      await world.check();
      await world.lose(kept);
      const writing = world.write(60);
      const tables: string[] = [];
      const starts = { first: String(kept + 1), third: world.timeOf(kept + 1) };
      for (const [name, from] of Object.entries(starts)) {
        const { stdout, stderr } = await world.ask(name, ['replay', '--from', from, '--yes']);
        assert.notEqual(stdout, '', stderr);
        const report = JSON.parse(stdout) as { readonly tables: readonly { readonly table: string }[] };
        tables.push(...report.tables.map(({ table }) => table));
      }
      assert.deepEqual(tables.sort(), world.tables);
      await writing;
      await world.check();
    });

    void it('put aside what nobody can read, in a topic of dead letters, and load it when its schema is there', async () => {
      const unread = await world.writeUnread();
      await world.untilLoaded();
      const { topic, records, schemaId } = unread;
      assert.equal(await world.lettersAbout(topic), 2);
      const letters = async (action: string): Promise<{ readonly [name: string]: unknown }[]> => {
        const { stdout, stderr } = await world.ask('first', ['dead-letters', action]);
        assert.notEqual(stdout, '', stderr);
        return (JSON.parse(stdout) as { letters: { readonly [name: string]: unknown }[] }).letters;
      };
      const [shown, ...more] = await letters('show');
      assert.deepEqual(more, []);
      const { topic: of, records: many, schemaId: under, redrivenAt } = shown!;
      assert.deepEqual([of, many, under, redrivenAt], [topic, records, schemaId, null]);
      assert.match(String(shown!['payload']), /^[\da-f]{20,}$/);
      assert.equal((await world.ask('first', ['dead-letters', 'redrive'])).code, 1);
      await unread.bring();
      const redriven = await world.ask('first', ['dead-letters', 'redrive']);
      assert.equal(redriven.code, 0, redriven.stdout + redriven.stderr);
      assert.match(String((await letters('list'))[0]!['redrivenAt']), /^20/);
      await world.check();
    });

    void it('one sleeps until it has a successor, and when it wakes up it doubles nothing', async () => {
      const writing = world.write(200);
      await pause(randomInt(1500));
      world.signal('first', 'SIGSTOP');
      await writing;
      await world.untilItHas('third', 4);
      await world.write(20);
      const more = world.write(200);
      world.signal('first', 'SIGCONT');
      await world.untilItSays('first', /silent for too long/);
      await more;
      await world.check();
      await world.stop('first');
      await world.stop('third');
    });
  });
}
