import type { ChangeLog, Cursor, LoggedBatch, ReadResult, RecordBatch } from '../../core/ports/change-log.ts';

interface BatchOptions {
  readonly topic: string;
  readonly values: readonly string[];
  /** Without: records without keys. */
  readonly keys?: readonly string[];
  readonly timestampMs?: number;
  readonly valueSchemaId?: number;
}

function column(texts: readonly string[]): { bytes: Uint8Array; ends: Uint32Array } {
  const parts = texts.map((text) => Buffer.from(text));
  let end = 0;
  return { bytes: Buffer.concat(parts), ends: Uint32Array.from(parts, (part) => (end += part.length)) };
}

/** A batch whose datums are plain texts: the log does not look into them. */
export function makeBatch(options: BatchOptions): RecordBatch {
  const values = column(options.values);
  const keys = column(options.keys ?? options.values.map(() => ''));
  return {
    topic: options.topic,
    valueSchemaId: options.valueSchemaId ?? 1,
    keySchemaId: options.keys ? 2 : null,
    count: options.values.length,
    values: values.bytes,
    valueEnds: values.ends,
    keys: keys.bytes,
    keyEnds: keys.ends,
    timestampMs: options.timestampMs ?? 1_700_000_000_000,
    firstSeq: 0,
    lastSeq: 0,
  };
}

function texts(bytes: Uint8Array, ends: Uint32Array): string[] {
  return Array.from(ends, (end, index) =>
    Buffer.from(bytes.subarray(index === 0 ? 0 : ends[index - 1], end)).toString(),
  );
}

export const valuesOf = (batch: RecordBatch): string[] => texts(batch.values, batch.valueEnds);
export const keysOf = (batch: RecordBatch): string[] => texts(batch.keys, batch.keyEnds);

/** `topic@offset=value`, for each record. */
export function describeRecords(batches: readonly LoggedBatch[]): string[] {
  return batches.flatMap((batch) =>
    valuesOf(batch).map((value, index) => `${batch.topic}@${batch.baseOffset + index}=${value}`),
  );
}

export const PLENTY = 1 << 30;

export const readAll = (log: ChangeLog, from: Cursor | null = null): Promise<ReadResult> =>
  log.read({ from, maxBytes: PLENTY, waitMs: 0 });
