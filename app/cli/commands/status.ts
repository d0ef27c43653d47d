import { EXIT } from '../../../core/errors.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import { printJson } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { printStatus } from '../print-status.ts';

export const statusCommand: Command = {
  name: 'status',
  summary: 'Show how far every stage is, whether the pipeline runs or not.',
  operands: [],
  examples: ['status', 'status --json'],
  run: async ({ options, io, loadComposition }) => {
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    const status = await connection.client.status();
    if (options.json) printJson(io, status);
    else printStatus(io, status);
    return EXIT.done;
  },
};
