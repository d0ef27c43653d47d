import { DolistreamError, EXIT } from '../../../core/errors.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import type { Options } from '../../options.ts';
import type { StageName } from '../../runtime.ts';
import type { WarehouseRequest } from '../../warehouse/warehouse-client.ts';
import { printJson, printLine } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { formatWarehouse } from '../print-warehouse.ts';

const STAGES: readonly StageName[] = ['warehouse', 'model'];

export const warehouseCommand: Command = {
  name: 'warehouse',
  summary: 'Bring the warehouse up to date and show what it holds, or build it anew while queries go on.',
  operands: [],
  examples: [
    'warehouse',
    'warehouse --full-rebuild   (the model, from the mirror)',
    'warehouse --full-rebuild --from raw   (the mirror from its history, then the model)',
  ],
  run: async ({ options, io, signal, loadComposition }) => {
    const request = readRequest(options);
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null, stages: STAGES });
    if (connection.kind === 'local') await connection.runtime.start({ stages: STAGES, http: false });
    const report = await connection.client.warehouse.refresh(request, signal);
    if (options.json) printJson(io, report);
    else for (const line of formatWarehouse(report)) printLine(io, line);
    return (report.rebuilt?.leftOut ?? []).length === 0 ? EXIT.done : EXIT.failed;
  },
};

function readRequest({ fullRebuild, replayFrom }: Options): WarehouseRequest {
  const fix = 'Give --full-rebuild with --from raw or --from lake, or without --from for the model alone.';
  if (replayFrom === null) return { fullRebuild, from: null };
  if (replayFrom.kind !== 'store') {
    throw new DolistreamError('CONFIG_INVALID', '--from is neither raw nor lake', { fix });
  }
  if (!fullRebuild) {
    throw new DolistreamError('CONFIG_INVALID', '--from needs --full-rebuild', { fix });
  }
  return { fullRebuild, from: replayFrom.store };
}
