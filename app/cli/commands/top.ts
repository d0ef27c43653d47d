import { setTimeout as pause } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import { DolistreamError, EXIT } from '../../../core/errors.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import type { RuntimeClient } from '../../runtime.ts';
import { type CliIo, printJson, printLine } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { formatTop, formatTopLine, TopMeter, type TopPicture } from '../top-view.ts';

const EVERY_MS = 1000;

export const topCommand: Command = {
  name: 'top',
  summary:
    'Watch a running pipeline: rows per second and lag of every stage, until Ctrl-C. A line a second in a pipe.',
  operands: [],
  examples: ['top', 'top --json | head -1'],
  run: async ({ options, io, signal, loadComposition }) => {
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    if (connection.kind === 'local' && options.kafkaBrokers === null) {
      throw new DolistreamError('NOT_RUNNING', `Nothing runs on the data folder ${options.data}`, {
        fix: 'Start it with dolistream up, or see where it stopped: dolistream status',
      });
    }
    await watch(connection.client, signal, viewFor(io, options.json));
    return EXIT.done;
  },
};

type Show = (picture: TopPicture) => void;

async function watch(client: RuntimeClient, signal: AbortSignal, show: Show): Promise<void> {
  const meter = new TopMeter();
  while (!signal.aborted) {
    show(meter.sample(await client.status(), await client.lag(), Date.now()));
    await pause(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

function viewFor(io: CliIo, json: boolean): Show {
  if (json) return (picture) => printJson(io, picture);
  if (io.stdout.isTTY !== true) return (picture) => printLine(io, formatTopLine(picture));
  const update = createLogUpdate(io.stdout as NodeJS.WriteStream);
  return (picture) => update(formatTop(picture, io.stdout.columns ?? 80).join('\n'));
}
