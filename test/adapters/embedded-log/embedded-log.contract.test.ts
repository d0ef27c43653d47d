import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedLog, openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { describeChangeLog } from '../../contracts/change-log-contract.ts';
import { describeSchemaRegistry } from '../../contracts/schema-registry-contract.ts';

const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'dolistream-log-'));

describeChangeLog('LMDB', async () => {
  const dir = await makeFolder();
  return {
    open: async () => (await openEmbeddedLog({ dir })).log,
    dispose: () => rm(dir, { recursive: true }),
  };
});

describeSchemaRegistry('LMDB', async () => {
  const dir = await makeFolder();
  let opened: EmbeddedLog | undefined;
  return {
    open: async () => {
      opened = await openEmbeddedLog({ dir });
      return opened.registry;
    },
    close: async () => opened?.close(),
    dispose: () => rm(dir, { recursive: true }),
  };
});
