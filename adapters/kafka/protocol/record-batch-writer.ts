/**
 * Builds Kafka's record batches (format v2) straight from packed batches: no object per record.
 * Format: https://kafka.apache.org/39/documentation.html#recordbatch
 */
import { gzipSync } from 'node:zlib';
import type { RecordBatch } from '../../../core/ports/change-log.ts';
import { crc32c } from './crc32c.ts';

export type Compression = 'none' | 'gzip';

/** Records of one packed batch that go to one partition. */
export interface PartitionRecords {
  readonly batch: RecordBatch;
  /** Indexes into the batch, in order: first `count` records, then the tombstones that follow them. */
  readonly entries: Uint32Array;
  readonly count: number;
  /** Compacted topics take no record without a key: theirs is an empty one. */
  readonly needsKey: boolean;
}

export interface ProducerStamp {
  readonly producerId: bigint;
  readonly epoch: number;
  /** Number of the first record in this producer's sequence for the partition. */
  readonly sequence: number;
}

/** Confluent's wire format: a zero byte and the schema's number. */
export const PREFIX_BYTES = 5;
/** Bytes of a batch before its first record. */
export const HEADER_BYTES = 61;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
/** Lengths, deltas and attributes of one record, at their longest. */
const RECORD_OVERHEAD = 1 + 1 + 5 * 4 + 1 + 2 * PREFIX_BYTES;
const TRANSACTIONAL = 0x10;
const GZIP = 1;
const MAGIC = 2;

/**
 * Cuts the entries into record batches of at most `maxBytes` uncompressed; a record that is larger is alone in its
 * own. Returns where each ends.
 */
export function cutEntries({ batch, entries, count }: PartitionRecords, maxBytes: number): number[] {
  const ends: number[] = [];
  let bytes = HEADER_BYTES;
  for (let at = 0; at < entries.length; at++) {
    const index = entries[at]!;
    const size = RECORD_OVERHEAD + keyLength(batch, index) + (at < count ? valueLength(batch, index) : 0);
    if (bytes + size > maxBytes && bytes > HEADER_BYTES) {
      ends.push(at);
      bytes = HEADER_BYTES;
    }
    bytes += size;
  }
  ends.push(entries.length);
  return ends;
}

/** Entries [from, to) as one transactional record batch, ready to be sent. */
export function encodeRecordBatch(
  records: PartitionRecords,
  range: { readonly from: number; readonly to: number },
  stamp: ProducerStamp,
  compression: Compression,
): Buffer {
  const written = writeRecords(records, range.from, range.to);
  const isCompressed = compression === 'gzip';
  const bytes = isCompressed
    ? Buffer.concat([written.subarray(0, HEADER_BYTES), gzipSync(written.subarray(HEADER_BYTES))])
    : written;
  return sealBatch(bytes, {
    attributes: TRANSACTIONAL | (isCompressed ? GZIP : 0),
    count: range.to - range.from,
    timestampMs: records.batch.timestampMs,
    stamp,
  });
}

/** Fills in the header of `bytes`, whose records are in place. Returns `bytes`. */
export function sealBatch(
  bytes: Buffer,
  batch: {
    readonly attributes: number;
    readonly count: number;
    readonly timestampMs: number;
    readonly stamp: ProducerStamp;
  },
): Buffer {
  const { count, stamp } = batch;
  bytes.fill(0, 0, 8); // the broker gives the offset
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt32BE(-1, 12);
  bytes.writeInt8(MAGIC, 16);
  bytes.writeInt16BE(batch.attributes, ATTRIBUTES_AT);
  bytes.writeInt32BE(count - 1, 23);
  bytes.writeBigInt64BE(BigInt(batch.timestampMs), 27);
  bytes.writeBigInt64BE(BigInt(batch.timestampMs), 35);
  bytes.writeBigInt64BE(stamp.producerId, 43);
  bytes.writeInt16BE(stamp.epoch, 51);
  bytes.writeInt32BE(stamp.sequence, 53);
  bytes.writeInt32BE(count, 57);
  bytes.writeUInt32BE(crc32c(bytes, ATTRIBUTES_AT), CRC_AT);
  return bytes;
}

/** Records whose keys and values are given as they are: commits and states. Always transactional, never compressed. */
export function encodePlainBatch(
  records: readonly { readonly key: string | null; readonly value: Buffer }[],
  timestampMs: number,
  stamp: ProducerStamp,
): Buffer {
  const keys = records.map(({ key }) => (key === null ? null : Buffer.from(key)));
  const size = records.reduce(
    (sum, { value }, index) => sum + RECORD_OVERHEAD + value.length + (keys[index]?.length ?? 0),
    HEADER_BYTES,
  );
  const out = Buffer.allocUnsafe(size);
  let at = HEADER_BYTES;
  for (const [index, { value }] of records.entries()) {
    const key = keys[index] ?? null;
    at = writeHead(out, at, { delta: index, keyLength: key?.length ?? -1, valueLength: value.length });
    if (key) at += key.copy(out, at);
    at = writeVarint(out, at, value.length);
    at += value.copy(out, at);
    out[at++] = 0;
  }
  const attributes = TRANSACTIONAL;
  return sealBatch(out.subarray(0, at), { attributes, count: records.length, timestampMs, stamp });
}

function writeRecords(records: PartitionRecords, from: number, to: number): Buffer {
  const { batch, entries, count, needsKey } = records;
  let size = HEADER_BYTES;
  for (let at = from; at < to; at++) {
    const index = entries[at]!;
    size += RECORD_OVERHEAD + keyLength(batch, index) + (at < count ? valueLength(batch, index) : 0);
  }
  const out = Buffer.allocUnsafe(size);
  let at = HEADER_BYTES;
  for (let entry = from; entry < to; entry++) {
    const index = entries[entry]!;
    const keyBytes = keyLength(batch, index);
    const valueBytes = entry < count ? valueLength(batch, index) + PREFIX_BYTES : -1;
    const sentKey = keyBytes > 0 ? keyBytes + PREFIX_BYTES : needsKey ? 0 : -1;
    at = writeHead(out, at, { delta: entry - from, keyLength: sentKey, valueLength: valueBytes });
    if (keyBytes > 0) {
      at = writePrefix(out, at, batch.keySchemaId!);
      const end = batch.keyEnds[index]!;
      at = copyInto(out, at, batch.keys.subarray(end - keyBytes, end));
    }
    at = writeVarint(out, at, valueBytes);
    if (valueBytes >= 0) {
      at = writePrefix(out, at, batch.valueSchemaId);
      const end = batch.valueEnds[index]!;
      at = copyInto(out, at, batch.values.subarray(end - valueBytes + PREFIX_BYTES, end));
    }
    out[at++] = 0; // no headers
  }
  return out.subarray(0, at);
}

/** A record's length, attributes, deltas and the length of its key; `valueLength` counts towards the first. */
function writeHead(
  out: Buffer,
  at: number,
  record: { readonly delta: number; readonly keyLength: number; readonly valueLength: number },
): number {
  const { delta, keyLength: keyBytes, valueLength: valueBytes } = record;
  const length =
    3 +
    varintSize(delta) +
    varintSize(keyBytes) +
    Math.max(keyBytes, 0) +
    varintSize(valueBytes) +
    Math.max(valueBytes, 0);
  at = writeVarint(out, at, length);
  out[at++] = 0;
  out[at++] = 0; // all records have the batch's time
  at = writeVarint(out, at, delta);
  return writeVarint(out, at, keyBytes);
}

function writePrefix(out: Buffer, at: number, schemaId: number): number {
  out[at] = 0;
  return out.writeInt32BE(schemaId, at + 1);
}

/** Below this, a loop is faster than the call into the engine's copy. */
const SMALL_COPY = 24;

function copyInto(out: Buffer, at: number, from: Uint8Array): number {
  if (from.length <= SMALL_COPY) {
    for (let index = 0; index < from.length; index++) out[at + index] = from[index]!;
  } else {
    out.set(from, at);
  }
  return at + from.length;
}

/** Zig-zag, seven bits per byte, lowest first. `value` is -1 or a length below 2^30. */
function writeVarint(out: Buffer, at: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  while (rest > 0x7f) {
    out[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[at++] = rest;
  return at;
}

function varintSize(value: number): number {
  const rest = ((value << 1) ^ (value >> 31)) >>> 0;
  if (rest < 0x80) return 1;
  if (rest < 0x4000) return 2;
  if (rest < 0x200000) return 3;
  return rest < 0x10000000 ? 4 : 5;
}

export function keyLength({ keyEnds }: RecordBatch, index: number): number {
  return keyEnds[index]! - (index === 0 ? 0 : keyEnds[index - 1]!);
}

export function valueLength({ valueEnds }: RecordBatch, index: number): number {
  return valueEnds[index]! - (index === 0 ? 0 : valueEnds[index - 1]!);
}
