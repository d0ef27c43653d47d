import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { FORGOTTEN_OWNER } from '../../../core/erasure.ts';
import { Forgotten } from '../../../services/privacy/forgotten.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

void describe('who was forgotten', () => {
  void it('is known after a restart, by table and row, and to erasures that come later', async () => {
    using folder = makeTemporaryFolder();
    const first = await openEmbeddedLog({ dir: folder.path });
    const forgotten = await Forgotten.load(first.log);
    assert.equal(forgotten.touches('llx_societe'), false);
    await forgotten.add(first.log, 'llx_societe', 7);
    await forgotten.add(first.log, 'llx_societe', 12);
    await forgotten.add(first.log, 'llx_socpeople', 7);
    await forgotten.add(first.log, 'llx_societe', 7);
    const state = await first.log.getState(FORGOTTEN_OWNER);
    // A hash may hold the digits of a number that is erased elsewhere; it must not change by that.
    await first.erase(JSON.stringify(state).match(/[0-9a-f]{8}/g)!, []);
    await first.close();
    const second = await openEmbeddedLog({ dir: folder.path });
    assert.deepEqual(await second.log.getState(FORGOTTEN_OWNER), state);
    const later = await Forgotten.load(second.log);
    const asked = ['7', '12', '77', '1'].map((record) => later.has('llx_societe', record));
    assert.deepEqual(asked, [true, true, false, false]);
    assert.deepEqual([later.touches('llx_user'), later.has('llx_user', '7')], [false, false]);
    await second.close();
    for (const name of readdirSync(folder.path)) {
      assert.ok(!readFileSync(join(folder.path, name)).includes('"12"'), name);
    }
  });

  void it('that cannot be read stops what would keep it', async () => {
    const getState = (): Promise<never> => Promise.resolve({ key: 'short', rows: {} } as never);
    await assert.rejects(Forgotten.load({ getState }), { code: 'LOG_CORRUPT' });
  });
});
