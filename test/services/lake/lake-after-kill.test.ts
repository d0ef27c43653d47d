import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { countEvents } from '../../../services/lake/lake-path.ts';
import { type Change, TestTable } from './envelopes.ts';
import { LakeHarness } from './lake-harness.ts';

const CHILD = fileURLToPath(new URL('./lake-child.ts', import.meta.url));
const BATCHES = 400;
const ROWS_PER_BATCH = 10;
const KILLS = 5;
const NOON = Date.UTC(2026, 4, 2, 12);

const TABLES = ['llx_a', 'llx_b'].map((name) => new TestTable(name, { rowid: 'int', note: 'text' }));

const changesOf = (batch: number): Change[] =>
  Array.from({ length: ROWS_PER_BATCH }, (_, index) => {
    const seq = batch * ROWS_PER_BATCH + index;
    return { op: 'c', after: { rowid: seq, note: 'x'.repeat(seq % 90) }, commitMs: NOON, seq };
  });

/** Runs the lake and kills it as soon as it has told of `files` files. */
async function killAfter(dir: string, files: number): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let told = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    assert.match(line, /^(written|merged)$/);
    told += 1;
    if (told === files) child.kill('SIGKILL');
  }
  const [, signal] = (await closed) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL');
}

void describe('the lake after kill -9', () => {
  let harness: LakeHarness;
  before(async () => {
    harness = await LakeHarness.open();
  });
  after(() => harness.close());

  void test('has every event once, whether the kill hit a write, a merge or a removal', async () => {
    await using pipeline = await harness.pipeline();
    const { log, registry } = pipeline.source;
    const ids = await Promise.all(TABLES.map((table) => registry.register(table.topic, table.schema)));
    for (let batch = 0; batch < BATCHES; batch++) {
      await log.append([TABLES[batch % 2]!.batch(ids[batch % 2]!, changesOf(batch))], []);
    }
    await pipeline.source.close();

    for (let kill = 1; kill <= KILLS; kill++) await killAfter(pipeline.dir, 4 * kill);

    pipeline.source = await openEmbeddedLog({ dir: join(pipeline.dir, 'log') });
    await pipeline.catchUp();
    await pipeline.catchUp();
    assert.equal(countEvents(await pipeline.store.list('')), BATCHES * ROWS_PER_BATCH);
    for (const [index, folder] of ['dolibarr.llx_a', 'dolibarr.llx_b'].entries()) {
      const rows = await pipeline.rows(folder);
      const expected = Array.from({ length: BATCHES }, (_, batch) => batch)
        .filter((batch) => batch % 2 === index)
        .flatMap(changesOf);
      assert.deepEqual(
        rows.map((row) => [row['seq'], row['after']]),
        expected.map((change) => [change.seq, change.after]),
      );
    }
  });
});
