import avro from 'avsc';
import type { Alert } from '../../core/alert.ts';
import type { RecordBatch } from '../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import { alertsTopic, keySubject, valueSubject } from '../../core/topics.ts';

/** Makes batches for the alerts topic. */
export type AlertWriter = (alerts: readonly Alert[]) => RecordBatch;

const KEY_SCHEMA = '"string"';

function joined(datums: readonly Buffer[]): { bytes: Buffer; ends: Uint32Array } {
  const ends = new Uint32Array(datums.length);
  let end = 0;
  datums.forEach((datum, index) => {
    end += datum.length;
    ends[index] = end;
  });
  return { bytes: Buffer.concat(datums), ends };
}

/** Registers the alert's schemas; `schema` is the text of schemas/alert.avsc. */
export async function createAlertWriter(
  registry: SchemaRegistry,
  prefix: string,
  schema: string,
): Promise<AlertWriter> {
  const topic = alertsTopic(prefix);
  const valueSchemaId = await registry.register(valueSubject(topic), schema);
  const keySchemaId = await registry.register(keySubject(topic), KEY_SCHEMA);
  const valueType = avro.Type.forSchema(JSON.parse(schema) as avro.Schema);
  const keyType = avro.Type.forSchema('string');
  return (alerts) => {
    const values = joined(alerts.map((alert) => valueType.toBuffer(alert)));
    const keys = joined(alerts.map((alert) => keyType.toBuffer(alert.id)));
    return {
      topic,
      valueSchemaId,
      keySchemaId,
      count: alerts.length,
      values: values.bytes,
      valueEnds: values.ends,
      keys: keys.bytes,
      keyEnds: keys.ends,
      timestampMs: Math.max(...alerts.map((alert) => alert.committed_at)),
      firstSeq: 0,
      lastSeq: 0,
    };
  };
}
