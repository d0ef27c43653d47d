import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { describeWarehouse } from '../../contracts/warehouse-contract.ts';

describeWarehouse('chdb in this process', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'dolistream-chdb-'));
  const warehouse = await openChdb({ dir });
  return {
    warehouse,
    dispose: async () => {
      await warehouse.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
});
