/** Decides which records of a packed batch go to which partition, in what order, and which keys get a tombstone. */
import { DolistreamError } from '../../core/errors.ts';
import type { RecordBatch } from '../../core/ports/change-log.ts';
import { partitionOfKey } from './protocol/murmur2.ts';
import {
  keyLength,
  type PartitionRecords,
  PREFIX_BYTES,
  valueLength,
} from './protocol/record-batch-writer.ts';

export interface BatchPlan {
  readonly batch: RecordBatch;
  /** By partition; partitions without records are left out. */
  readonly partitions: readonly (PartitionRecords & { readonly partition: number })[];
  /** For each record its partition; null when all go to one. */
  readonly lanes: Uint8Array | null;
}

export interface TopicShape {
  readonly partitions: number;
  readonly needsKey: boolean;
}

/** A lane is a byte. */
export const MAX_PARTITIONS = 256;

/** Throws INTERNAL for a batch whose columns do not fit together, or whose numbers are none that a reader would take. */
export function checkShape(batch: RecordBatch): void {
  const { count, values, valueEnds, keys, keyEnds, valueSchemaId, timestampMs } = batch;
  const refused = (reason: string): DolistreamError =>
    new DolistreamError('INTERNAL', `A malformed batch for ${batch.topic} was not appended: ${reason}`);
  if (!(count > 0) || valueEnds.length !== count || keyEnds.length !== count) {
    throw refused(`${count} records, ${valueEnds.length} value ends and ${keyEnds.length} key ends`);
  }
  if (valueEnds[count - 1] !== values.length) {
    throw refused(`values end at ${valueEnds[count - 1]}, but they are ${values.length} bytes`);
  }
  if (keyEnds[count - 1] !== keys.length || (batch.keySchemaId === null && keys.length > 0)) {
    throw refused(`keys end at ${keyEnds[count - 1]}, but they are ${keys.length} bytes`);
  }
  if (!Number.isSafeInteger(timestampMs) || !Number.isSafeInteger(valueSchemaId)) {
    throw refused(`its time is ${timestampMs} and its schema is number ${valueSchemaId}`);
  }
}

export function planBatch(batch: RecordBatch, shape: TopicShape): BatchPlan {
  const lanes = shape.partitions > 1 ? assignLanes(batch, shape.partitions) : null;
  const tombstones = findTombstones(batch);
  const used = lanes === null ? [0] : [...new Set(lanes)].sort((a, b) => a - b);
  const partitions = used.map((partition) => {
    const isMine = (index: number): boolean => lanes === null || lanes[index] === partition;
    const records = recordIndexes(batch.count, isMine);
    const deleted = tombstones.filter(isMine);
    const entries = new Uint32Array(records.length + deleted.length);
    entries.set(records);
    entries.set(deleted, records.length);
    return { partition, batch, entries, count: records.length, needsKey: shape.needsKey };
  });
  return { batch, partitions, lanes: used.length > 1 ? lanes : null };
}

function recordIndexes(count: number, isMine: (index: number) => boolean): Uint32Array {
  const indexes = new Uint32Array(count);
  let length = 0;
  for (let index = 0; index < count; index++) if (isMine(index)) indexes[length++] = index;
  return indexes.subarray(0, length);
}

function assignLanes(batch: RecordBatch, partitions: number): Uint8Array {
  const lanes = new Uint8Array(batch.count);
  if (batch.keySchemaId === null) return lanes;
  let key = Buffer.alloc(64);
  for (let index = 0; index < batch.count; index++) {
    const length = keyLength(batch, index);
    if (length === 0) continue;
    if (key.length < length + PREFIX_BYTES) key = Buffer.alloc(2 * (length + PREFIX_BYTES));
    key.writeInt32BE(batch.keySchemaId, 1);
    const end = batch.keyEnds[index]!;
    key.set(batch.keys.subarray(end - length, end), PREFIX_BYTES);
    lanes[index] = partitionOfKey(key.subarray(0, PREFIX_BYTES + length), partitions);
  }
  return lanes;
}

/**
 * Records that delete a key for good, as far as this batch knows: their keys get a tombstone. It comes after all
 * records of the batch, so that their offsets stay without a gap, and thus must not hide a later record of the key.
 */
function findTombstones(batch: RecordBatch): number[] {
  if (batch.keySchemaId === null) return [];
  const deletes: number[] = [];
  for (let index = 0; index < batch.count; index++) {
    if (keyLength(batch, index) > 0 && isDelete(batch, index)) deletes.push(index);
  }
  if (deletes.length === 0) return [];
  const last = new Map<string, number>();
  for (let index = deletes[0]!; index < batch.count; index++) last.set(keyText(batch, index), index);
  return deletes.filter((index) => last.get(keyText(batch, index)) === index);
}

function keyText({ keys, keyEnds }: RecordBatch, index: number): string {
  const from = index === 0 ? 0 : keyEnds[index - 1]!;
  return Buffer.from(keys.buffer, keys.byteOffset + from, keyEnds[index]! - from).toString('latin1');
}

const UNION_NULL = 0;
const UNION_VALUE = 2;
const ONE_CHARACTER = 2;
const LETTER_D = 'd'.charCodeAt(0);

/**
 * Whether the datum is an envelope of a delete. An envelope starts with the branch of `before`, present in a delete,
 * and ends with `op`, a string of one letter, and `ts_ms`, null or a long: read from its end, no schema is needed.
 */
function isDelete(batch: RecordBatch, index: number): boolean {
  const { values, valueEnds } = batch;
  const end = valueEnds[index]!;
  const start = end - valueLength(batch, index);
  if (values[start] !== UNION_VALUE) return false;
  let at = end - 1;
  if (at - 2 > start && values[at] === UNION_NULL && values[at - 1] === LETTER_D)
    return values[at - 2] === ONE_CHARACTER;
  while (at > start && values[at - 1]! > 0x7f) at--;
  return (
    at - 3 > start &&
    values[at - 1] === UNION_VALUE &&
    values[at - 2] === LETTER_D &&
    values[at - 3] === ONE_CHARACTER
  );
}
