import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { readAll, valuesOf } from '../../contracts/record-batches.ts';

const run = promisify(execFile);
const KILLS = 5;
const FILE_LIMIT_KIB = 8_000;

const scriptPath = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Runs the appending child and kills it once `confirmed` appends were confirmed. Returns the last one. */
async function killAfter(dir: string, confirmed: number): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', scriptPath('./append-child.ts'), dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let last = 0;
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    lines += 1;
    if (lines === confirmed) child.kill('SIGKILL');
  }
  const [, signal] = (await closed) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL');
  return last;
}

void describe('the embedded log keeps its word', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dolistream-log-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  void test('after kill -9 an append is there as a whole or not at all, and what was confirmed is there', async () => {
    for (let kill = 1; kill <= KILLS; kill++) {
      const confirmed = await killAfter(dir, 7 * kill);
      const { log, close } = await openEmbeddedLog({ dir });
      const state = Number(await log.getState('child'));
      assert.ok(state >= confirmed, `state ${state}, confirmed ${confirmed}`);
      const { batches } = await readAll(log);
      const read = batches.map((batch) => [batch.topic, Number(valuesOf(batch)[0])]);
      const expected = Array.from({ length: state }, (_, index) =>
        ['a', 'b', 'a'].map((topic) => [topic, index + 1]),
      );
      assert.deepEqual(read, expected.flat());
      await close();
    }
  });

  void test('a full disk fails the append with nothing written, and freed space lets it go on', async () => {
    const command = `ulimit -f ${FILE_LIMIT_KIB}; exec "$0" --import tsx "$1" "$2"`;
    const parameters = ['-c', command, process.execPath, scriptPath('./full-disk-child.ts'), dir];
    const { stdout } = await run('bash', parameters);
    const told = JSON.parse(stdout) as Record<string, unknown>;
    const appended = Number(told['appended']);
    assert.ok(appended > 5, stdout);
    assert.deepEqual(
      { ...told, fix: undefined },
      {
        code: 'LOG_WRITE_FAILED',
        retryable: true,
        fix: undefined,
        appended,
        state: appended,
        offsets: [appended, appended],
        after: appended + 1,
      },
    );
    assert.match(String(told['fix']), /Free space/);
  });
});
