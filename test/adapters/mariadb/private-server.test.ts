import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import mysql from 'mysql2/promise';
import { findMariadb } from '../../../adapters/mariadb/private-server/find-mariadb.ts';
import { installMariadb } from '../../../adapters/mariadb/private-server/install-mariadb.ts';
import { startPrivateMariadb } from '../../../adapters/mariadb/private-server/start-private-mariadb.ts';
import { DolistreamError } from '../../../core/errors.ts';
import { startTestMariadb } from '../../support/mariadb.ts';

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

void describe('a private MariaDB', () => {
  void it('is set up for change data capture', async () => {
    await using db = await startTestMariadb();
    const [settings] = await db.query(
      `SELECT @@log_bin log_bin, @@binlog_format format, @@binlog_row_image image,
              @@binlog_row_metadata metadata, @@server_id > 0 has_id, @@character_set_server charset`,
    );
    assert.deepEqual(settings, {
      log_bin: 1,
      format: 'ROW',
      image: 'FULL',
      metadata: 'FULL',
      has_id: 1,
      charset: 'utf8mb4',
    });
  });

  void it('keeps its temporary files to itself', async () => {
    await using db = await startTestMariadb();
    const [settings] = await db.query<{ folder: string }>('SELECT @@tmpdir AS folder');
    assert.equal(settings!.folder, join(db.server.dir, 'tmp'));
  });

  void it('lets nobody in without a password', async () => {
    await using db = await startTestMariadb();
    const { host, port } = db;
    for (const user of ['root', 'nobody', '']) {
      await assert.rejects(mysql.createConnection({ host, port, user }), /Access denied/);
    }
  });

  void it("keeps root's password out of the binlog", async () => {
    await using db = await startTestMariadb();
    const events = await db.query<{ Info: string }>("SHOW BINLOG EVENTS IN 'binlog.000001'");
    assert.ok(events.length > 0);
    assert.ok(!events.some(({ Info }) => /root/i.test(Info)));
  });

  void it('has a capture user that reads rows and the binlog and nothing else', async () => {
    await using db = await startTestMariadb();
    await db.query('CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)');
    const connection = await mysql.createConnection({ uri: db.captureUrl() });
    const [rows] = await connection.query('SELECT id FROM t');
    assert.deepEqual(rows, [{ id: 1 }]);
    await connection.query('SHOW MASTER STATUS');
    await assert.rejects(connection.query('INSERT INTO t VALUES (2)'), /denied/);
    await assert.rejects(connection.query('SELECT * FROM mysql.global_priv'), /denied/);
    await connection.end();
  });

  void it('keeps committed rows through a kill -9 and a restart on the same port', async () => {
    await using db = await startTestMariadb();
    await db.query('CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1), (2)');
    const { pid } = db.server;
    await db.server.kill9();
    assert.equal(isRunning(pid), false);
    await db.server.restart();
    assert.notEqual(db.server.pid, pid);
    assert.deepEqual(await db.query('SELECT id FROM t ORDER BY id'), [{ id: 1 }, { id: 2 }]);
  });

  void it('restarts cleanly while it runs', async () => {
    await using db = await startTestMariadb();
    await db.query('CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (7)');
    await db.server.restart();
    assert.deepEqual(await db.query('SELECT id FROM t'), [{ id: 7 }]);
  });

  void it('opens its folder again with the same password after a stop', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'dolistream-private-'));
    try {
      const first = await startPrivateMariadb({ dir });
      await first.stop();
      await first.stop();
      await using second = await startPrivateMariadb({ dir });
      assert.equal(second.password, first.password);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  void it('takes more arguments, which win', async () => {
    await using db = await startTestMariadb({ args: ['--binlog-format=MIXED'] });
    assert.deepEqual(await db.query('SELECT @@binlog_format f'), [{ f: 'MIXED' }]);
  });

  void it('says what the server said when it cannot start', async () => {
    await assert.rejects(startTestMariadb({ args: ['--no-such-option=1'] }), (error: unknown) => {
      assert.ok(error instanceof DolistreamError);
      assert.equal(error.code, 'SOURCE_UNREACHABLE');
      assert.match(error.message, /no-such-option/);
      return true;
    });
  });

  void it('runs MariaDB 11.4 as well', async () => {
    await using db = await startTestMariadb({ version: '11.4' });
    assert.match(db.server.version, /^11\.4\./);
    assert.deepEqual(await db.query('SELECT @@binlog_row_metadata m'), [{ m: 'FULL' }]);
  });

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    void it(`leaves no server behind when its owner dies of ${signal}`, async () => {
      const dir = await mkdtemp(join(tmpdir(), 'dolistream-owner-'));
      const program = join(import.meta.dirname, 'start-server-and-wait.ts');
      const owner = spawn('node', ['--import', 'tsx', program, dir], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
        const { pid, port, password } = JSON.parse(line) as { pid: number; port: number; password: string };
        const connection = await mysql.createConnection({ host: '127.0.0.1', port, user: 'root', password });
        const closed = new Promise((resolve) => connection.on('error', resolve));
        owner.kill(signal);
        await closed;
        // The server closes its connections while it shuts down: it is gone when its port can be taken again.
        while (isRunning(pid)) await new Promise(setImmediate);
        assert.equal(isRunning(pid), false);
      } finally {
        owner.kill('SIGKILL');
        await rm(dir, { recursive: true, force: true });
      }
    });
  }
});

void describe('finding MariaDB', () => {
  void it('returns the installed server with its version', async () => {
    const found = await findMariadb();
    assert.match(found?.version ?? '', /^\d+\.\d+\.\d+$/);
  });

  void it('returns nothing for a folder without a server, or for another version', async () => {
    assert.equal(await findMariadb({ basedir: tmpdir() }), undefined);
    assert.equal(await findMariadb({ version: '1.0' }), undefined);
  });

  void it('does not install what is there', async () => {
    const said: string[] = [];
    const programs = await installMariadb({ log: (line) => said.push(line) });
    assert.deepEqual(programs, await findMariadb());
    assert.deepEqual(said, []);
  });
});
