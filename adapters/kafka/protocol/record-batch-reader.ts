/**
 * Walks the record batches of a fetch answer in place. A batch that the broker cut at the end of the answer is left
 * out: the next fetch brings it whole.
 */
import { gunzipSync } from 'node:zlib';
import { DolistreamError } from '../../../core/errors.ts';
import { crc32c } from './crc32c.ts';
import { HEADER_BYTES } from './record-batch-writer.ts';

export interface RawBatch {
  readonly baseOffset: number;
  /** Offset after the last one that the batch ever held; compaction may have removed records. */
  readonly endOffset: number;
  readonly producerId: bigint;
  readonly isTransactional: boolean;
  /** Written by the broker: the end of a transaction. */
  readonly isControl: boolean;
  readonly recordCount: number;
  /** Decompressed records. */
  readonly records: Buffer;
}

/** Where the fields of one record lie in `RawBatch.records`. Lengths are -1 for null. */
export interface RecordPlace {
  offset: number;
  keyAt: number;
  keyLength: number;
  valueAt: number;
  valueLength: number;
}

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const CONTROL = 0x20;
const TRANSACTIONAL = 0x10;
const CODEC_MASK = 0x07;

/** The complete batches of `bytes`, which were fetched from `topic`. Throws LOG_CORRUPT for what cannot be read. */
export function* readRecordBatches(bytes: Buffer, topic: string): Generator<RawBatch> {
  let at = 0;
  while (bytes.length - at >= HEADER_BYTES) {
    const size = bytes.readInt32BE(at + 8) + 12;
    if (size < HEADER_BYTES) throw damaged(topic, 'a record batch has an impossible length');
    if (bytes.length - at < size) return;
    yield readBatch(bytes.subarray(at, at + size), topic);
    at += size;
  }
}

function readBatch(bytes: Buffer, topic: string): RawBatch {
  const baseOffset = Number(bytes.readBigInt64BE(0));
  const magic = bytes.readInt8(16);
  if (magic !== 2) throw damaged(topic, `offset ${baseOffset} has message format ${magic}, not 2`);
  if (crc32c(bytes, 21) !== bytes.readUInt32BE(17)) {
    throw damaged(topic, `the checksum of the record batch at offset ${baseOffset} does not fit`);
  }
  const attributes = bytes.readInt16BE(21);
  return {
    baseOffset,
    endOffset: baseOffset + bytes.readInt32BE(23) + 1,
    producerId: bytes.readBigInt64BE(43),
    isTransactional: (attributes & TRANSACTIONAL) !== 0,
    isControl: (attributes & CONTROL) !== 0,
    recordCount: bytes.readInt32BE(57),
    records: decompress(bytes.subarray(HEADER_BYTES), attributes & CODEC_MASK, topic),
  };
}

function decompress(records: Buffer, codec: number, topic: string): Buffer {
  if (codec === 0) return records;
  if (codec === 1) return gunzipSync(records);
  throw new DolistreamError(
    'LOG_FORMAT_UNKNOWN',
    `Topic ${topic} holds records compressed with ${CODECS[codec] ?? `codec ${codec}`}, which cannot be read here`,
    { fix: `Set compression.type of topic ${topic} to producer or gzip, and write it again.` },
  );
}

/** Calls `visit` for each record; it must not keep the place, which is used again. */
export function visitRecords(batch: RawBatch, topic: string, visit: (place: RecordPlace) => void): void {
  const reader = new VarintReader(batch.records, topic);
  const place: RecordPlace = { offset: 0, keyAt: 0, keyLength: 0, valueAt: 0, valueLength: 0 };
  for (let index = 0; index < batch.recordCount; index++) {
    const length = reader.next();
    const end = reader.at + length;
    reader.at += 1; // attributes
    reader.skip(); // time
    place.offset = batch.baseOffset + reader.next();
    place.keyLength = reader.next();
    place.keyAt = reader.at;
    reader.at += Math.max(place.keyLength, 0);
    place.valueLength = reader.next();
    place.valueAt = reader.at;
    if (place.valueAt + Math.max(place.valueLength, 0) > end || end > batch.records.length) {
      throw damaged(topic, `a record of the batch at offset ${batch.baseOffset} is longer than its batch`);
    }
    visit(place);
    reader.at = end;
  }
}

class VarintReader {
  readonly #bytes: Buffer;
  readonly #topic: string;
  at = 0;

  constructor(bytes: Buffer, topic: string) {
    this.#bytes = bytes;
    this.#topic = topic;
  }

  /** A zig-zag number of at most 32 bits. */
  next(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    throw damaged(this.#topic, 'a number in a record is cut or too long');
  }

  skip(): void {
    while (this.#bytes[this.at++]! > 0x7f);
  }
}

const damaged = (topic: string, what: string): DolistreamError =>
  new DolistreamError('LOG_CORRUPT', `Topic ${topic} cannot be read: ${what}`, {
    fix: 'Check who else writes to the topic, and the disks of the brokers.',
  });
