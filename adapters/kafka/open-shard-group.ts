import { ClusterLink } from './cluster-link.ts';
import type { KafkaLogOptions } from './open-kafka-log.ts';
import { ShardGroup, type ShardWorker } from './shard-group.ts';
import { indexTopic } from './topic-setup.ts';

export interface LoaderGroupOptions extends Pick<KafkaLogOptions, 'brokers' | 'prefix' | 'ssl' | 'sasl'> {
  /** The member's own name, the same after a restart: it then goes on at once with the shards it had. */
  readonly instanceId: string;
  readonly shards: number;
  /** What all members must have in common besides the number of shards, e.g. the warehouse that they fill. */
  readonly kind: string;
  /** After so long without a sign of life a member's shards go to others, ms (default 10 s). */
  readonly sessionTimeoutMs?: number;
  readonly logger: NonNullable<KafkaLogOptions['logger']>;
}

export interface LoaderGroup {
  /**
   * Takes part until the signal comes; then releases all shards and leaves. Rejects with LOG_UNREACHABLE, LOG_FENCED
   * (another member has this name) or CONFIG_INVALID (others divide the log otherwise).
   */
  run(signal: AbortSignal): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 20_000;
const RETRY_FOR_MS = 30_000;

/** The group of the log's loaders, `<prefix>.loaders`. The log must have been opened once before. */
export function openLoaderGroup(options: LoaderGroupOptions, worker: ShardWorker): LoaderGroup {
  const { brokers, prefix, ssl, sasl, logger } = options;
  return {
    async run(signal) {
      const link = new ClusterLink({
        ...{ brokers, logger, clientId: options.instanceId, sasl: sasl ?? null },
        ssl: ssl === true ? {} : ssl || null,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
        retryForMs: RETRY_FOR_MS,
      });
      const group = new ShardGroup(link, worker, {
        ...options,
        group: `${prefix}.loaders`,
        topic: indexTopic(prefix),
      });
      try {
        await group.run(signal);
      } finally {
        link.close();
      }
    },
  };
}
