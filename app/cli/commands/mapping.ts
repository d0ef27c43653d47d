import { DolistreamError, EXIT } from '../../../core/errors.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import { printJson, printLine, say } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { makePrintable } from '../printable.ts';

export const mappingCommand: Command = {
  name: 'mapping',
  summary: 'Propose which extrafield of this Dolibarr means what, as a mapping file to look over.',
  operands: ['ACTION'],
  examples: ['mapping suggest', 'mapping suggest > dolistream-data/mapping.json', 'mapping suggest --json'],
  run: async ({ options, operands, io, signal, loadComposition }) => {
    if (operands[0] !== 'suggest') {
      throw new DolistreamError('CONFIG_INVALID', `"${operands[0]}" is no action of mapping`, {
        fix: 'dolistream mapping suggest',
      });
    }
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    const proposal = await connection.client.upkeep.suggestMapping({}, signal);
    if (options.json) {
      printJson(io, proposal);
      return EXIT.done;
    }
    printLine(io, JSON.stringify(proposal.mapping, null, 2));
    for (const { kind, meaning, column, confidence, reason } of proposal.suggestions) {
      say(
        io,
        makePrintable(`${kind}.${meaning} = ${column}  (${Math.round(confidence * 100)} %: ${reason})`),
      );
    }
    if (proposal.suggestions.length === 0) say(io, 'No extrafield says what it means by its name or label.');
    return EXIT.done;
  },
};
