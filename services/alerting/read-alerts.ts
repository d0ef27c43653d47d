import avro from 'avsc';
import type { Alert } from '../../core/alert.ts';
import { asDolistreamError } from '../../core/errors.ts';
import type { LoggedBatch } from '../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';

/** Decodes the alerts of a batch that are at or after `fromOffset`. */
export type DecodeAlerts = (
  batch: LoggedBatch,
  fromOffset: number,
) => Promise<{ readonly offset: number; readonly alert: Alert }[]>;

/** Rejects with LOG_CORRUPT for a record that does not fit its schema. */
export function createAlertDecoder(registry: SchemaRegistry): DecodeAlerts {
  const types = new Map<number, avro.Type>();
  return async (batch, fromOffset) => {
    const known = types.get(batch.valueSchemaId);
    const type =
      known ?? avro.Type.forSchema(JSON.parse(await registry.schemaById(batch.valueSchemaId)) as avro.Schema);
    types.set(batch.valueSchemaId, type);
    const alerts: { offset: number; alert: Alert }[] = [];
    for (let index = Math.max(0, fromOffset - batch.baseOffset); index < batch.count; index++) {
      const start = index === 0 ? 0 : batch.valueEnds[index - 1]!;
      const value = Buffer.from(batch.values.subarray(start, batch.valueEnds[index]!));
      const offset = batch.baseOffset + index;
      try {
        alerts.push({ offset, alert: type.fromBuffer(value) as Alert });
      } catch (error) {
        throw asDolistreamError(error, 'LOG_CORRUPT', { fix: `Look at ${batch.topic}, offset ${offset}.` });
      }
    }
    return alerts;
  };
}
