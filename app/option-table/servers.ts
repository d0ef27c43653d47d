import { option, optional, READS_SOURCE, RUNS_STAGES, type CommandName } from '../option-spec.ts';
import { choice, httpUrl, integer, list, onOff, text } from '../option-types.ts';

const OPENS_STORES: readonly CommandName[] = [
  ...new Set<CommandName>([
    ...READS_SOURCE,
    ...RUNS_STAGES,
    ...(['query', 'alerts', 'top', 'tap', 'backup'] as const),
  ]),
];
export const pemFile = optional(text('the path of a PEM file'));

/** The change log on Kafka and its schemas in a registry, instead of the embedded log. */
export const KAFKA_OPTIONS = {
  kafkaBrokers: option({
    group: 'Kafka and registry',
    flag: '--kafka-brokers',
    argument: 'LIST',
    commands: OPENS_STORES,
    type: optional(list('host:port of brokers, separated by commas', /^[\w.[\]:-]+:\d{1,5}$/)),
    default: null,
    description: 'Keep the change log on Kafka, at these host:port. Default: in the data folder.',
  }),
  kafkaTls: option({
    group: 'Kafka and registry',
    flag: '--kafka-tls',
    argument: null,
    commands: OPENS_STORES,
    type: onOff,
    default: false,
    description: 'Speak TLS to the brokers and check their certificate.',
  }),
  kafkaCa: option({
    group: 'Kafka and registry',
    flag: '--kafka-ca',
    argument: 'FILE',
    commands: OPENS_STORES,
    type: pemFile,
    default: null,
    description: 'Certificate authority of the brokers. Default: those of Node.',
  }),
  kafkaSasl: option({
    group: 'Kafka and registry',
    flag: '--kafka-sasl',
    argument: 'MECHANISM',
    commands: OPENS_STORES,
    type: optional(choice('plain', 'scram-sha-256', 'scram-sha-512')),
    default: null,
    description: 'Log in at the brokers: plain, scram-sha-256 or scram-sha-512.',
  }),
  kafkaUser: option({
    group: 'Kafka and registry',
    flag: '--kafka-user',
    argument: 'NAME',
    commands: OPENS_STORES,
    type: optional(text('a user name')),
    default: null,
    description: 'User for --kafka-sasl.',
  }),
  kafkaPassword: option({
    group: 'Kafka and registry',
    flag: null,
    env: ['DOLISTREAM_KAFKA_PASSWORD'],
    secret: true,
    commands: OPENS_STORES,
    type: optional(text('a password on one line')),
    default: null,
    description: 'Password for --kafka-sasl.',
  }),
  kafkaPartitions: option({
    group: 'Kafka and registry',
    flag: '--kafka-partitions',
    argument: 'N',
    commands: RUNS_STAGES,
    type: integer(1, 256),
    default: 1,
    description: "Partitions of a new topic. A row's changes always share one.",
  }),
  kafkaReplicas: option({
    group: 'Kafka and registry',
    flag: '--kafka-replicas',
    argument: 'N',
    commands: RUNS_STAGES,
    type: integer(1, 16),
    default: 3,
    description: 'Copies of a new topic, at most as many as there are brokers.',
  }),
  kafkaCompression: option({
    group: 'Kafka and registry',
    flag: '--kafka-compression',
    argument: 'KIND',
    commands: RUNS_STAGES,
    type: choice('none', 'gzip'),
    default: 'none',
    description: 'Compression of the records in Kafka: none or gzip.',
  }),
  registryUrl: option({
    group: 'Kafka and registry',
    flag: '--registry-url',
    argument: 'URL',
    commands: OPENS_STORES,
    type: optional(httpUrl),
    default: null,
    description:
      "Schema registry with Confluent's routes, needed with Kafka, such as http://registry:8080/apis/ccompat/v7.",
  }),
  registryUser: option({
    group: 'Kafka and registry',
    flag: '--registry-user',
    argument: 'NAME',
    commands: OPENS_STORES,
    type: optional(text('a user name')),
    default: null,
    description: 'User at the registry.',
  }),
  registryPassword: option({
    group: 'Kafka and registry',
    flag: null,
    env: ['DOLISTREAM_REGISTRY_PASSWORD'],
    secret: true,
    commands: OPENS_STORES,
    type: optional(text('a password on one line')),
    default: null,
    description: 'Password at the registry.',
  }),
  registryCa: option({
    group: 'Kafka and registry',
    flag: '--registry-ca',
    argument: 'FILE',
    commands: OPENS_STORES,
    type: pemFile,
    default: null,
    description: 'Certificate authority of the registry. Default: those of Node.',
  }),
};

/** How loaders share the work. */
export const LOADER_OPTIONS = {
  loaderShards: option({
    group: 'Warehouse',
    flag: '--loader-shards',
    argument: 'N',
    commands: RUNS_STAGES,
    type: optional(integer(1, 64)),
    default: null,
    description:
      'Into how many shares tables are divided among loaders; fixed once a log has it. Default: 4 on Kafka, else 1.',
  }),
};

/** A ClickHouse server instead of the embedded one. */
export const CLICKHOUSE_OPTIONS = {
  clickhouseUrl: option({
    group: 'Warehouse',
    flag: '--clickhouse-url',
    argument: 'URL',
    commands: OPENS_STORES,
    type: optional(httpUrl),
    default: null,
    description: 'ClickHouse server, such as http://clickhouse:8123. Default: ClickHouse in this process.',
  }),
  warehousePassword: option({
    group: 'Warehouse',
    flag: null,
    env: ['DOLISTREAM_WAREHOUSE_PASSWORD', 'WAREHOUSE_DB_PASSWORD'],
    secret: true,
    commands: OPENS_STORES,
    type: optional(text('a password on one line')),
    default: null,
    description: 'Password on the ClickHouse server.',
  }),
  clickhouseCa: option({
    group: 'Warehouse',
    flag: '--clickhouse-ca',
    argument: 'FILE',
    commands: OPENS_STORES,
    type: pemFile,
    default: null,
    description: 'Certificate authority of the ClickHouse server. Default: those of Node.',
  }),
};

/** A bucket instead of the lake folder. */
export const S3_OPTIONS = {
  s3Bucket: option({
    group: 'Lake',
    flag: '--s3-bucket',
    argument: 'NAME',
    commands: OPENS_STORES,
    type: optional(text('the name of a bucket', /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)),
    default: null,
    description: 'Keep the lake in this bucket, which must exist. Default: in the data folder.',
  }),
  s3Prefix: option({
    group: 'Lake',
    flag: '--s3-prefix',
    argument: 'PATH',
    commands: OPENS_STORES,
    type: text(
      'a path of letters, digits, dots, dashes, underscores and slashes',
      /^[A-Za-z0-9._/-]{0,200}$/,
    ),
    default: 'lake',
    description: 'Root of the lake inside the bucket.',
  }),
  s3Endpoint: option({
    group: 'Lake',
    flag: '--s3-endpoint',
    argument: 'URL',
    commands: OPENS_STORES,
    type: optional(httpUrl),
    default: null,
    description: "S3 server, such as http://minio:9000. Default: Amazon's of the region.",
  }),
  s3Region: option({
    group: 'Lake',
    flag: '--s3-region',
    argument: 'NAME',
    env: ['AWS_REGION'],
    commands: OPENS_STORES,
    type: text('the name of a region', /^[a-z0-9-]{1,40}$/),
    default: 'eu-west-3',
    description: 'Region of the bucket.',
  }),
  s3AccessKey: option({
    group: 'Lake',
    flag: null,
    env: ['DOLISTREAM_S3_ACCESS_KEY', 'AWS_ACCESS_KEY_ID'],
    secret: true,
    commands: OPENS_STORES,
    type: optional(text('an access key')),
    default: null,
    description: 'Access key of the bucket.',
  }),
  s3SecretKey: option({
    group: 'Lake',
    flag: null,
    env: ['DOLISTREAM_S3_SECRET_KEY', 'AWS_SECRET_ACCESS_KEY'],
    secret: true,
    commands: OPENS_STORES,
    type: optional(text('a secret key')),
    default: null,
    description: 'Secret key of the bucket.',
  }),
};
