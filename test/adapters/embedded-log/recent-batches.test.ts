import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { RecentBatches } from '../../../adapters/embedded-log/recent-batches.ts';
import type { LoggedBatch } from '../../../core/ports/change-log.ts';
import { keysOf, makeBatch, readAll, valuesOf } from '../../contracts/record-batches.ts';

const batchOf = (text: string): LoggedBatch => ({
  ...makeBatch({ topic: 'a', values: [text] }),
  partition: 0,
  baseOffset: 0,
  next: '1',
});

void describe('recent batches', () => {
  void test('are kept up to the bound, the newest last', () => {
    const recent = new RecentBatches(3_000);
    for (let entry = 1; entry <= 5; entry++) recent.add(entry, batchOf('x'.repeat(900)));
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((entry) => recent.get(entry) !== undefined),
      [false, false, false, true, true],
    );
  });

  void test('read the same from memory as from the file', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'dolistream-log-'));
    try {
      const described = async (opened: Awaited<ReturnType<typeof openEmbeddedLog>>) =>
        (await readAll(opened.log)).batches.map((batch) => ({
          ...batch,
          values: valuesOf(batch),
          keys: keysOf(batch),
          valueEnds: [...batch.valueEnds],
          keyEnds: [...batch.keyEnds],
        }));
      const first = await openEmbeddedLog({ dir });
      await first.log.append(
        [
          makeBatch({ topic: 'a', values: ['1', '', 'three'], keys: ['k', '', 'kkk'] }),
          makeBatch({ topic: 'b', values: ['x'.repeat(100_001), 'y'] }),
        ],
        [],
      );
      const fromMemory = await described(first);
      await first.close();
      const second = await openEmbeddedLog({ dir });
      assert.deepEqual(fromMemory, await described(second));
      await second.close();
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
