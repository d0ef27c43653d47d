/** Header of WRITE/UPDATE/DELETE_ROWS events, plain and compressed (MariaDB log_bin_compress). */
import { inflateSync } from 'node:zlib';
import { DolistreamError } from '../../../core/errors.ts';
import type { RowsEvent } from './row-decoder.ts';

interface RowsEventKind {
  readonly operation: 'c' | 'u' | 'd';
  /** Version 2 has extra data between the flags and the columns. */
  readonly v2: boolean;
  readonly compressed: boolean;
}

export const ROWS_EVENTS: ReadonlyMap<number, RowsEventKind> = new Map([
  [23, { operation: 'c', v2: false, compressed: false }],
  [24, { operation: 'u', v2: false, compressed: false }],
  [25, { operation: 'd', v2: false, compressed: false }],
  [30, { operation: 'c', v2: true, compressed: false }],
  [31, { operation: 'u', v2: true, compressed: false }],
  [32, { operation: 'd', v2: true, compressed: false }],
  [166, { operation: 'c', v2: false, compressed: true }],
  [167, { operation: 'u', v2: false, compressed: true }],
  [168, { operation: 'd', v2: false, compressed: true }],
  [169, { operation: 'c', v2: true, compressed: true }],
  [170, { operation: 'u', v2: true, compressed: true }],
  [171, { operation: 'd', v2: true, compressed: true }],
] as const);

export interface RowsHeader extends RowsEvent {
  readonly tableId: number;
  readonly columnCount: number;
}

/** Parses the event body in bytes[at, end). @throws SOURCE_NOT_READY when a row image is not FULL. */
export function readRowsEvent(
  bytes: Buffer,
  range: { at: number; end: number },
  kind: RowsEventKind,
): RowsHeader {
  let { at } = range;
  const tableId = bytes.readUIntLE(at, 6);
  at += 8;
  if (kind.v2) at += bytes.readUInt16LE(at);
  let columnCount = bytes[at++]!;
  if (columnCount === 252) {
    columnCount = bytes.readUInt16LE(at);
    at += 2;
  }
  const bitmaps = kind.operation === 'u' ? 2 : 1;
  for (let n = 0; n < bitmaps; n++) at = checkAllPresent(bytes, at, columnCount);
  const header = { operation: kind.operation, tableId, columnCount };
  if (!kind.compressed) return { ...header, bytes, at, end: range.end };
  const inflated = inflate(bytes.subarray(at, range.end));
  return { ...header, bytes: inflated, at: 0, end: inflated.length };
}

function checkAllPresent(bytes: Buffer, at: number, columnCount: number): number {
  for (let i = 0; i < columnCount; i++) {
    if ((bytes[at + (i >> 3)]! & (1 << (i & 7))) === 0) {
      throw new DolistreamError(
        'SOURCE_NOT_READY',
        'A row in the binlog lacks columns: it was written while binlog_row_image was not FULL',
        { fix: 'SET GLOBAL binlog_row_image=FULL; then copy anew with: dolistream backfill --restart' },
      );
    }
  }
  return at + Math.ceil(columnCount / 8);
}

/** MariaDB's envelope: one byte (0x80 | algorithm << 4 | length bytes), the length big-endian, then zlib data. */
function inflate(envelope: Buffer): Buffer {
  const lengthBytes = envelope[0]! & 0x07;
  return inflateSync(envelope.subarray(1 + lengthBytes));
}
