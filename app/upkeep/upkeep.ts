/** The upkeep of the stores that this process has open. */
import { join } from 'node:path';
import { FORGOTTEN_OWNER } from '../../core/erasure.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { ModelStore } from '../../services/analytics/model-store.ts';
import { proposeMapping } from '../../services/model/propose-mapping.ts';
import { measureQuality } from '../../services/model/quality/measure-quality.ts';
import { collectPerson } from '../../services/privacy/person.ts';
import { stageBackup } from '../backup/stage-backup.ts';
import { MODELS_FOLDER } from '../analytics-client.ts';
import { LOG_DAYS_KEPT } from '../logger.ts';
import { packagePath } from '../paths.ts';
import type { Stores } from '../stores.ts';
import { cleanUp } from './cleanup.ts';
import { EXTRACT_FOLDER, extractTables } from './extract-tables.ts';
import { type ForgetDependencies, forgetPerson } from './forget.ts';
import type { UpkeepClient } from './upkeep-client.ts';

/** Of Dolibarr's tables. */
export const TABLE_PREFIX = 'llx_';

type WhileStill = ForgetDependencies['whileStill'];

function requireWarehouse({ warehouse }: Stores): Warehouse {
  if (warehouse) return warehouse;
  throw new DolistreamError('NOT_RUNNING', 'There is no warehouse in this process', {
    fix: 'Ask the process that runs `dolistream up` or `dolistream run load`.',
  });
}

/** From then on what comes of the row is masked; a capture in another process does so from its next start. */
async function rememberForgotten(
  { forgotten, openWriter }: Stores,
  table: string,
  record: number,
): Promise<void> {
  const own = await openWriter(FORGOTTEN_OWNER);
  try {
    await forgotten.add(own.log, table, record);
  } finally {
    await own.close();
  }
}

export function createUpkeep(stores: Stores, whileStill: WhileStill): UpkeepClient {
  const { clock, options, dataDir } = stores.context;
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
    cleanup: (request, signal) => {
      const modelsFolder = dataDir.folder(MODELS_FOLDER);
      const deps = {
        ...{ clock, modelsFolder, warehouse: requireWarehouse(stores), openLake: stores.openLake },
        models: new ModelStore(modelsFolder, clock),
        logsFolder: join(dataDir.path, 'logs'),
        modelRetentionDays: options.modelRetentionDays,
        logRetentionDays: LOG_DAYS_KEPT,
      };
      return cleanUp(deps, request, signal);
    },
    forget: (request, signal) => {
      signal.throwIfAborted();
      const { eraseLog, openLake } = stores;
      const deps = {
        ...{ clock, whileStill, eraseLog, openLake, warehouse: requireWarehouse(stores) },
        ...{ dataFolder: dataDir.path, tablePrefix: TABLE_PREFIX },
        warehouseDatabase: options.warehouseDatabase,
        remember: (table: string, record: number) => rememberForgotten(stores, table, record),
      };
      return forgetPerson(deps, request);
    },
    suggestMapping: async () => proposeMapping(requireWarehouse(stores), TABLE_PREFIX),
    extract: async (request, signal) => {
      const place = { clock, warehouse: requireWarehouse(stores), folder: dataDir.folder(EXTRACT_FOLDER) };
      return extractTables(place, request, signal);
    },
    backup: (_request, signal) => {
      signal.throwIfAborted();
      return stageBackup(stores, (work) => whileStill(work));
    },
    exportPerson: async (person) =>
      collectPerson(person, { warehouse: requireWarehouse(stores), tablePrefix: TABLE_PREFIX }),
  };
}
