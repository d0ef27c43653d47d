/**
 * Small records of the store (heads, topics, states, schemas) are JSON behind a checksum. LMDB itself has none, and a
 * flipped bit in a position or an offset must stop the process instead of moving it.
 */
import { crc32 } from 'node:zlib';
import { DolistreamError } from '../../core/errors.ts';

const CHECKSUM_BYTES = 4;

export function sealRecord(value: unknown): Buffer {
  const text = JSON.stringify(value);
  const sealed = Buffer.allocUnsafe(CHECKSUM_BYTES + Buffer.byteLength(text));
  sealed.write(text, CHECKSUM_BYTES);
  sealed.writeUInt32LE(crc32(sealed.subarray(CHECKSUM_BYTES)), 0);
  return sealed;
}

/** `what` names the record in the error, e.g. `entry 42`. */
export function unsealRecord<T>(sealed: Uint8Array, what: string): T {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length);
  const text = bytes.subarray(CHECKSUM_BYTES);
  if (bytes.length <= CHECKSUM_BYTES || bytes.readUInt32LE(0) !== crc32(text)) throw damaged(what);
  return JSON.parse(text.toString()) as T;
}

export function damaged(what: string, cause?: unknown): DolistreamError {
  return new DolistreamError(
    'LOG_CORRUPT',
    `The change log is damaged: ${what} does not match its checksum`,
    {
      fix: CORRUPT_LOG_FIX,
      cause,
    },
  );
}

export const CORRUPT_LOG_FIX =
  'Check the disk, then restore the data folder from a backup, or move its log folder away and start again: ' +
  'the tables are then copied anew from the source.';
