/**
 * When the broker appended which records, out of the headers of a partition's record batches. Nobody's clock but the
 * broker's is in them when the topic's times are those of the append, so all writers are measured alike.
 * Format: https://kafka.apache.org/39/documentation.html#recordbatch
 */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DolistreamError } from '../../core/errors.ts';

/** Up to and including the number of records. */
const HEADER_BYTES = 61;
const LENGTH_AT = 8;
const BYTES_BEFORE_LENGTH_ENDS = 12;
const ATTRIBUTES_AT = 21;
const LARGEST_TIME_AT = 35;
const COUNT_AT = 57;
const LOG_APPEND_TIME = 0x08;
const CONTROL = 0x20;
/** Small batches come in thousands: their headers are read many at a time. */
const WINDOW_BYTES = 1 << 20;

interface AppendedBatch {
  readonly baseOffset: number;
  readonly records: number;
  /** ms since epoch. */
  readonly appendedMs: number;
}

export interface AppendRate {
  /** All of them. */
  readonly records: number;
  readonly recordsPerSecond: number;
}

/**
 * Records a second from the first append to the last at or after offset `from` of a partition, whose segments are in
 * `folder`. What the first append brought is not counted, since nobody knows when its making began.
 */
export async function measureAppends(folder: string, from = 0): Promise<AppendRate> {
  const batches = (await readBatches(folder)).filter(({ baseOffset }) => baseOffset >= from);
  const firstMs = batches[0]?.appendedMs ?? 0;
  const later = batches.filter(({ appendedMs }) => appendedMs > firstMs);
  const seconds = ((later.at(-1)?.appendedMs ?? firstMs) - firstMs) / 1000;
  if (!(seconds > 0)) {
    throw new DolistreamError('INTERNAL', `The records in ${folder} came in one append: nothing to measure`, {
      fix: 'Measure with more --rows.',
    });
  }
  return { records: countRecords(batches), recordsPerSecond: Math.round(countRecords(later) / seconds) };
}

const countRecords = (batches: readonly AppendedBatch[]): number =>
  batches.reduce((sum, { records }) => sum + records, 0);

async function readBatches(folder: string): Promise<AppendedBatch[]> {
  const segments = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
  const batches: AppendedBatch[] = [];
  for (const segment of segments) await readSegment(join(folder, segment), batches);
  return batches;
}

async function readSegment(path: string, batches: AppendedBatch[]): Promise<void> {
  const file = await open(path);
  try {
    const window = Buffer.alloc(WINDOW_BYTES);
    for (let at = 0; ;) {
      const { bytesRead } = await file.read(window, 0, WINDOW_BYTES, at);
      if (bytesRead < HEADER_BYTES) return;
      let next = 0;
      while (next + HEADER_BYTES <= bytesRead) {
        const size = window.readInt32BE(next + LENGTH_AT);
        // A segment may be as long as it will ever be, with zeros at its end.
        if (size <= 0) return;
        const attributes = window.readInt16BE(next + ATTRIBUTES_AT);
        if ((attributes & CONTROL) === 0) batches.push(readHeader(window, next, attributes, path));
        next += BYTES_BEFORE_LENGTH_ENDS + size;
      }
      at += next;
    }
  } finally {
    await file.close();
  }
}

function readHeader(bytes: Buffer, at: number, attributes: number, path: string): AppendedBatch {
  if ((attributes & LOG_APPEND_TIME) === 0) {
    throw new DolistreamError('INTERNAL', `The times in ${path} are not the broker's`, {
      fix: 'Run the broker with log.message.timestamp.type=LogAppendTime.',
    });
  }
  return {
    baseOffset: Number(bytes.readBigInt64BE(at)),
    records: bytes.readInt32BE(at + COUNT_AT),
    appendedMs: Number(bytes.readBigInt64BE(at + LARGEST_TIME_AT)),
  };
}
