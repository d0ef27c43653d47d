import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openDataDir, readRunRecord } from '../../app/data-dir.ts';
import { packagePath } from '../../app/paths.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

/** Another process that holds the folder until it is killed. */
async function holdInAnotherProcess(
  path: string,
): Promise<AsyncDisposable & { readonly pid: number; kill9(): Promise<void> }> {
  const script = `
    const { openDataDir } = await import(${JSON.stringify(packagePath('app', 'data-dir.ts'))});
    openDataDir(${JSON.stringify(path)}).publish('http://127.0.0.1:4', null);
    process.stdout.write('held');
    setInterval(() => undefined, 1_000);`;
  const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: packagePath(),
  });
  await once(child.stdout, 'data');
  const ended = once(child, 'exit');
  const kill9 = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { pid: child.pid!, kill9, [Symbol.asyncDispose]: kill9 };
}

void describe('the data folder', () => {
  void it('is created with all folders above it', () => {
    using folder = makeTemporaryFolder();
    const path = join(folder.path, 'a', 'b');
    const dataDir = openDataDir(path);
    assert.equal(dataDir.folder('logs'), join(path, 'logs'));
    dataDir.release();
    dataDir.release();
  });

  void it('is refused to a second process, naming the first and what to do', async () => {
    using folder = makeTemporaryFolder();
    await using holder = await holdInAnotherProcess(folder.path);
    assert.throws(() => openDataDir(folder.path), {
      code: 'DATA_DIR_LOCKED',
      message: new RegExp(`in use by process ${holder.pid} `),
      fix: new RegExp(`kill ${holder.pid}.*--data`),
    });
    assert.deepEqual(readRunRecord(folder.path), { pid: holder.pid, http: 'http://127.0.0.1:4', cert: null });
    await holder.kill9();
    const next = openDataDir(folder.path);
    assert.equal(readRunRecord(folder.path), null, 'the address of the dead process is gone');
    next.release();
  });

  void it('is refused within the same process, too, until it is released', () => {
    using folder = makeTemporaryFolder();
    const first = openDataDir(folder.path);
    assert.throws(() => openDataDir(folder.path), { code: 'DATA_DIR_LOCKED' });
    first.release();
    openDataDir(folder.path).release();
  });

  void it('cannot be where a file is', () => {
    using folder = makeTemporaryFolder();
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    assert.throws(() => openDataDir(file), { code: 'DATA_DIR_UNUSABLE', fix: /--data/ });
    assert.throws(() => openDataDir(join(file, 'below')), { code: 'DATA_DIR_UNUSABLE' });
  });

  void it('cannot be where nobody may write', () => {
    assert.throws(() => openDataDir('/proc/dolistream'), { code: 'DATA_DIR_UNUSABLE', exitCode: 1 });
  });

  void it('keeps the server id it has drawn', () => {
    using folder = makeTemporaryFolder();
    const ids = [1, 2].map(() => {
      const dataDir = openDataDir(folder.path);
      dataDir.release();
      return dataDir.serverId;
    });
    assert.equal(ids[0], ids[1]);
    assert.ok(ids[0]! >= 1_000_000 && ids[0]! <= 0xffff_ffff);
  });

  void it("never mixes the demo's figures with real ones", () => {
    using folder = makeTemporaryFolder();
    const dataDir = openDataDir(folder.path);
    dataDir.claim('demo');
    dataDir.claim('demo');
    assert.throws(() => dataDir.claim('source'), { code: 'DATA_DIR_UNUSABLE', message: /simulated firm/ });
    dataDir.release();
  });

  void it('takes a damaged record of the running process for none', () => {
    using folder = makeTemporaryFolder();
    writeFileSync(join(folder.path, 'run.json'), '{"pid":');
    assert.equal(readRunRecord(folder.path), null);
  });
});
