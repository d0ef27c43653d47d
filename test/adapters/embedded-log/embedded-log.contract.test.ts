import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { describeChangeLog } from '../../contracts/change-log-contract.ts';

describeChangeLog('LMDB', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'dolistream-log-'));
  return {
    open: async () => (await openEmbeddedLog({ dir })).log,
    dispose: () => rm(dir, { recursive: true }),
  };
});
