/**
 * ClickHouse's own compression, by which its Java and Go clients ask for answers (`compress=1`) and may send queries
 * (`decompress=1`): blocks of a checksum, a method, both sizes and the compressed bytes.
 * https://github.com/ClickHouse/ClickHouse/blob/master/src/Compression/CompressedReadBufferBase.cpp
 */
import { cityHash128 } from './city-hash.ts';
import { ClickHouseError } from './clickhouse-error.ts';
import { compressLz4, decompressLz4 } from './lz4-block.ts';

export type NativeMethod = 'LZ4' | 'ZSTD' | 'NONE';

const CODES: Readonly<Record<NativeMethod, number>> = { NONE: 0x02, LZ4: 0x82, ZSTD: 0x90 };
const CHECKSUM_BYTES = 16;
/** Method and both sizes. */
const HEADER_BYTES = 9;
/** Of a block before compression, as ClickHouse's own (max_compress_block_size). */
const BLOCK_BYTES = 1 << 20;
/** Of a frame of zstd. */
const ZSTD_PIECE_BYTES = 1 << 17;
/** Magic number; one segment whose size is told in four bytes. */
const ZSTD_START = Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0xa0);

/**
 * A frame of zstd that holds the bytes as they are: Node 20 has no compressor for it, and a client that asks for ZSTD
 * wants to read zstd. https://www.rfc-editor.org/rfc/rfc8878
 */
function wrapZstd(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  const pieces: Buffer[] = [ZSTD_START, size];
  for (let at = 0; at < bytes.length; at += ZSTD_PIECE_BYTES) {
    const piece = bytes.subarray(at, at + ZSTD_PIECE_BYTES);
    const isLast = at + ZSTD_PIECE_BYTES >= bytes.length;
    const header = (piece.length << 3) | (isLast ? 1 : 0);
    pieces.push(Buffer.of(header & 0xff, (header >> 8) & 0xff, header >> 16), piece);
  }
  return Buffer.concat(pieces);
}

const COMPRESS: Readonly<Record<NativeMethod, (bytes: Buffer) => Buffer>> = {
  LZ4: compressLz4,
  ZSTD: wrapZstd,
  NONE: (bytes) => bytes,
};

function frameOf(bytes: Buffer, method: NativeMethod): Buffer {
  const compressed = COMPRESS[method](bytes);
  const frame = Buffer.allocUnsafe(CHECKSUM_BYTES + HEADER_BYTES + compressed.length);
  frame[CHECKSUM_BYTES] = CODES[method];
  frame.writeUInt32LE(HEADER_BYTES + compressed.length, CHECKSUM_BYTES + 1);
  frame.writeUInt32LE(bytes.length, CHECKSUM_BYTES + 5);
  compressed.copy(frame, CHECKSUM_BYTES + HEADER_BYTES);
  cityHash128(frame.subarray(CHECKSUM_BYTES)).copy(frame);
  return frame;
}

/** The bytes as blocks; nothing becomes nothing. */
export function compressNative(bytes: Uint8Array, method: NativeMethod): Buffer {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const frames: Buffer[] = [];
  for (let at = 0; at < whole.length; at += BLOCK_BYTES) {
    frames.push(frameOf(whole.subarray(at, at + BLOCK_BYTES), method));
  }
  return Buffer.concat(frames);
}

const refuse = (why: string): never => {
  throw new ClickHouseError('CANNOT_DECOMPRESS', `The body is not in ClickHouse's compressed blocks: ${why}`);
};

/** What blocks of LZ4 or of nothing hold, at most `largest` bytes. Throws CANNOT_DECOMPRESS. */
export function decompressNative(body: Buffer, largest: number): Buffer {
  const pieces: Buffer[] = [];
  let total = 0;
  for (let at = 0; at < body.length;) {
    const header = at + CHECKSUM_BYTES;
    if (header + HEADER_BYTES > body.length) return refuse('one ends too early');
    const sizes = [body.readUInt32LE(header + 1), body.readUInt32LE(header + 5)] as const;
    const end = header + sizes[0];
    if (sizes[0] < HEADER_BYTES || end > body.length) return refuse('one ends too early');
    total += sizes[1];
    if (total > largest) return refuse(`they hold more than ${largest} bytes`);
    if (!cityHash128(body.subarray(header, end)).equals(body.subarray(at, header)))
      return refuse('a checksum is wrong');
    const packed = body.subarray(header + HEADER_BYTES, end);
    const isLz4 = body[header] === CODES.LZ4;
    if (!isLz4 && body[header] !== CODES.NONE) return refuse('the method must be LZ4 or NONE');
    const piece = isLz4 ? decompressLz4(packed, sizes[1]) : packed;
    if (piece.length !== sizes[1]) return refuse('one is not as long as it says');
    pieces.push(piece);
    at = end;
  }
  return Buffer.concat(pieces);
}
