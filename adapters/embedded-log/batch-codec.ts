/**
 * How one batch lies in the store: a head (small, scanned to skip, count and trim) and a body (the columns).
 * Body: value ends, key ends (only with keys), values, keys; ends are 32-bit little-endian.
 */
import { endianness } from 'node:os';
import { crc32 } from 'node:zlib';
import { DolistreamError } from '../../core/errors.ts';
import type { LoggedBatch, RecordBatch } from '../../core/ports/change-log.ts';
import { damaged, sealRecord, unsealRecord } from './sealed-record.ts';

/** Sums over all entries ever appended, up to and including one entry. They make lag and retention a subtraction. */
export interface Totals {
  readonly records: number;
  readonly bytes: number;
  /** Newest timestamp so far, ms. */
  readonly newestMs: number;
}

export interface BatchHead {
  readonly topic: string;
  readonly baseOffset: number;
  readonly count: number;
  readonly valueSchemaId: number;
  readonly keySchemaId: number | null;
  readonly valueBytes: number;
  readonly timestampMs: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly bodyChecksum: number;
  readonly totals: Totals;
}

export interface EncodedBatch {
  readonly head: BatchHead;
  readonly sealedHead: Buffer;
  readonly body: Buffer;
}

const IS_LITTLE_ENDIAN = endianness() === 'LE';

export const NO_TOTALS: Totals = { records: 0, bytes: 0, newestMs: 0 };

function addToTotals(totals: Totals, batch: RecordBatch): Totals {
  return {
    records: totals.records + batch.count,
    bytes: totals.bytes + batch.values.length,
    newestMs: Math.max(totals.newestMs, batch.timestampMs),
  };
}

export function encodeBatch(batch: RecordBatch, baseOffset: number, before: Totals): EncodedBatch {
  checkShape(batch);
  const body = encodeBody(batch);
  const head: BatchHead = {
    topic: batch.topic,
    baseOffset,
    count: batch.count,
    valueSchemaId: batch.valueSchemaId,
    keySchemaId: batch.keySchemaId,
    valueBytes: batch.values.length,
    timestampMs: batch.timestampMs,
    firstSeq: batch.firstSeq,
    lastSeq: batch.lastSeq,
    bodyChecksum: crc32(body),
    totals: addToTotals(before, batch),
  };
  return { head, sealedHead: sealRecord(head), body };
}

export function decodeHead(sealed: Uint8Array, entry: number): BatchHead {
  return unsealRecord<BatchHead>(sealed, `the head of entry ${entry}`);
}

/** `body` must be the caller's own copy: the batch keeps views of it. */
export function decodeBatch(entry: number, head: BatchHead, body: Uint8Array | undefined): LoggedBatch {
  if (!body || crc32(body) !== head.bodyChecksum) {
    throw damaged(`entry ${entry} (${head.topic}, offset ${head.baseOffset})`);
  }
  return viewBatch(entry, head, body);
}

/** The batch over a body that is known to be intact. */
export function viewBatch(entry: number, head: BatchHead, body: Uint8Array): LoggedBatch {
  const endsLength = 4 * head.count;
  const valuesFrom = head.keySchemaId === null ? endsLength : 2 * endsLength;
  const keysFrom = valuesFrom + head.valueBytes;
  return {
    topic: head.topic,
    partition: 0,
    baseOffset: head.baseOffset,
    count: head.count,
    valueSchemaId: head.valueSchemaId,
    keySchemaId: head.keySchemaId,
    valueEnds: readEnds(body.subarray(0, endsLength)),
    keyEnds:
      head.keySchemaId === null
        ? new Uint32Array(head.count)
        : readEnds(body.subarray(endsLength, 2 * endsLength)),
    values: body.subarray(valuesFrom, keysFrom),
    keys: body.subarray(keysFrom),
    timestampMs: head.timestampMs,
    firstSeq: head.firstSeq,
    lastSeq: head.lastSeq,
    next: String(entry),
  };
}

function checkShape(batch: RecordBatch): void {
  const { count, values, valueEnds, keys, keyEnds } = batch;
  const lastValueEnd = valueEnds[count - 1];
  const lastKeyEnd = keyEnds[count - 1];
  if (!(count > 0) || valueEnds.length !== count || keyEnds.length !== count) {
    throw refused(batch, `${count} records, ${valueEnds.length} value ends and ${keyEnds.length} key ends`);
  }
  if (lastValueEnd !== values.length) {
    throw refused(batch, `values end at ${lastValueEnd}, but they are ${values.length} bytes`);
  }
  if (lastKeyEnd !== keys.length || (batch.keySchemaId === null && keys.length > 0)) {
    throw refused(batch, `keys end at ${lastKeyEnd}, but they are ${keys.length} bytes`);
  }
}

function refused(batch: RecordBatch, reason: string): DolistreamError {
  return new DolistreamError('INTERNAL', `A malformed batch for ${batch.topic} was not appended: ${reason}`);
}

function encodeBody(batch: RecordBatch): Buffer {
  const parts = [littleEndian(batch.valueEnds)];
  if (batch.keySchemaId !== null) parts.push(littleEndian(batch.keyEnds));
  parts.push(batch.values, batch.keys);
  return Buffer.concat(parts);
}

function littleEndian(ends: Uint32Array): Uint8Array {
  const bytes = Buffer.from(ends.buffer, ends.byteOffset, ends.byteLength);
  return IS_LITTLE_ENDIAN ? bytes : Buffer.from(bytes).swap32();
}

function readEnds(bytes: Uint8Array): Uint32Array {
  const isView = IS_LITTLE_ENDIAN && bytes.byteOffset % 4 === 0;
  if (isView) return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const copy = Buffer.from(bytes);
  if (!IS_LITTLE_ENDIAN) copy.swap32();
  return new Uint32Array(Uint8Array.from(copy).buffer);
}
