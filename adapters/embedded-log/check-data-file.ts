/**
 * Looks at an LMDB file before LMDB does. LMDB maps its file and follows the pointers in it unchecked: on a damaged
 * file it ends the process with a memory fault, and nobody learns why. So every page that leads to others is looked
 * at first; what the records themselves hold is guarded by their checksums.
 *
 * Layout of data format 2, which the `lmdb` package writes (little-endian). Page: number (8 bytes), transaction (8),
 * padding (2), flags (2), lower (2), upper (2); from byte 24 on, offsets of the nodes (2 each), which count from
 * byte 24. Node: data size or child page (4), flags (2), key size (2), key, data. Database record (48): padding (4),
 * flags (2), depth (2), four counters (8 each), root page (8). Pages 0 and 1 hold the two newest states of the file.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { DolistreamError } from '../../core/errors.ts';
import { CORRUPT_LOG_FIX } from './sealed-record.ts';

const HEADER_BYTES = 24;
const NODE_BYTES = 8;
const RECORD_BYTES = 48;
const META_BYTES = 160;
const MAGIC = 0xbeefc0de;
const VERSION = 2;
const PAGE = { branch: 0x01, leaf: 0x02, meta: 0x08 } as const;
const NODE = { overflow: 0x01, database: 0x02 } as const;
const NO_PAGE = 0xffffffffffffffffn;
const DEEPEST = 32;
/**
 * Leaves looked at, 400 MB of them. A log of full batches has far fewer; in one of very many small batches the
 * leaves beyond are left to the checksums.
 */
const LEAVES_CHECKED = 100_000;

/**
 * Throws LOG_CORRUPT when `path` is not an intact LMDB file, LOG_FORMAT_UNKNOWN when another version wrote it, and
 * DATA_DIR_UNUSABLE when it cannot be read. A missing or empty file is a new one.
 */
export function checkDataFile(path: string): void {
  const file = openExisting(path);
  if (file === null) return;
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw unusable(path, 'it is not a file');
    const { size } = stats;
    if (size > 0 && endianness() === 'LE') new PageWalk(path, file, size).check();
  } finally {
    closeSync(file);
  }
}

function openExisting(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unusable(path, (error as Error).message, error);
  }
}

function unusable(path: string, reason: string, cause?: unknown): DolistreamError {
  return new DolistreamError('DATA_DIR_UNUSABLE', `Cannot open ${path}: ${reason}`, {
    fix: `Make ${path} readable and writable for this user.`,
    cause,
  });
}

interface DatabaseRecord {
  readonly depth: number;
  readonly root: bigint;
}

interface Meta {
  readonly pageSize: number;
  readonly transaction: bigint;
  readonly lastPage: bigint;
  readonly freeList: DatabaseRecord;
  readonly main: DatabaseRecord;
}

class PageWalk {
  readonly #path: string;
  readonly #file: number;
  readonly #size: number;
  #pageSize = 0;
  #pageCount = 0;
  #pagesSeen = 0;
  #leavesLeft = LEAVES_CHECKED;

  constructor(path: string, file: number, size: number) {
    this.#path = path;
    this.#file = file;
    this.#size = size;
  }

  check(): void {
    const first = this.#readMeta(0);
    const second = this.#readMeta(first.pageSize);
    const newest = second.transaction > first.transaction ? second : first;
    this.#pageSize = newest.pageSize;
    this.#pageCount = Math.min(Number(newest.lastPage) + 1, Math.floor(this.#size / newest.pageSize));
    this.#checkTree(newest.freeList, 'the free list');
    this.#checkTree(newest.main, 'the table of tables');
  }

  #readMeta(at: number): Meta {
    const page = this.#read(at, META_BYTES);
    const isMeta = (page.readUInt16LE(18) & PAGE.meta) !== 0;
    if (!isMeta || page.readUInt32LE(HEADER_BYTES) !== MAGIC) throw this.#damaged('it is not an LMDB file');
    const version = page.readUInt32LE(HEADER_BYTES + 4) & 0xffff;
    if (version !== VERSION) {
      throw new DolistreamError(
        'LOG_FORMAT_UNKNOWN',
        `${this.#path} has LMDB format ${version}, not ${VERSION}`,
        {
          fix: 'Use the version of dolistream that wrote it, or another data folder.',
        },
      );
    }
    const pageSize = page.readUInt32LE(48);
    const isPowerOfTwo = (pageSize & (pageSize - 1)) === 0;
    if (!isPowerOfTwo || pageSize < 256 || pageSize > 65_536) throw this.#damaged(`page size ${pageSize}`);
    return {
      pageSize,
      freeList: readRecord(page, 48),
      main: readRecord(page, 48 + RECORD_BYTES),
      lastPage: page.readBigUInt64LE(144),
      transaction: page.readBigUInt64LE(152),
    };
  }

  #checkTree(record: DatabaseRecord, what: string): void {
    if (record.root === NO_PAGE) return;
    if (record.depth > DEEPEST) throw this.#damaged(`${what} is ${record.depth} pages deep`);
    this.#checkPage(record.root, record.depth, what);
  }

  /** `levels`: pages from this one down to a leaf, itself included. */
  #checkPage(number: bigint, levels: number, what: string): void {
    const isLeaf = levels === 1;
    if (isLeaf && this.#leavesLeft-- <= 0) return;
    this.#pagesSeen += 1;
    if (number < 2n || number >= this.#pageCount || this.#pagesSeen > this.#pageCount) {
      throw this.#damaged(`${what} leads to page ${number}, and there are ${this.#pageCount}`);
    }
    const page = this.#read(Number(number) * this.#pageSize, this.#pageSize);
    const lower = page.readUInt16LE(20);
    const flags = page.readUInt16LE(18);
    const isRightKind = (flags & (PAGE.branch | PAGE.leaf)) === (isLeaf ? PAGE.leaf : PAGE.branch);
    const isSane = lower % 2 === 0 && lower > 0 && lower <= page.readUInt16LE(22);
    if (page.readBigUInt64LE(0) !== number || !isRightKind || !isSane) {
      throw this.#damaged(`page ${number} of ${what} is not what it should be`);
    }
    for (let index = 0; index < lower / 2; index++) {
      const node = HEADER_BYTES + page.readUInt16LE(HEADER_BYTES + 2 * index);
      const where = `node ${index} of page ${number} of ${what}`;
      if (node + NODE_BYTES + (page[node + 6] ?? 0) + 256 * (page[node + 7] ?? 0) > page.length) {
        throw this.#damaged(`${where} passes its end`);
      }
      if (isLeaf) this.#checkLeafNode(page, node, where);
      else this.#checkPage(childOf(page, node), levels - 1, what);
    }
  }

  #checkLeafNode(page: Buffer, node: number, where: string): void {
    const size = page.readUInt32LE(node);
    const flags = page.readUInt16LE(node + 4);
    const data = node + NODE_BYTES + page.readUInt16LE(node + 6);
    const inPage = flags & NODE.overflow ? 8 : size;
    if (flags > 3 || data + inPage > page.length) throw this.#damaged(`${where} passes its end`);
    if (flags & NODE.overflow) {
      const first = page.readBigUInt64LE(data);
      const pages = Math.ceil((HEADER_BYTES + size) / this.#pageSize);
      if (first < 2n || first + BigInt(pages) > this.#pageCount) throw this.#damaged(`${where} leads astray`);
    }
    if (flags & NODE.database) {
      if (size !== RECORD_BYTES) throw this.#damaged(`${where} is not a table`);
      this.#checkTree(readRecord(page, data), 'a table');
    }
  }

  #read(at: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length);
    if (readSync(this.#file, buffer, 0, length, at) === length) return buffer;
    throw this.#damaged(`it ends at byte ${this.#size}, before it should`);
  }

  #damaged(reason: string): DolistreamError {
    return new DolistreamError('LOG_CORRUPT', `The change log ${this.#path} is damaged: ${reason}`, {
      fix: CORRUPT_LOG_FIX,
    });
  }
}

function readRecord(page: Buffer, at: number): DatabaseRecord {
  return { depth: page.readUInt16LE(at + 6), root: page.readBigUInt64LE(at + 40) };
}

/** A branch node keeps the page number in its size and flags: 48 bits. */
const childOf = (page: Buffer, node: number): bigint =>
  BigInt(page.readUInt32LE(node)) | (BigInt(page.readUInt16LE(node + 4)) << 32n);
