/** How an event of a table becomes a row of raw.events. */
import { quoteName, quoteText } from '../../core/clickhouse-sql.ts';
import { isBinary } from '../../core/clickhouse-types.ts';
import { type InsertPlan, type OffsetRange, type TablePlan, imageType } from './table-plan.ts';

/** What fills the columns of raw.events that come from the event. */
const EVENT_VALUES: Readonly<Record<string, string>> = {
  seq: '`source.seq`',
  op: 'op',
  committed_at: "fromUnixTimestamp64Milli(`source.ts_ms`, 'UTC')",
  gtid: "ifNull(`source.gtid`, '')",
  file: '`source.file`',
  pos: '`source.pos`',
};

/**
 * An image as a JSON object. Bytes are no text, so they stand in it as base64; tables that have none do not pay for
 * that.
 */
function imageJson(image: 'before' | 'after', plan: TablePlan): string {
  const isBytes = plan.source.columns.map(({ type }) => isBinary(type));
  if (!isBytes.includes(true)) return `toJSONString(${image})`;
  const values = plan.columns.map(({ field }, index) => {
    const value = `tupleElement(${image}, ${quoteText(field)})`;
    return isBytes[index] ? `base64Encode(${value})` : value;
  });
  return `toJSONString(CAST(tuple(${values.join(', ')}), ${quoteText(imageType(plan.columns))}))`;
}

/** The fields they are made of. */
const EVENT_FIELDS =
  'op String, `source.seq` UInt64, `source.ts_ms` Int64, `source.gtid` Nullable(String), `source.file` String, ' +
  '`source.pos` UInt64';

export function eventInsert(plan: TablePlan, schemaId: number, range: OffsetRange): InsertPlan {
  const { topic, partition, first, end } = range;
  const image = imageType(plan.columns);
  const values: Readonly<Record<string, string>> = {
    topic: quoteText(topic),
    partition: String(partition),
    offset: `${first} + rowNumberInAllBlocks()`,
    database: quoteText(plan.source.database),
    table: quoteText(plan.source.table),
    schema_id: String(schemaId),
    ...EVENT_VALUES,
    before: `if(op IN ('u', 'd'), ${imageJson('before', plan)}, '')`,
    after: `if(op IN ('c', 'u', 'r'), ${imageJson('after', plan)}, '')`,
  };
  return {
    table: 'raw.events',
    columns: Object.keys(values).map(quoteName),
    expressions: Object.values(values),
    structure: `before ${image}, after ${image}, ${EVENT_FIELDS}`,
    absent:
      `${values['offset']} NOT IN (SELECT offset FROM raw.events WHERE topic = ${values['topic']} ` +
      `AND partition = ${partition} AND offset >= ${first} AND offset < ${end})`,
  };
}
