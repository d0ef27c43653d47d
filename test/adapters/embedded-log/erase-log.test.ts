import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { TestTable } from '../../services/lake/envelopes.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const table = new TestTable('llx_a', { rowid: 'int', name: 'text' });

void describe('erasing from the embedded log', () => {
  void it('leaves no byte of what was read and of what states quote, and the log goes on with the next offset', async () => {
    using folder = makeTemporaryFolder();
    const embedded = await openEmbeddedLog({ dir: folder.path });
    const { log, registry } = embedded;
    const schemaId = await registry.register('erp.dolibarr.llx_a-value', table.schema);
    const write = (rowid: number, name: string): Promise<void> => {
      const change = {
        op: 'c' as const,
        after: { rowid, name },
        commitMs: 1_700_000_000_000 + rowid,
        seq: rowid,
      };
      return log.append([table.batch(schemaId, [change])], []);
    };
    for (let rowid = 1; rowid <= 50; rowid++) await write(rowid, 'Sidonie Petit'.repeat(200));
    const passed = (await log.end())!;
    await log.setState([
      { owner: 'alerting', state: { cases: [{ text: 'Rappeler "Sidonie Petit"' }], cursor: passed } },
    ]);
    await log.setState([{ owner: 'capture', state: { position: 'p' } }]);
    await write(51, 'Paul');

    assert.equal(await embedded.erase(['"Sidonie Petit"', 'Sidonie Petit'], [passed]), 1);
    assert.deepEqual(await log.getState('alerting'), {
      cases: [{ text: 'Rappeler (erased)' }],
      cursor: passed,
    });
    assert.deepEqual(await log.getState('capture'), { position: 'p' });
    assert.ok(!readFileSync(join(folder.path, 'log.mdb')).includes('Sidonie'));
    await write(52, 'Anne');
    const { batches } = await log.read({ from: passed, maxBytes: 1 << 20, waitMs: 0 });
    assert.deepEqual(
      batches.map(({ baseOffset }) => baseOffset),
      [50, 51],
    );
    assert.equal(await registry.register('erp.dolibarr.llx_a-value', table.schema), schemaId);
    await embedded.close();

    const again = await openEmbeddedLog({ dir: folder.path });
    assert.equal((await again.log.read({ from: passed, maxBytes: 1 << 20, waitMs: 0 })).batches.length, 2);
    await again.close();
  });
});
