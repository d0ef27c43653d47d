import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import { failureOf, insertOf } from '../../contracts/warehouse-contract.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

let folder: string;
let warehouse: Warehouse;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dolistream-chdb-'));
  warehouse = await openChdb({ dir: join(folder, 'data') });
});

after(async () => {
  await warehouse.close();
  await rm(folder, { recursive: true, force: true });
});

void test('all sources of an insert go in together or not at all', async () => {
  await warehouse.command('CREATE TABLE together (a Int32, b String) ENGINE = MergeTree ORDER BY a');
  const insert = insertOf('together', 'x', [
    [{ a: 1, b: Buffer.from('ok') }],
    [{ a: 2, b: Buffer.from('ok') }],
  ]);
  const [source, other] = insert.sources;
  const broken = { ...other!, container: other!.container.map((piece) => piece.slice(0, -1)) };
  await failureOf(warehouse.insertAvro({ ...insert, sources: [source!, broken] }));
  assert.deepEqual(await warehouse.rows('SELECT * FROM together'), []);
});

void test('inserts and merges leave 256 MiB of the disk free', async () => {
  const disks = await warehouse.rows('SELECT toFloat64(keep_free_space) AS free FROM system.disks');
  assert.deepEqual(disks, [{ free: 256 * 2 ** 20 }]);
});

void test('a second process on the same folder is refused with what to do', async () => {
  const script = `
    import { openChdb } from ${JSON.stringify(join(ROOT, 'adapters/chdb/open-chdb.ts'))};
    try { await openChdb({ dir: ${JSON.stringify(join(folder, 'data'))} }); console.log('opened'); }
    catch (error) { console.log(error.code + ' ' + error.fix); }
    process.exit(0);`;
  const path = join(folder, 'second.mts');
  await writeFile(path, script);
  const { stdout } = await run(process.execPath, ['--import', 'tsx', path], { cwd: ROOT });
  assert.match(stdout, /^DATA_DIR_LOCKED Stop the other dolistream process/);
});

void test('a folder that cannot be made is named', async () => {
  await writeFile(join(folder, 'file'), '');
  const error = await failureOf(openChdb({ dir: join(folder, 'file', 'data') }));
  assert.equal(error.code, 'DATA_DIR_UNUSABLE');
  assert.match(error.message, /file\/data/);
});
