/**
 * Loaders side by side: they share the tables out, and whatever happens to one of them, all is loaded once. Each test
 * goes on where the one before ended. TWO_LOADERS_ROUNDS=20 does all of it so many times.
 */
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
