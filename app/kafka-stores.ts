/** The change log on Kafka, with its schemas in a registry. */
import type { ConnectionOptions } from 'node:tls';
import type { SASLOptions } from 'kafkajs';
import { openKafkaLog } from '../adapters/kafka/open-kafka-log.ts';
import { openRestRegistry, type RestRegistry } from '../adapters/registry/open-rest-registry.ts';
import { DolistreamError } from '../core/errors.ts';
import type { ChangeLog } from '../core/ports/change-log.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { Options } from './options.ts';
import { readPem } from './pem-file.ts';
import type { ReleaseStack } from './release-stack.ts';
import { ALL_STAGES, type RuntimeContext, type StageName } from './runtime.ts';

/** Opens a log for reading and one for each stage that this process is to run. */
export async function openKafkaLogs(
  context: RuntimeContext,
  release: ReleaseStack,
): Promise<{ log: ChangeLog; logOf: (stage: StageName) => ChangeLog }> {
  const { options, logger, clock } = context;
  const shared = {
    brokers: options.kafkaBrokers ?? [],
    prefix: options.topicPrefix,
    ssl: tlsOf(options),
    ...saslOf(options),
    compression: options.kafkaCompression,
    partitions: options.kafkaPartitions,
    replicationFactor: options.kafkaReplicas,
    logger,
    clock,
  };
  const open = async (stage?: StageName): Promise<ChangeLog> => {
    const log = await openKafkaLog({
      ...shared,
      clientId: `dolistream-${stage ?? 'reader'}`,
      ...(stage ? { transactionalId: `${options.topicPrefix}.${stage}` } : {}),
    });
    release.add(() => log.close());
    return log;
  };
  const reader = await open();
  const writers = new Map<StageName, ChangeLog>();
  for (const stage of context.stages ?? ALL_STAGES) writers.set(stage, await open(stage));
  return { log: reader, logOf: (stage) => writers.get(stage) ?? reader };
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
