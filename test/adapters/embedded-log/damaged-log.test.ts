import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { open } from 'lmdb';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { sealRecord } from '../../../adapters/embedded-log/sealed-record.ts';
import type { DolistreamError } from '../../../core/errors.ts';
import { describeRecords, makeBatch, readAll } from '../../contracts/record-batches.ts';

const PAGE = 4096;

void describe('a damaged change log', () => {
  let dir: string;
  let file: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dolistream-log-'));
    file = join(dir, 'log.mdb');
  });
  afterEach(() => rm(dir, { recursive: true }));

  const writeLog = async (): Promise<void> => {
    const { log, close } = await openEmbeddedLog({ dir });
    for (let n = 0; n < 40; n++) {
      const values = [`value ${n} `.repeat(n % 4 === 0 ? 900 : 9)];
      await log.append([makeBatch({ topic: `t${n % 3}`, values })], [{ owner: 'o', state: n }]);
    }
    await close();
  };

  const overwrite = async (at: number, bytes: Uint8Array): Promise<void> => {
    const content = await readFile(file);
    content.set(bytes, at);
    await writeFile(file, content);
  };

  const isCorrupt = (pattern: RegExp) => (error: DolistreamError) => {
    assert.equal(error.code, 'LOG_CORRUPT');
    assert.match(error.message, pattern);
    assert.match(error.fix ?? '', /backup/);
    return true;
  };

  /** Opens the log and reads all of it: the whole damage that a reader can meet. */
  const readWhole = async (): Promise<string[]> => {
    const { log, close } = await openEmbeddedLog({ dir });
    try {
      const { batches } = await readAll(log);
      return describeRecords(batches);
    } finally {
      await close();
    }
  };

  void test('a file that is something else is refused', async () => {
    await writeFile(file, 'hello');
    await assert.rejects(readWhole(), isCorrupt(/log\.mdb is damaged/));
    await writeFile(file, Buffer.alloc(50_000, 0xa5));
    await assert.rejects(readWhole(), isCorrupt(/not an LMDB file/));
  });

  void test('an empty file, as a crash at the first start leaves it, is a new log', async () => {
    await writeFile(file, '');
    assert.deepEqual(await readWhole(), []);
  });

  void test('a file that was cut short is refused', async () => {
    await writeLog();
    const { length } = await readFile(file);
    for (const size of [PAGE, 2 * PAGE + 5, Math.floor(length / 2)]) {
      await truncate(file, size);
      await assert.rejects(readWhole(), isCorrupt(/log\.mdb is damaged/), `cut at ${size}`);
      await rm(file);
      await writeLog();
    }
  });

  void test('a changed byte in a record is found when the entry is read, and the entry is named', async () => {
    await writeLog();
    const content = await readFile(file);
    await overwrite(content.indexOf('value 36 value 36') + 20, Uint8Array.of(0));
    await assert.rejects(readWhole(), isCorrupt(/entry 37 \(t0, offset 12\)/));
  });

  void test('wherever a page is overwritten, the log is read right or refused, and the process lives', async () => {
    await writeLog();
    const intact = await readFile(file);
    const expected = await readWhole();
    let refused = 0;
    for (let page = 0; page < intact.length / PAGE; page++) {
      for (const [at, length] of [
        [0, PAGE],
        [18, 2],
        [20, 12],
        [PAGE - 200, 200],
      ] as const) {
        const content = Buffer.from(intact);
        content.fill(0x5a, page * PAGE + at, page * PAGE + at + length);
        await writeFile(file, content);
        try {
          assert.deepEqual(await readWhole(), expected);
        } catch (error) {
          assert.equal((error as DolistreamError).code, 'LOG_CORRUPT', String(error));
          refused += 1;
        }
      }
    }
    assert.ok(refused > 40, `${refused} refused`);
  });

  void test('a log of a later version is refused with its format', async () => {
    const root = open<Buffer, string>({ path: file, noSubdir: true, overlappingSync: false, maxDbs: 8 });
    const meta = root.openDB<Buffer, string>('meta', { encoding: 'binary' });
    await meta.put('format', sealRecord(99));
    await root.close();
    await assert.rejects(readWhole(), { code: 'LOG_FORMAT_UNKNOWN', message: /format 99/ });
  });

  void test('a folder that cannot be made is named', async () => {
    await writeFile(file, '');
    await assert.rejects(openEmbeddedLog({ dir: join(file, 'below') }), { code: 'DATA_DIR_UNUSABLE' });
  });

  void test('a folder in the place of the file is named', async () => {
    await mkdir(file);
    await assert.rejects(readWhole(), { code: 'DATA_DIR_UNUSABLE', message: /log\.mdb: it is not a file/ });
  });

  void test('a damaged lock file is made anew', async () => {
    await writeLog();
    await writeFile(`${file}-lock`, Buffer.alloc(20_000, 0xa5));
    assert.equal((await readWhole()).length, 40);
  });
});
