/**
 * Looks at an LMDB file before LMDB does, because LMDB maps it and follows its pointers unchecked.
 * Layout of the data format 2 that the `lmdb` package writes: two meta pages, each a 24-byte page header, then magic,
 * version, address, map size, two database records of 48 bytes (free list, main), last page, transaction id.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { DolistreamError } from '../../core/errors.ts';
import { CORRUPT_LOG_FIX } from './sealed-record.ts';

const HEADER_BYTES = 24;
const META_BYTES = 160;
const MAGIC = 0xbeefc0de;
const VERSION = 2;
const META_FLAG = 0x08;

/** Throws LOG_CORRUPT when `path` is not an intact LMDB file; a missing or empty file is a new one. */
export function checkDataFile(path: string): void {
  const file = openExisting(path);
  if (file === null) return;
  try {
    const size = fstatSync(file).size;
    if (size > 0) checkMetaPages(file, size, path);
  } finally {
    closeSync(file);
  }
}

function openExisting(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new DolistreamError('DATA_DIR_UNUSABLE', `Cannot open ${path}: ${(error as Error).message}`, {
      fix: `Make ${path} readable and writable for this user.`,
      cause: error,
    });
  }
}

function checkMetaPages(file: number, size: number, path: string): void {
  const first = readMeta(file, 0, path);
  const second = readMeta(file, first.pageSize, path);
  const newest = second.transaction > first.transaction ? second : first;
  const needed = (newest.lastPage + 1) * newest.pageSize;
  if (needed > size) throw corrupt(path, `it should be ${needed} bytes long and has ${size}`);
}

function readMeta(file: number, at: number, path: string) {
  const page = Buffer.alloc(META_BYTES);
  const length = readSync(file, page, 0, META_BYTES, at);
  const isMeta = length === META_BYTES && (page.readUInt16LE(18) & META_FLAG) !== 0;
  if (!isMeta || page.readUInt32LE(HEADER_BYTES) !== MAGIC) throw corrupt(path, 'it is not an LMDB file');
  const version = page.readUInt32LE(HEADER_BYTES + 4) & 0xffff;
  if (version !== VERSION) {
    throw new DolistreamError('LOG_FORMAT_UNKNOWN', `${path} has LMDB format ${version}, not ${VERSION}`, {
      fix: 'Use the version of dolistream that wrote it, or another data folder.',
    });
  }
  return {
    pageSize: page.readUInt32LE(HEADER_BYTES + 24),
    lastPage: Number(page.readBigUInt64LE(HEADER_BYTES + 120)),
    transaction: Number(page.readBigUInt64LE(HEADER_BYTES + 128)),
  };
}

function corrupt(path: string, reason: string): DolistreamError {
  return new DolistreamError('LOG_CORRUPT', `The change log ${path} is damaged: ${reason}`, {
    fix: CORRUPT_LOG_FIX,
  });
}
