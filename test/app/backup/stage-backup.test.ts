import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stageBackup } from '../../../app/backup/stage-backup.ts';
import type { Stores } from '../../../app/stores.ts';
import { systemClock } from '../../../core/clock.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

/** The statements of a backup up to the end, in which this one fails. */
async function statementsWith(failing: string): Promise<readonly string[]> {
  using folder = makeTemporaryFolder();
  mkdirSync(join(folder.path, 'warehouse'));
  const said: string[] = [];
  const warehouse = {
    command: (sql: string) => {
      said.push(sql);
      return sql === failing ? Promise.reject(new Error(sql)) : Promise.resolve();
    },
    rows: () => Promise.resolve([]),
  };
  const stores = {
    context: { dataDir: { path: folder.path }, clock: systemClock, options: { clickhouseUrl: null } },
    ...{ copyLog: () => Promise.resolve(), warehouse },
  } as unknown as Stores;
  await assert.rejects(
    stageBackup(stores, (work) => work()),
    { message: failing },
  );
  assert.deepEqual(readdirSync(folder.path), ['warehouse']);
  return said;
}

void test('what the warehouse was told to stop is started again, whichever statement fails', async () => {
  assert.deepEqual(await statementsWith('SYSTEM STOP MERGES'), [
    ...['SYSTEM STOP VIEWS', 'SYSTEM STOP MERGES', 'SYSTEM START VIEWS'],
  ]);
  assert.deepEqual(await statementsWith('SYSTEM START MERGES'), [
    ...['SYSTEM STOP VIEWS', 'SYSTEM STOP MERGES', 'SYSTEM START MERGES', 'SYSTEM START VIEWS'],
  ]);
});
