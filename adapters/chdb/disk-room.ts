/**
 * Room on the disk that the embedded engine needs before it is told to write. On a full disk this engine does not fail
 * cleanly: an ALTER or CREATE OR REPLACE leaves the file with the table's definition empty or cut off, and the folder
 * cannot be opened again (measured on ext4: ten of twelve tables within one minute of ALTERs).
 */
import { statfsSync } from 'node:fs';
import { DolistreamError } from '../../core/errors.ts';

const MIB = 1024 * 1024;
/** Far more than what is written between the look and the statement's end. */
const LEAST_ROOM_BYTES = 64 * MIB;

/** Throws WAREHOUSE_FAILED, retryable, while the disk under `dir` has too little room. */
export function requireRoom(dir: string): void {
  const { bavail, bsize } = statfsSync(dir);
  const free = bavail * bsize;
  if (free >= LEAST_ROOM_BYTES) return;
  const has = `${Math.floor(free / MIB)} MiB`;
  throw new DolistreamError(
    'WAREHOUSE_FAILED',
    `The disk of ${dir} has ${has} left; the warehouse does not write with less than ${LEAST_ROOM_BYTES / MIB} MiB`,
    {
      retryable: true,
      fix: 'Free space on that disk, or keep less with dolistream cleanup; loading then goes on.',
    },
  );
}
