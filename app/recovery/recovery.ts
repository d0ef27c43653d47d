/** Replay and dead letters over the stores of this process. */
import { DolistreamError } from '../../core/errors.ts';
import { redriveLetters } from '../../services/warehouse/dead-letters/redrive.ts';
import { runMigrations } from '../../services/warehouse/run-migrations.ts';
import { TablePlans } from '../../services/warehouse/table-plans.ts';
import { WarehouseCatalog } from '../../services/warehouse/warehouse-catalog.ts';
import type { LoaderShards } from '../loader-shards.ts';
import { matchesGlob, selectTables } from '../name-rules.ts';
import { packagePath } from '../paths.ts';
import type { Stores } from '../stores.ts';
import type { RecoveryClient, RedriveReport, RedriveRequest } from './recovery-client.ts';
import { runReplay } from './replay-run.ts';

/** `loader` gives that of this process; null while none runs. */
export function createRecovery(stores: Stores, loader: () => LoaderShards | null): RecoveryClient {
  const { context, log } = stores;
  return {
    replay: async ({ start, ...selection }, signal) => {
      const load = loader();
      if (!load) throw notHere('The loader');
      const selects = selectTables(selection);
      return await runReplay({ log, load, prefix: context.options.topicPrefix, start, selects }, signal);
    },
    redrive: (request, signal) => redrive(stores, request, signal),
  };
}

async function redrive(
  { context: { options }, registry, warehouse }: Stores,
  { topics, dryRun }: RedriveRequest,
  signal: AbortSignal,
): Promise<RedriveReport> {
  if (!warehouse) throw notHere('The warehouse');
  const { topicPrefix: prefix, timeZone: timezone, warehouseDatabase } = options;
  await runMigrations(warehouse, packagePath('clickhouse', 'migrations'), warehouseDatabase);
  const catalog = new WarehouseCatalog(warehouse);
  await catalog.load();
  const plans = new TablePlans(registry, { timezone, qualifyTables: false });
  const letters = await redriveLetters(
    { warehouse, registry, plans, catalog, prefix, warehouseDatabase },
    { selects: (topic) => topics.some((glob) => matchesGlob(glob, topic)), isDryRun: dryRun },
    signal,
  );
  return { letters };
}

function notHere(what: string): DolistreamError {
  return new DolistreamError('NOT_RUNNING', `${what} is not in this process`, {
    fix: 'Ask the process that was started with: dolistream up, or dolistream run load (by its --data folder)',
  });
}
