import { DolistreamError, EXIT } from '../../../core/errors.ts';
import type { RedrivenLetter } from '../../../services/warehouse/dead-letters/redrive.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import { matchesGlob } from '../../name-rules.ts';
import type { RuntimeClient } from '../../runtime.ts';
import { readLetters } from '../../recovery/letter-list.ts';
import { printJson, printLine, say } from '../cli-io.ts';
import type { Command, CommandContext } from '../command.ts';

export const deadLettersCommand: Command = {
  name: 'dead-letters',
  summary:
    'Records that the loader could not read: list them, show them with their bytes, or try them again.',
  operands: ['ACTION'],
  examples: [
    'dead-letters list',
    'dead-letters show --topic dolibarr.dolibarr.llx_ticket',
    'dead-letters redrive --dry-run',
    'dead-letters redrive --topic *.llx_ticket --json',
  ],
  run: async (context) => {
    const { options, operands, loadComposition } = context;
    const action = ACTIONS[operands[0]!];
    if (!action) {
      throw new DolistreamError('CONFIG_INVALID', `"${operands[0]}" is no action of dead-letters`, {
        fix: `Use one of: ${Object.keys(ACTIONS).join(', ')}.`,
      });
    }
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    return await action(connection.client, context);
  },
};

type Action = (client: RuntimeClient, context: CommandContext) => Promise<number>;

const print =
  (isWhole: boolean): Action =>
  async (client, { options, io, signal }) => {
    const letters = await readLetters(client, isWhole, signal);
    const wanted = letters.filter(({ topic }) => options.topics.some((glob) => matchesGlob(glob, topic)));
    if (options.json) printJson(io, { letters: wanted });
    else if (wanted.length === 0) say(io, 'There are no dead letters.');
    for (const letter of options.json ? [] : wanted) {
      const { topic, partition, offset, records, schemaId, reason, recordedAt, redrivenAt, payload } = letter;
      const state = redrivenAt === null ? 'missing' : `in since ${redrivenAt}`;
      printLine(io, `${topic}/${partition}@${offset}\t${records} records\t${recordedAt}\t${state}`);
      printLine(io, `  schema ${schemaId}: ${isWhole ? reason : firstLine(reason)}`);
      if (payload !== null) printLine(io, `  ${payload}`);
    }
    return EXIT.done;
  };

const redrive: Action = async (client, { options, io, signal }) => {
  const { topics, dryRun } = options;
  const report = await client.recovery.redrive({ topics, dryRun }, signal);
  if (options.json) printJson(io, report);
  else {
    for (const letter of report.letters) printLine(io, describe(letter, dryRun));
    if (report.letters.length === 0) say(io, 'There are no dead letters to try again.');
  }
  return report.letters.every(({ isIn }) => isIn) ? EXIT.done : EXIT.failed;
};

const ACTIONS: Readonly<Record<string, Action>> = { list: print(false), show: print(true), redrive };

const firstLine = (text: string): string => text.split('\n')[0]!.slice(0, 200);

function describe(
  { topic, partition, offset, records, isIn, note }: RedrivenLetter,
  dryRun: boolean,
): string {
  const outcome = !isIn ? 'cannot be read' : dryRun ? 'would go in' : 'went in';
  return `${topic}/${partition}@${offset}\t${records} records\t${outcome}${note === null ? '' : `: ${firstLine(note)}`}`;
}
