/** The change log on Kafka, with its schemas in a registry. */
import { hostname } from 'node:os';
import type { ConnectionOptions } from 'node:tls';
import type { SASLOptions } from 'kafkajs';
import { openKafkaLog } from '../adapters/kafka/open-kafka-log.ts';
import { openLoaderGroup } from '../adapters/kafka/open-shard-group.ts';
import { openRestRegistry, type RestRegistry } from '../adapters/registry/open-rest-registry.ts';
import { DolistreamError } from '../core/errors.ts';
import type { ChangeLog } from '../core/ports/change-log.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { Options } from './options.ts';
import { readPem } from './pem-file.ts';
import type { ReleaseStack } from './release-stack.ts';
import { ALL_STAGES, type RuntimeContext, type StageName } from './runtime.ts';
import type { Stores } from './stores.ts';

/** Stages that are taken over shard by shard: their logs are opened when they begin. */
const OPENED_LATER: readonly StageName[] = ['warehouse', 'model'];

/** Opens a log for reading and one for each stage that this process is to run. */
export async function openKafkaLogs(
  context: RuntimeContext,
  release: ReleaseStack,
): Promise<Pick<Stores, 'log' | 'logOf' | 'openWriter' | 'joinLoaders'>> {
  const { options, logger, clock } = context;
  const cluster = {
    brokers: options.kafkaBrokers ?? [],
    prefix: options.topicPrefix,
    ssl: tlsOf(options),
    ...saslOf(options),
    logger,
  };
  const open = (clientId: string, writer?: string): Promise<ChangeLog> =>
    openKafkaLog({
      ...cluster,
      clock,
      clientId: `dolistream-${clientId}`,
      compression: options.kafkaCompression,
      partitions: options.kafkaPartitions,
      replicationFactor: options.kafkaReplicas,
      ...(writer === undefined ? {} : { transactionalId: `${options.topicPrefix}.${writer}` }),
    });
  const opened = async (clientId: string, writer?: string): Promise<ChangeLog> => {
    const log = await open(clientId, writer);
    release.add(() => log.close());
    return log;
  };
  const log = await opened('reader');
  const writers = new Map<StageName, ChangeLog>();
  for (const stage of context.stages ?? ALL_STAGES) {
    if (!OPENED_LATER.includes(stage)) writers.set(stage, await opened(stage, stage));
  }
  return {
    log,
    logOf: (stage) => writers.get(stage) ?? log,
    openWriter: async (writer) => {
      const own = await open(writer, writer);
      return { log: own, close: () => own.close() };
    },
    joinLoaders: (worker, shards) => openLoaderGroup({ ...cluster, ...memberOf(context), shards }, worker),
  };
}

/** A loader with the warehouse in its own process must be alone: nobody else can fill that one. */
function memberOf({ options, dataDir }: RuntimeContext): { instanceId: string; kind: string } {
  const name = `${hostname()}-${dataDir.serverId}`;
  return {
    instanceId: `loader-${name}`,
    kind: options.clickhouseUrl === null ? `into-${name}` : 'into-server',
  };
}

/** Waits until it answers. Rejects with CONFIG_INVALID, REGISTRY_UNREACHABLE or REGISTRY_AUTH. */
export function openRegistry(options: Options, logger: Logger): Promise<RestRegistry> {
  if (options.registryUrl === null) {
    throw new DolistreamError('CONFIG_INVALID', 'A change log on Kafka needs a schema registry', {
      fix: 'Name it: --registry-url http://registry:8080/apis/ccompat/v7 (or DOLISTREAM_REGISTRY_URL).',
    });
  }
  const ca = readPem(options.registryCa);
  return openRestRegistry({
    url: options.registryUrl,
    ...(options.registryUser === null ? {} : { user: options.registryUser }),
    ...(options.registryPassword === null ? {} : { password: options.registryPassword }),
    ...(ca === undefined ? {} : { ca }),
    logger,
  });
}

function tlsOf(options: Options): boolean | ConnectionOptions {
  const ca = readPem(options.kafkaCa);
  return ca === undefined ? options.kafkaTls : { ca };
}

function saslOf(options: Options): { sasl?: SASLOptions } {
  const { kafkaSasl: mechanism, kafkaUser: username, kafkaPassword: password } = options;
  if (mechanism === null) return {};
  if (username !== null && password !== null) return { sasl: { mechanism, username, password } };
  throw new DolistreamError('CONFIG_INVALID', `--kafka-sasl ${mechanism} needs a user and a password`, {
    fix: 'Give --kafka-user, and the password in DOLISTREAM_KAFKA_PASSWORD.',
  });
}
