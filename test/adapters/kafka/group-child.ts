/** A member of a group of loaders in a process of its own, to be killed. Tells what becomes of its shards, a line each. */
import { openLoaderGroup } from '../../../adapters/kafka/open-shard-group.ts';
import { silentLogger } from '../../support/loading.ts';

export interface GroupChildOptions {
  readonly brokers: readonly string[];
  readonly prefix: string;
  readonly instanceId: string;
  readonly shards: number;
  readonly kind: string;
  readonly sessionTimeoutMs: number;
}

export interface ShardEvent {
  readonly what: 'take' | 'release';
  readonly shard: number;
}

const options = JSON.parse(process.argv[2]!) as GroupChildOptions;
const tell = (event: ShardEvent): void => void process.stdout.write(`${JSON.stringify(event)}\n`);

const group = openLoaderGroup(
  { ...options, logger: silentLogger },
  {
    take: (shard) => tell({ what: 'take', shard }),
    release: (shard) => {
      tell({ what: 'release', shard });
      return Promise.resolve();
    },
  },
);
await group.run(new AbortController().signal);
