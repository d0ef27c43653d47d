/**
 * Builds Avro object container files (the format of `.avro` files) around datums that are already encoded, so that
 * an engine that reads Avro takes the log's records as they are. Nothing is decoded or compressed here.
 * Format: https://avro.apache.org/docs/1.11.1/specification/#object-container-files
 */

/** Datums of one schema back to back, e.g. the values of a RecordBatch. */
export interface DatumBlock {
  readonly count: number;
  readonly data: Uint8Array;
}

/**
 * Readers compare the marker after each block to find damage; any 16 bytes serve. A fixed one makes the same records
 * the same bytes, so a repeated insert or file is identical to the first.
 */
const SYNC_MARKER = new TextEncoder().encode('dolistream-block');

const MAGIC = [0x4f, 0x62, 0x6a, 0x01];

/** An Avro long: zig-zag, then seven bits per byte, lowest first. `value` is a safe integer. */
export function avroLong(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function avroText(text: string): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  return [avroLong(bytes.length), bytes];
}

/** The start of a container whose records have the schema `schemaText` (JSON). `sync` is 16 bytes. */
export function containerHeader(schemaText: string, sync: Uint8Array = SYNC_MARKER): Uint8Array {
  return concatenate([
    Uint8Array.from(MAGIC),
    avroLong(2),
    ...avroText('avro.schema'),
    ...avroText(schemaText),
    ...avroText('avro.codec'),
    ...avroText('null'),
    avroLong(0),
    sync,
  ]);
}

/** One block, in pieces; `data` is not copied. An empty block is no piece at all: some readers stop at one. */
export function containerBlock(block: DatumBlock, sync: Uint8Array = SYNC_MARKER): Uint8Array[] {
  if (block.count === 0) return [];
  return [concatenate([avroLong(block.count), avroLong(block.data.length)]), block.data, sync];
}

/** A whole container file, in pieces to be written one after the other. */
export function avroContainer(schemaText: string, blocks: readonly DatumBlock[]): Uint8Array[] {
  return [containerHeader(schemaText), ...blocks.flatMap((block) => containerBlock(block))];
}
