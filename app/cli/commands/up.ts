import { EXIT } from '../../../core/errors.ts';
import { openRuntime } from '../../connect-runtime.ts';
import { describeSource, requireSource } from '../../source-address.ts';
import { printJson, say } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { untilAborted } from '../until-aborted.ts';

export const upCommand: Command = {
  name: 'up',
  summary: 'Run everything on a Dolibarr database until Ctrl-C: capture, lake, warehouse, alerts, HTTP.',
  operands: [],
  examples: [
    'up --source mysql://dolistream@erp.local/dolibarr   (password in DOLISTREAM_SOURCE_PASSWORD)',
    'up --tables "llx_ticket*,llx_fichinter*" --http 127.0.0.1:9000',
  ],
  run: async ({ options, io, signal, loadComposition }) => {
    const source = describeSource(requireSource(options));
    const composition = await loadComposition();
    await using open = await openRuntime({ options, composition, terminal: io.stderr });
    await open.runtime.start({ http: true });
    const { http } = await open.runtime.status();
    if (options.json) printJson(io, { ready: true, http, dataDir: options.data, source });
    say(
      io,
      `Running on ${source}; HTTP and ClickHouse queries at ${http ?? 'no port'}; data in ${options.data}.`,
    );
    await Promise.race([open.runtime.finished(), untilAborted(signal)]);
    return EXIT.done;
  },
};
