/** The open batch of one topic: grows in memory until it is sealed and handed to the log. */
import { grownNumbers } from '../../core/grown-numbers.ts';
import type { RowCursor } from '../../core/ports/change-source.ts';
import type { RecordBatch } from '../../core/ports/change-log.ts';
import { ENVELOPE_BYTES, type EnvelopeWriter } from './envelope-writer.ts';

const FIRST_CAPACITY = 16 * 1024;
const NULL = 0;
const VALUE = 2;

export interface BatchSchemaIds {
  readonly valueSchemaId: number;
  readonly keySchemaId: number | null;
}

export class TopicBatch {
  readonly topic: string;
  /** Resolves once the registry knows the schemas of this batch's records. */
  readonly schemaIds: Promise<BatchSchemaIds>;
  readonly #keyed: boolean;
  #values: Buffer<ArrayBuffer>;
  #valuesLength = 0;
  #keys = Buffer.allocUnsafe(1024);
  #keysLength = 0;
  #valueEnds = new Uint32Array(256);
  #keyEnds = new Uint32Array(256);
  #count = 0;
  #firstSeq = 0;
  #lastSeq = 0;
  #timestampMs = 0;

  constructor(
    topic: string,
    options: { schemaIds: Promise<BatchSchemaIds>; keyed: boolean; capacity?: number },
  ) {
    this.topic = topic;
    this.schemaIds = options.schemaIds;
    this.#keyed = options.keyed;
    this.#values = Buffer.allocUnsafe(Math.max(FIRST_CAPACITY, options.capacity ?? 0));
  }

  get bytes(): number {
    return this.#valuesLength + this.#keysLength;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Adds the row the cursor stands on; returns how many records it became. An update that changes the key becomes
   * a delete of the old key and a create of the new one.
   */
  addRow(
    cursor: RowCursor,
    envelope: EnvelopeWriter,
    row: { index: number; seq: number; timestampMs: number },
  ): number {
    const { operation } = cursor;
    const imageBytes = cursor.maxImageBytes();
    this.#reserve(imageBytes * 2 + ENVELOPE_BYTES, imageBytes * 2);
    const out = this.#values;
    const start = this.#valuesLength;
    if (operation === 'u') return this.#addUpdate(cursor, envelope, row);
    let at = start;
    if (operation === 'd') {
      out[at++] = VALUE;
      at = cursor.writeImage(out, at);
      out[at++] = NULL;
    } else {
      out[at++] = NULL;
      out[at++] = VALUE;
      at = cursor.writeImage(out, at);
    }
    if (this.#keyed) this.#keysLength = cursor.writeKey(this.#keys, this.#keysLength);
    this.#close(envelope.finish(out, at, { operation, ...row }), row);
    return 1;
  }

  #addUpdate(
    cursor: RowCursor,
    envelope: EnvelopeWriter,
    row: { index: number; seq: number; timestampMs: number },
  ): number {
    const out = this.#values;
    const start = this.#valuesLength;
    const keyStart = this.#keysLength;
    out[start] = VALUE;
    const beforeEnd = cursor.writeImage(out, start + 1);
    let keyMiddle = keyStart;
    if (this.#keyed) keyMiddle = cursor.writeKey(this.#keys, keyStart);
    out[beforeEnd] = VALUE;
    const afterEnd = cursor.writeImage(out, beforeEnd + 1);
    let keyEnd = keyMiddle;
    if (this.#keyed) keyEnd = cursor.writeKey(this.#keys, keyMiddle);
    const sameKey = this.#keys.compare(this.#keys, keyMiddle, keyEnd, keyStart, keyMiddle) === 0;
    if (sameKey) {
      this.#keysLength = keyMiddle;
      this.#close(envelope.finish(out, afterEnd, { operation: 'u', ...row }), row);
      return 1;
    }
    const after = Buffer.from(out.subarray(beforeEnd + 1, afterEnd));
    out[beforeEnd] = NULL;
    this.#keysLength = keyMiddle;
    this.#close(envelope.finish(out, beforeEnd + 1, { operation: 'd', ...row }), row);
    this.#reserve(after.length + ENVELOPE_BYTES, 0);
    const second = this.#valuesLength;
    this.#values[second] = NULL;
    this.#values[second + 1] = VALUE;
    const at = second + 2 + after.copy(this.#values, second + 2);
    this.#keysLength = keyEnd;
    const next = { ...row, seq: row.seq + 1 };
    this.#close(envelope.finish(this.#values, at, { operation: 'c', ...next }), next);
    return 2;
  }

  addTruncate(envelope: EnvelopeWriter, row: { seq: number; timestampMs: number }): void {
    this.#reserve(ENVELOPE_BYTES, 16);
    // Its key is empty: a truncate is about no single row.
    this.#close(envelope.writeTruncate(this.#values, this.#valuesLength, row.seq), row);
  }

  /** Adds a record that is encoded already (schema changes). */
  addEncoded(value: Buffer, row: { seq: number; timestampMs: number }): void {
    this.#reserve(value.length, 0);
    this.#close(this.#valuesLength + value.copy(this.#values, this.#valuesLength), row);
  }

  /** The key of a record, one character for each byte; empty where records have none. */
  keyText(index: number): string {
    return this.#keys.toString('latin1', index === 0 ? 0 : this.#keyEnds[index - 1]!, this.#keyEnds[index]!);
  }

  async seal(): Promise<RecordBatch> {
    const ids = await this.schemaIds;
    return {
      topic: this.topic,
      ...ids,
      count: this.#count,
      values: this.#values.subarray(0, this.#valuesLength),
      valueEnds: this.#valueEnds.subarray(0, this.#count),
      keys: this.#keys.subarray(0, this.#keysLength),
      keyEnds: this.#keyEnds.subarray(0, this.#count),
      timestampMs: this.#timestampMs,
      firstSeq: this.#firstSeq,
      lastSeq: this.#lastSeq,
    };
  }

  #close(end: number, row: { seq: number; timestampMs: number }): void {
    if (this.#count === this.#valueEnds.length) {
      this.#valueEnds = grownNumbers(this.#valueEnds);
      this.#keyEnds = grownNumbers(this.#keyEnds);
    }
    this.#valuesLength = end;
    this.#valueEnds[this.#count] = end;
    this.#keyEnds[this.#count] = this.#keysLength;
    if (this.#count === 0) this.#firstSeq = row.seq;
    this.#count++;
    this.#lastSeq = row.seq;
    this.#timestampMs = Math.max(this.#timestampMs, row.timestampMs);
  }

  #reserve(valueBytes: number, keyBytes: number): void {
    if (this.#valuesLength + valueBytes > this.#values.length) {
      this.#values = grownBuffer(this.#values, this.#valuesLength, valueBytes);
    }
    if (this.#keysLength + keyBytes > this.#keys.length) {
      this.#keys = grownBuffer(this.#keys, this.#keysLength, keyBytes);
    }
  }
}

function grownBuffer(buffer: Buffer<ArrayBuffer>, used: number, more: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, used + more));
  buffer.copy(larger, 0, 0, used);
  return larger;
}
