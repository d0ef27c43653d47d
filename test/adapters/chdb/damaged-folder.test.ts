import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { requireRoom } from '../../../adapters/chdb/disk-room.ts';
import { packagePath } from '../../../app/paths.ts';

const run = promisify(execFile);

/** One process per life of the folder: the engine keeps it until its process ends. Returns what the script prints. */
async function inProcess(dir: string, work: string): Promise<string> {
  const script = `
    import { openChdb } from ${JSON.stringify(packagePath('adapters/chdb/open-chdb.ts'))};
    try {
      const warehouse = await openChdb({ dir: ${JSON.stringify(dir)} });
      ${work}
      await warehouse.close();
    } catch (error) { console.log(error.code + ' ' + error.message + ' ' + error.fix); }
    process.exit(0);`;
  const path = join(dir, '..', 'life.mts');
  await writeFile(path, script);
  const { stdout } = await run(process.execPath, ['--import', 'tsx', path], { cwd: packagePath('.') });
  return stdout;
}

void describe('a folder of the engine that a full disk has damaged', () => {
  void it('opens without what an unfinished statement left, and says which table’s definition is lost', async () => {
    const root = await mkdtemp(join(tmpdir(), 'dolistream-damaged-'));
    const dir = join(root, 'warehouse');
    try {
      await inProcess(
        dir,
        `await warehouse.command('CREATE DATABASE m');
         await warehouse.command('CREATE TABLE m.kept (a Int32) ENGINE = MergeTree ORDER BY a');
         await warehouse.command('INSERT INTO m.kept VALUES (7)');`,
      );
      await writeFile(join(dir, 'metadata/m/_tmp_replace_0123_abc.sql'), '');
      const read = "console.log(JSON.stringify(await warehouse.rows('SELECT a FROM m.kept')));";
      assert.equal(await inProcess(dir, read), '[{"a":7}]\n');
      await truncate(join(dir, 'metadata/m/kept.sql'), 20);
      assert.match(
        await inProcess(dir, read),
        /^DATA_DIR_UNUSABLE .*metadata\/m\/kept\.sql .*backfill --restart/,
      );
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
});

void describe('a disk without room', () => {
  void it('is not written to, and writing is worth a repetition', () => {
    requireRoom(tmpdir());
    assert.throws(() => requireRoom('/sys'), {
      code: 'WAREHOUSE_FAILED',
      retryable: true,
      message: /\/sys has 0 MiB left/,
    });
  });
});
