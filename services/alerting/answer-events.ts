/** Answers as events on a topic of their own, for analytics and the warehouse. */
import { randomUUID } from 'node:crypto';
import avro from 'avsc';
import { packDatums } from '../../core/packed-datums.ts';
import type { RecordBatch } from '../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import { alertAnswersTopic, keySubject, valueSubject } from '../../core/topics.ts';
import type { AlertCase, Answer } from './alert-case.ts';

export type CaseAction = Answer | 'acknowledge' | 'close' | 'reopen';

export const CASE_ACTIONS: readonly CaseAction[] = [
  ...(['acknowledge', 'useful', 'normal', 'data_error', 'close', 'reopen'] as const),
];

export interface ActionRequest {
  readonly action: CaseAction;
  /** Who, as they wrote it; '' when they did not. */
  readonly by: string;
  readonly via: 'link' | 'api' | 'cli';
  readonly note: string;
}

/** Makes a batch of one record for each alert of the case. */
export type AnswerWriter = (each: AlertCase, request: ActionRequest, at: number) => RecordBatch;

/** Registers the schemas; `schema` is the text of schemas/alert-answer.avsc. */
export async function createAnswerWriter(
  registry: SchemaRegistry,
  prefix: string,
  schema: string,
): Promise<AnswerWriter> {
  const topic = alertAnswersTopic(prefix);
  const valueSchemaId = await registry.register(valueSubject(topic), schema);
  const keySchemaId = await registry.register(keySubject(topic), '"string"');
  const valueType = avro.Type.forSchema(JSON.parse(schema) as avro.Schema);
  const keyType = avro.Type.forSchema('string');
  return (each, { action, by, via, note }, at) => {
    const values = packDatums(
      each.findings.map(({ alert, rule, severity }) =>
        valueType.toBuffer({
          ...{ id: randomUUID(), alert, case_id: each.id, rule, severity, entity: each.entity },
          ...{ subject_type: each.subjectType, subject_id: each.subjectId },
          ...{ answer: action, answered_by: by, via, note, answered_at: at },
        }),
      ),
    );
    const keys = packDatums(each.findings.map(({ alert }) => keyType.toBuffer(alert)));
    return {
      ...{ topic, valueSchemaId, keySchemaId, count: each.findings.length },
      ...{ values: values.bytes, valueEnds: values.ends, keys: keys.bytes, keyEnds: keys.ends },
      ...{ timestampMs: at, firstSeq: 0, lastSeq: 0 },
    };
  };
}
