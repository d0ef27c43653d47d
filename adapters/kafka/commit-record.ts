/** One record of the index topic: the batches that one append committed, in their order, and where their records are. */
import { DolistreamError } from '../../core/errors.ts';

/** Consecutive records of a batch in one partition. */
export interface BatchPart {
  readonly partition: number;
  /** Kafka's offset of the first record. */
  readonly base: number;
  readonly count: number;
}

export interface CommittedBatch {
  readonly topic: string;
  /** The log's own offset of the first record: Kafka's have gaps, where the brokers mark the ends of transactions. */
  readonly offset: number;
  readonly count: number;
  /** Bytes of the values. */
  readonly bytes: number;
  readonly valueSchemaId: number;
  readonly keySchemaId: number | null;
  readonly timestampMs: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** In a partition, parts follow in the order of the records. */
  readonly parts: readonly BatchPart[];
  /** For each record its partition, as base64 of bytes; null when there is one only. It brings back the order. */
  readonly lanes: string | null;
}

export interface Commit {
  /** In the index topic. */
  readonly offset: number;
  readonly batches: readonly CommittedBatch[];
}

const VERSION = 1;

export function encodeCommit(batches: readonly CommittedBatch[]): Buffer {
  return Buffer.from(JSON.stringify({ version: VERSION, batches }));
}

/** Throws LOG_CORRUPT for what is no commit and LOG_FORMAT_UNKNOWN for one of a later version. */
export function decodeCommit(topic: string, offset: number, value: Buffer): Commit {
  const { version, batches } = parseObject(topic, offset, value);
  if (version !== VERSION) {
    throw new DolistreamError(
      'LOG_FORMAT_UNKNOWN',
      `Offset ${offset} of ${topic} was written by another version of dolistream`,
      { fix: 'Use the version that wrote it, or a new topic prefix.' },
    );
  }
  if (!Array.isArray(batches) || !batches.every(isBatch)) throw notACommit(topic, offset);
  return { offset, batches };
}

function parseObject(topic: string, offset: number, value: Buffer): { version?: unknown; batches?: unknown } {
  try {
    const parsed: unknown = JSON.parse(value.toString());
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw notACommit(topic, offset);
}

function isBatch(value: unknown): value is CommittedBatch {
  const batch = value as Partial<CommittedBatch> | null;
  const numbers = [batch?.offset, batch?.count, batch?.bytes, batch?.valueSchemaId, batch?.timestampMs];
  return (
    typeof batch?.topic === 'string' && numbers.every(Number.isSafeInteger) && Array.isArray(batch.parts)
  );
}

const notACommit = (topic: string, offset: number): DolistreamError =>
  new DolistreamError('LOG_CORRUPT', `Offset ${offset} of ${topic} is not a commit of dolistream`, {
    fix: 'Nobody else may write to this topic; use a new topic prefix.',
  });
