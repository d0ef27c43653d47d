/** Reads answers from their topic. Those that say nothing about the alert (acknowledge, close, reopen) are passed over. */
import avro from 'avsc';
import type { LoggedBatch } from '../../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../../core/ports/schema-registry.ts';
import { mapValues } from '../row-changes.ts';
import { type AlertAnswer, type Judgement, JUDGEMENTS } from './answers.ts';

interface AnswerRecord {
  readonly alert: string;
  readonly answer: string;
  readonly answered_at: number;
}

const isJudgement = (answer: string): answer is Judgement => JUDGEMENTS.some((each) => each === answer);

export class AnswerDecoder {
  readonly #registry: SchemaRegistry;
  readonly #types = new Map<number, avro.Type>();

  constructor(registry: SchemaRegistry) {
    this.#registry = registry;
  }

  /** In order. Rejects with LOG_CORRUPT when a record does not fit its schema. */
  async decode(batch: LoggedBatch): Promise<AlertAnswer[]> {
    const type = await this.#type(batch.valueSchemaId);
    const records = mapValues(batch, (value) => type.fromBuffer(value) as AnswerRecord);
    return records.flatMap(({ alert, answer, answered_at: at }) =>
      isJudgement(answer) ? [{ alert, answer, at: Number(at) }] : [],
    );
  }

  async #type(schemaId: number): Promise<avro.Type> {
    const known = this.#types.get(schemaId);
    if (known) return known;
    const type = avro.Type.forSchema(JSON.parse(await this.#registry.schemaById(schemaId)) as avro.Schema);
    this.#types.set(schemaId, type);
    return type;
  }
}
