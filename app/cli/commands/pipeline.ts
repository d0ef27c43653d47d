import { EXIT } from '../../../core/errors.ts';
import { openRuntime } from '../../connect-runtime.ts';
import { requireSource } from '../../source-address.ts';
import { printJson } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { printStatus } from '../print-status.ts';

export const pipelineCommand: Command = {
  name: 'pipeline',
  summary: 'Copy what is new, catch up with what the source had at the start, run the analytics, and end.',
  operands: [],
  examples: ['pipeline --source mysql://dolistream@erp.local/dolibarr'],
  run: async ({ options, io, signal, loadComposition }) => {
    requireSource(options);
    const composition = await loadComposition();
    await using open = await openRuntime({ options, composition, terminal: io.stderr });
    await open.runtime.start({ http: false });
    await Promise.race([open.runtime.waitUntilCaughtUp(signal), open.runtime.finished()]);
    const status = await open.runtime.status();
    if (options.json) printJson(io, status);
    else printStatus(io, status);
    return EXIT.done;
  },
};
