import { DolistreamError, EXIT } from '../../../core/errors.ts';
import type { ModelVersion } from '../../../services/analytics/model-store.ts';
import type { AnalyticsClient } from '../../analytics-client.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import type { Options } from '../../options.ts';
import { printJson, printLine } from '../cli-io.ts';
import type { Command } from '../command.ts';

export const modelsCommand: Command = {
  name: 'models',
  summary: 'Trained models: list them, show the versions of one, or go back to an earlier one.',
  operands: ['ACTION'],
  examples: [
    'models list',
    'models show --model duration',
    'models rollback --model duration --model-version 3',
  ],
  run: async ({ options, operands, io, loadComposition }) => {
    const action = ACTIONS[operands[0]!];
    if (!action) {
      throw new DolistreamError('CONFIG_INVALID', `"${operands[0]}" is no action of models`, {
        fix: `Use one of: ${Object.keys(ACTIONS).join(', ')}.`,
      });
    }
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    const versions = await action(connection.client.analytics, options);
    if (options.json) printJson(io, versions);
    else for (const line of versions.map(formatVersion)) printLine(io, line);
    return EXIT.done;
  },
};

type Action = (client: AnalyticsClient, options: Options) => Promise<readonly ModelVersion[]>;

function requireModel({ model }: Options): string {
  if (model !== null) return model;
  throw new DolistreamError('CONFIG_INVALID', '--model was not given', {
    fix: 'Name one of: dolistream models list',
  });
}

const ACTIONS: Readonly<Record<string, Action>> = {
  list: async (client) => (await client.models()).filter(({ inUse }) => inUse),
  show: async (client, options) => {
    const name = requireModel(options);
    return (await client.models()).filter((version) => version.name === name);
  },
  rollback: async (client, options) => [
    await client.rollback({ name: requireModel(options), version: options.modelVersion }),
  ],
};

const formatVersion = ({
  name,
  version,
  trainedAt,
  rows,
  from,
  to,
  score,
  seed,
  inUse,
}: ModelVersion): string =>
  [
    `${name} ${version}${inUse ? ' (in use)' : ''}`,
    `trained ${trainedAt}`,
    `${rows} cases of ${from} to ${to}`,
    `error ${score.toFixed(4)}`,
    `seed ${seed}`,
  ].join('\t');
