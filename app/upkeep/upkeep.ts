/** The upkeep of the stores that this process has open. */
import { DolistreamError } from '../../core/errors.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { measureQuality } from '../../services/model/quality/measure-quality.ts';
import { packagePath } from '../paths.ts';
import type { Stores } from '../stores.ts';
import type { UpkeepClient } from './upkeep-client.ts';

/** Of Dolibarr's tables. */
const TABLE_PREFIX = 'llx_';

function requireWarehouse({ warehouse }: Stores): Warehouse {
  if (warehouse) return warehouse;
  throw new DolistreamError('NOT_RUNNING', 'There is no warehouse in this process', {
    fix: 'Ask the process that runs `dolistream up` or `dolistream run load`.',
  });
}

export function createUpkeep(stores: Stores): UpkeepClient {
  const { clock, options } = stores.context;
  return {
    quality: ({ days }, signal) => {
      const place = {
        folder: packagePath('clickhouse', 'quality'),
        tablePrefix: TABLE_PREFIX,
        timezone: options.timeZone,
        warehouseDatabase: options.warehouseDatabase,
      };
      return measureQuality({ warehouse: requireWarehouse(stores), clock, ...place }, days, signal);
    },
  };
}
