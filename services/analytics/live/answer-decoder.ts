/** Reads answers from their topic. Those that say nothing about the alert (acknowledge, close, reopen) are passed over. */
import avro from 'avsc';
import { asDolistreamError } from '../../../core/errors.ts';
import type { LoggedBatch } from '../../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../../core/ports/schema-registry.ts';
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
    const answers: AlertAnswer[] = [];
    let start = 0;
    for (let index = 0; index < batch.count; index++) {
      const end = batch.valueEnds[index]!;
      try {
        const value = batch.values.subarray(start, end);
        const record = type.fromBuffer(Buffer.from(value)) as AnswerRecord;
        const { alert, answer, answered_at: at } = record;
        if (isJudgement(answer)) answers.push({ alert, answer, at: Number(at) });
      } catch (error) {
        const offset = batch.baseOffset + index;
        throw asDolistreamError(error, 'LOG_CORRUPT', { fix: `Look at ${batch.topic}, offset ${offset}.` });
      }
      start = end;
    }
    return answers;
  }

  async #type(schemaId: number): Promise<avro.Type> {
    const known = this.#types.get(schemaId);
    if (known) return known;
    const type = avro.Type.forSchema(JSON.parse(await this.#registry.schemaById(schemaId)) as avro.Schema);
    this.#types.set(schemaId, type);
    return type;
  }
}
