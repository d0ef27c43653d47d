/** The demo as `npm start` runs it, shortened, on a real MariaDB that it starts itself. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCli, startCli } from '../support/cli-process.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

interface Summary {
  readonly captured: number;
  readonly loaded: number;
  readonly alerted: number;
  readonly complete: boolean;
}

/** True while a process with this id exists. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

void describe('the demo', () => {
  void it('captures, loads, fills the lake and alerts, ends by itself, and leaves nothing running', async () => {
    using folder = makeTemporaryFolder();
    const demo = ['demo', '--json', '--data', folder.path, '--http', '127.0.0.1:0', '--months', '1'];
    const { code, stdout, stderr } = await runCli([...demo, '--for', '12s', '--rate', '40']);
    assert.equal(code, 0, stderr + stdout);
    const summary = JSON.parse(stdout) as Summary;
    assert.ok(summary.complete);
    for (const name of ['captured', 'loaded', 'alerted'] as const) assert.ok(summary[name] > 0, name);
    assert.equal(summary.loaded, summary.captured);
    const lake = readdirSync(join(folder.path, 'lake'), { recursive: true }) as string[];
    assert.ok(lake.some((path) => /llx_fichinter\/date=.*\.parquet$/.test(path)));
    assert.match(stderr, /alert \d\d:\d\d:\d\d/);
    assert.equal(existsSync(join(folder.path, 'run.json')), false);
    const pidFile = join(folder.path, 'demo', 'mariadb', 'mariadb.pid');
    assert.ok(!existsSync(pidFile) || !isAlive(Number(readFileSync(pidFile, 'utf8'))), 'MariaDB has ended');

    const refused = await runCli([
      'up',
      '--json',
      '--source',
      'mysql://u@127.0.0.1:1/d',
      '--data',
      folder.path,
    ]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /DATA_DIR_UNUSABLE.*simulated firm/);

    await using again = startCli([...demo, '--for', '1h']);
    await again.waitForError(/captured, /);
    again.kill('SIGINT');
    const second = await again.result;
    assert.equal(second.code, 0, second.stderr);
    assert.doesNotMatch(second.stderr, /Inventing/, 'the firm of the first run is used again');
  });
});
