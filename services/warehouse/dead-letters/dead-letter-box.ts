/**
 * What a lane could not read, on its way to the topic of dead letters. The lane appends it in the step in which it saves that
 * the round is done, so that a round which is repeated after a crash has its letters there once.
 */
import avro from 'avsc';
import type { RecordBatch } from '../../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../../core/ports/schema-registry.ts';
import { keySubject, valueSubject } from '../../../core/topics.ts';
import { type Segment, valuesOf } from '../segment.ts';

export interface DeadLetterBoxOptions {
  readonly registry: SchemaRegistry;
  /** Written by this loader alone. */
  readonly topic: string;
  /** Text of schemas/dead-letter.avsc. */
  readonly schema: string;
  /** What the records are missing from: `mirror` or `raw`. */
  readonly lane: string;
}

interface Letter {
  readonly segment: Segment;
  readonly reason: string;
}

const KEY_SCHEMA = '"string"';
/** An engine may quote the bytes that it cannot read. */
export const MAX_REASON_LENGTH = 2000;

export class DeadLetterBox {
  readonly #options: DeadLetterBoxOptions;
  #letters: Letter[] = [];

  constructor(options: DeadLetterBoxOptions) {
    this.#options = options;
  }

  /** A round begins, perhaps again: what an earlier attempt put in is found again. */
  clear(): void {
    this.#letters = [];
  }

  add(segment: Segment, reason: string): void {
    this.#letters.push({ segment, reason: reason.slice(0, MAX_REASON_LENGTH) });
  }

  /** Empties the box into batches for the log; none when it is empty. Rejects with what the registry rejects with. */
  async take(): Promise<RecordBatch[]> {
    const letters = this.#letters.splice(0);
    if (letters.length === 0) return [];
    const { registry, topic, schema } = this.#options;
    const valueSchemaId = await registry.register(valueSubject(topic), schema);
    const keySchemaId = await registry.register(keySubject(topic), KEY_SCHEMA);
    const type = avro.Type.forSchema(JSON.parse(schema) as avro.Schema);
    const values = joined(letters.map((letter) => type.toBuffer(this.#recordOf(letter))));
    const keys = joined(letters.map(({ segment }) => avro.Type.forSchema('string').toBuffer(keyOf(segment))));
    return [
      {
        ...{ topic, valueSchemaId, keySchemaId, count: letters.length },
        ...{ values: values.bytes, valueEnds: values.ends, keys: keys.bytes, keyEnds: keys.ends },
        timestampMs: Math.max(...letters.map(({ segment }) => segment.batch.timestampMs)),
        ...{ firstSeq: 0, lastSeq: 0 },
      },
    ];
  }

  #recordOf({ segment, reason }: Letter): object {
    const { batch, start, end } = segment;
    const payload = valuesOf(batch, start, end);
    return {
      ...{ topic: batch.topic, partition: batch.partition, offset: batch.baseOffset + start },
      ...{ records: end - start, schema_id: batch.valueSchemaId, lane: this.#options.lane, reason },
      payload: Buffer.from(payload.buffer, payload.byteOffset, payload.length),
      committed_at: batch.timestampMs,
    };
  }
}

const keyOf = ({ batch, start }: Segment): string =>
  `${batch.topic}/${batch.partition}/${batch.baseOffset + start}`;

function joined(datums: readonly Buffer[]): { readonly bytes: Buffer; readonly ends: Uint32Array } {
  let end = 0;
  return { bytes: Buffer.concat(datums), ends: Uint32Array.from(datums, ({ length }) => (end += length)) };
}
