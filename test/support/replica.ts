/** A second server that replicates the first one, with a server id and file names of its own, to be promoted. */
import { setTimeout as pause } from 'node:timers/promises';
import { startTestMariadb, type TestMariadb } from './mariadb.ts';

export interface Replica extends AsyncDisposable {
  readonly db: TestMariadb;
  /** Resolves when it has everything that the primary has committed. */
  caughtUp(): Promise<void>;
  /** Replicates no more, until `follow`. */
  pause(): Promise<void>;
  follow(): Promise<void>;
  /** Makes it a server of its own. */
  promote(): Promise<void>;
}

/** To be called before anything is in `primary`: both begin with an empty binlog. */
export async function startReplica(primary: TestMariadb): Promise<Replica> {
  const db = await startTestMariadb({
    args: ['--server-id=2', '--log-bin=second-log', '--log-slave-updates', '--gtid-strict-mode=ON'],
  });
  // What made the database and its users is in both binlogs under the same GTIDs.
  await primary.query('RESET MASTER');
  await db.query("RESET MASTER; SET GLOBAL gtid_slave_pos = ''");
  await db.query(
    `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${primary.port}, MASTER_USER = '${primary.captureUser}',
       MASTER_PASSWORD = '${primary.capturePassword}', MASTER_CONNECT_RETRY = 1, MASTER_USE_GTID = slave_pos`,
  );
  await db.query('START SLAVE');
  return {
    db,
    caughtUp: async () => {
      const [row] = await primary.query<{ gtid: string }>('SELECT @@gtid_binlog_pos AS gtid');
      for (;;) {
        const [wait] = await db.query<{ outcome: number }>('SELECT MASTER_GTID_WAIT(?, 1) AS outcome', [
          row!.gtid,
        ]);
        if (Number(wait!.outcome) === 0) return;
        await pause(20);
      }
    },
    pause: async () => void (await db.query('STOP SLAVE')),
    follow: async () => void (await db.query('START SLAVE')),
    promote: async () => void (await db.query('STOP SLAVE; RESET SLAVE ALL')),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}
