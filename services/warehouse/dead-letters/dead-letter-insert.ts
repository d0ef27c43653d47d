import { avroContainer, avroLong } from '../../../core/avro-container.ts';
import { quoteText } from '../../../core/clickhouse-sql.ts';
import type { AvroInsert } from '../../../core/ports/warehouse.ts';
import { type Turn, onceOnly } from '../attempt.ts';
import { type Segment, valuesOf } from '../segment.ts';
import type { InsertPlan, OffsetRange } from '../table-plan.ts';
import { MAX_REASON_LENGTH } from './dead-letter-box.ts';

/** Schema of the one record that carries a batch into raw.dead_letters. */
const PAYLOAD_SCHEMA = JSON.stringify({
  type: 'record',
  name: 'DeadLetter',
  fields: [{ name: 'payload', type: 'bytes' }],
});

function planLetter(segment: Segment, range: OffsetRange, reason: string): InsertPlan {
  const { topic, partition, first, end } = range;
  const values: Readonly<Record<string, string>> = {
    topic: quoteText(topic),
    partition: String(partition),
    first_offset: String(first),
    records: String(end - first),
    schema_id: String(segment.batch.valueSchemaId),
    reason: quoteText(reason.slice(0, MAX_REASON_LENGTH)),
    payload: 'payload',
  };
  const place = ['topic', 'partition', 'first_offset'];
  return {
    table: 'raw.dead_letters',
    columns: Object.keys(values),
    expressions: Object.values(values),
    structure: 'payload String',
    absent:
      `(SELECT count() FROM raw.dead_letters WHERE ` +
      `${place.map((name) => `${name} = ${values[name]}`).join(' AND ')}) = 0`,
  };
}

/** Puts the segment into raw.dead_letters. */
export function deadLetterInsert(
  segment: Segment,
  range: OffsetRange,
  { reason, turn }: { readonly reason: string; readonly turn: Turn },
): AvroInsert {
  const payload = valuesOf(segment.batch, segment.start, segment.end);
  const length = avroLong(payload.length);
  const datum = new Uint8Array(length.length + payload.length);
  datum.set(length);
  datum.set(payload, length.length);
  const plan = planLetter(segment, range, reason);
  const container = avroContainer(PAYLOAD_SCHEMA, [{ count: 1, data: datum }]);
  const { table, columns, expressions, structure } = plan;
  return { table, columns, sources: [{ expressions, structure, container, ...onceOnly(plan, range, turn) }] };
}
