import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { restoreBackup, writeBackup } from '../../../app/backup/backup-folder.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const never = new AbortController().signal;

/** A backup of two files. */
async function makeBackup(folder: string): Promise<string> {
  const stage = join(folder, 'stage');
  mkdirSync(join(stage, 'log'), { recursive: true });
  writeFileSync(join(stage, 'log', 'log.mdb'), 'events');
  writeFileSync(join(stage, 'server-id'), '5\n');
  const backup = join(folder, 'backup');
  const facts = { version: '1', position: 'p', takenAt: '2026-11-23T00:00:00.000Z' };
  const { files } = await writeBackup({ folder: stage, ...facts }, backup, never);
  assert.deepEqual(
    files.map(({ path, bytes }) => [path, bytes]),
    [
      ['log/log.mdb', 6],
      ['server-id', 2],
    ],
  );
  return backup;
}

void test('a backup becomes the folder that it was, and neither is written over another', async () => {
  using folder = makeTemporaryFolder();
  const backup = await makeBackup(folder.path);
  const data = join(folder.path, 'data');
  const { position } = await restoreBackup(backup, data, never);
  assert.equal(position, 'p');
  assert.equal(readFileSync(join(data, 'log', 'log.mdb'), 'utf8'), 'events');
  await assert.rejects(restoreBackup(backup, data, never), {
    code: 'DATA_DIR_UNUSABLE',
    message: /not empty/,
  });
  const stage = { folder: data, version: '1', position: null, takenAt: '' };
  await assert.rejects(writeBackup(stage, backup, never), {
    code: 'DATA_DIR_UNUSABLE',
    message: /not empty/,
  });
});

void test('a backup of another format, of none, and with a list that leads out of it is refused by name', async () => {
  using folder = makeTemporaryFolder();
  const backup = await makeBackup(folder.path);
  const list = join(backup, 'backup.json');
  const manifest = JSON.parse(readFileSync(list, 'utf8')) as { files: object[] };
  const data = join(folder.path, 'data');
  const refused = async (content: object, message: RegExp): Promise<void> => {
    writeFileSync(list, JSON.stringify(content));
    await assert.rejects(restoreBackup(backup, data, never), { code: 'DATA_DIR_UNUSABLE', message });
    assert.equal(existsSync(data), false);
  };
  await refused({ ...manifest, format: 2 }, /its format is 2; this version reads 1/);
  await refused({ ...manifest, files: 'all' }, /lists no files/);
  for (const path of ['../server-id', '/etc/passwd', 'log/../../x', 'log//x', '', 'a\0b']) {
    await refused({ ...manifest, files: [{ path, bytes: 1, sha256: 'x' }] }, /lists no files/);
  }
  await assert.rejects(restoreBackup(folder.path, data, never), { message: /no readable backup\.json/ });
});
