/**
 * Our capture as a process of its own: from the source to Kafka, nothing else, so that its memory and time are its own.
 * The task is one JSON argument; the answer is one JSON line.
 */
import { readFileSync } from 'node:fs';
import { openEmbeddedLog } from '../../adapters/embedded-log/open-embedded-log.ts';
import { openKafkaLog } from '../../adapters/kafka/open-kafka-log.ts';
import { openMariadbSource } from '../../adapters/mariadb/mariadb-source.ts';
import { packagePath, readPackageVersion } from '../../app/paths.ts';
import type { AvroSchema } from '../../core/avro-schema.ts';
import { systemClock } from '../../core/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import { CaptureService } from '../../services/capture/capture-service.ts';
import { parseSourceUrl } from '../source-url.ts';
import { peakMemoryOf } from './peak-memory.ts';

export interface CaptureTask {
  readonly source: string;
  readonly broker: string;
  /** Of the topics. A capture that ran before with it goes on from where it was. */
  readonly prefix: string;
  /** The only table that is captured. */
  readonly table: string;
  /** Folder of the schema registry. */
  readonly registry: string;
  /** Ends when the table is copied and so many rows of the stream are in the log. */
  readonly streamRows: number;
}

export interface CaptureResult {
  readonly peakMemoryBytes: number;
}

const LINGER_MS = 5;
const STALE_AFTER_MS = 30_000;

const quiet: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
  error: (fields, message) => void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
  child: () => quiet,
};

const readSchema = (name: string): AvroSchema =>
  JSON.parse(readFileSync(packagePath('schemas', `${name}.avsc`), 'utf8')) as AvroSchema;

async function capture(task: CaptureTask): Promise<CaptureResult> {
  const source = await openMariadbSource({
    address: parseSourceUrl(task.source),
    serverId: 54_002,
    rules: { captures: (table) => table === task.table, drops: () => false },
    staleAfterMs: STALE_AFTER_MS,
  });
  const { registry, close } = await openEmbeddedLog({ dir: task.registry });
  const { broker, prefix } = task;
  const log = await openKafkaLog({ brokers: [broker], prefix, transactionalId: `${prefix}.capture` });
  const done = new AbortController();
  const metrics: Metrics = {
    // Called after each append.
    count: () => {
      const { phase, copy, rows } = service.status();
      if (phase === 'streaming' && copy === null && rows >= task.streamRows) done.abort();
    },
    gauge: () => undefined,
    observe: () => undefined,
  };
  const service = new CaptureService({
    ...{ source, log, registry, metrics, logger: quiet, clock: systemClock },
    options: { prefix, lingerMs: LINGER_MS, version: readPackageVersion() },
    schemas: {
      source: readSchema('source'),
      transaction: readSchema('transaction'),
      schemaChange: readSchema('schema-change'),
    },
  });
  await service.run(done.signal);
  await log.close();
  await close();
  await source.close();
  return { peakMemoryBytes: peakMemoryOf('self') };
}

process.stdout.write(`${JSON.stringify(await capture(JSON.parse(process.argv[2]!) as CaptureTask))}\n`);
process.exit(0);
