import { EXIT } from '../../../core/errors.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import type { Command, CommandContext } from '../command.ts';

export const queryCommand: Command = {
  name: 'query',
  summary: 'Ask the warehouse a question in ClickHouse SQL; it can only read.',
  operands: ['SQL'],
  examples: [
    'query "SELECT count() FROM raw.events"',
    'query "SELECT * FROM mirror.llx_ticket" --format CSVWithNames',
  ],
  run: async (context) => {
    const { options, operands, io, signal } = context;
    const composition = await context.loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    for await (const piece of await connection.client.query(operands[0]!, chooseFormat(context), signal)) {
      if (!io.stdout.write(piece)) await io.drained();
    }
    return EXIT.done;
  },
};

function chooseFormat({ options, io }: CommandContext): string {
  if (options.format !== null) return options.format;
  if (options.json) return 'JSONEachRow';
  return io.stdout.isTTY === true ? 'PrettyCompact' : 'TabSeparatedWithNames';
}
