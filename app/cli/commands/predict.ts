import { DolistreamError, EXIT } from '../../../core/errors.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import { printJson, printLine } from '../cli-io.ts';
import type { Command } from '../command.ts';

export const predictCommand: Command = {
  name: 'predict',
  summary: 'Predict how long an intervention will take, with an interval that holds.',
  operands: [],
  examples: [
    'predict --type maintenance --estimated 4 --city Paris',
    'predict --type plomberie --estimated 2.5 --technician "Marie Petit" --json',
  ],
  run: async ({ options, io, loadComposition }) => {
    const { type, estimated, city, technician } = options;
    if (type === null && estimated === null) {
      throw new DolistreamError('CONFIG_INVALID', 'Neither --type nor --estimated was given', {
        fix: 'dolistream predict --type maintenance --estimated 4 --city Paris',
      });
    }
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    const answer = await connection.client.analytics.predictDuration({
      ...{ type: type ?? '', city: city ?? '', technician: technician ?? '' },
      ...{ customer: '', estimated },
    });
    if (options.json) printJson(io, answer);
    else printLine(io, answer.sentence);
    return EXIT.done;
  },
};
