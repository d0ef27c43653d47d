/**
 * LZ4 frames, in which ClickHouse's Java and Python clients send what they compress (Content-Encoding: lz4).
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
import { ClickHouseError } from './clickhouse-error.ts';
import { decompressLz4 } from './lz4-block.ts';

const MAGIC = 0x184d2204;
const [IS_INDEPENDENT, HAS_BLOCK_CHECKSUM, HAS_SIZE, HAS_DICTIONARY] = [0x20, 0x10, 0x08, 0x01] as const;
const VERSION_BITS = 0xc0;
const VERSION = 0x40;
const IS_PLAIN = 0x8000_0000;

const refuse = (): never => {
  throw new ClickHouseError('CANNOT_DECOMPRESS', 'The body is not an LZ4 frame of independent blocks');
};

/** Largest block by its code in the frame: 64 KiB to 4 MiB. */
const blockBytes = (code: number): number => (code >= 4 && code <= 7 ? 1 << (8 + 2 * code) : refuse());

/** Checksums are not looked at: what is wrong is no SQL. Throws CANNOT_DECOMPRESS. */
export function decompressLz4Frame(frame: Buffer, largest: number): Buffer {
  if (frame.length < 7 || frame.readUInt32LE(0) !== MAGIC) return refuse();
  const [flags, block] = [frame[4]!, frame[5]!];
  const isKnown = (flags & VERSION_BITS) === VERSION && (flags & HAS_DICTIONARY) === 0;
  if (!isKnown) return refuse();
  const blockSize = blockBytes((block >> 4) & 7);
  const checksum = flags & HAS_BLOCK_CHECKSUM ? 4 : 0;
  const pieces: Buffer[] = [];
  let total = 0;
  for (let at = 7 + (flags & HAS_SIZE ? 8 : 0); ;) {
    if (at + 4 > frame.length) return refuse();
    const size = frame.readUInt32LE(at);
    if (size === 0) return Buffer.concat(pieces);
    // A block that leans on the one before can only be read after it: one block needs none.
    if (pieces.length > 0 && (flags & IS_INDEPENDENT) === 0) return refuse();
    const from = at + 4;
    at = from + (size & 0x7fff_ffff) + checksum;
    if (at > frame.length) return refuse();
    const bytes = frame.subarray(from, at - checksum);
    const piece = size >= IS_PLAIN ? bytes : decompressLz4(bytes, blockSize);
    total += piece.length;
    if (total > largest) return refuse();
    pieces.push(piece);
  }
}
