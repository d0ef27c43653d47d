import { EXIT } from '../../../core/errors.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import { personOf } from '../../upkeep/read-person.ts';
import { printJson, printLine } from '../cli-io.ts';
import type { Command } from '../command.ts';

export const exportPersonCommand: Command = {
  name: 'export-person',
  summary:
    'Print all that is held on a person as JSON: the row now and earlier, and every row that points at it.',
  operands: [],
  examples: ['export-person --customer 42 > customer-42.json', 'export-person --contact 7 --json'],
  run: async ({ options, io, signal, loadComposition }) => {
    const { customer, contact, user } = options;
    const person = personOf({ customer, contact, user });
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    const held = await connection.client.upkeep.exportPerson(person, signal);
    if (options.json) printJson(io, held);
    else printLine(io, JSON.stringify(held, null, 2));
    return EXIT.done;
  },
};
