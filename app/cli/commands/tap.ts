import { DolistreamError, EXIT } from '../../../core/errors.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import { isTopicGlob } from '../../tap/http-tap.ts';
import type { TapEvent } from '../../tap/tap-events.ts';
import type { Command } from '../command.ts';
import { formatEvent } from '../print-event.ts';
import { paintFor } from '../colours.ts';

export const tapCommand: Command = {
  name: 'tap',
  summary:
    'Follow change events as they come: of a table, a topic, or several by *. Dropped columns are not in them.',
  operands: ['TABLE|TOPIC'],
  examples: [
    'tap llx_ticket',
    'tap "llx_facture*" --from 2h --limit 20',
    'tap alerts --json | jq .value.title',
  ],
  run: async ({ options, operands, io, signal, loadComposition }) => {
    const topic = operands[0]!;
    if (!isTopicGlob(topic)) {
      throw new DolistreamError('CONFIG_INVALID', `${JSON.stringify(topic)} cannot be a table or a topic`, {
        fix: 'Name one such as llx_ticket or dolibarr.dolibarr.llx_ticket; * stands for anything.',
      });
    }
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    const paint = paintFor(io.stdout);
    const write = (event: TapEvent): string =>
      options.json ? JSON.stringify(event) : formatEvent(event, paint);
    const request = { topic, from: options.replayFrom, limit: options.limit };
    for await (const event of await connection.client.tap(request, signal)) {
      if (!io.stdout.write(`${write(event)}\n`)) await io.drained();
    }
    return EXIT.done;
  },
};
