/**
 * Events as raw.events and the lake keep them, given back as the loader reads them from Avro: so the same expressions bring
 * them into the mirror, and equal rows of a table without a key have the same hash.
 */
import { quoteName, quoteText } from '../../../core/clickhouse-sql.ts';
import { isBinary, mapForParquet } from '../../../core/clickhouse-types.ts';
import type { MirrorColumn } from '../column-mapping.ts';
import { type TablePlan, imageType } from '../table-plan.ts';

/** Events [first, end) of one topic, by the log's offsets. */
export interface EventRange {
  readonly first: number;
  readonly end: number;
}

/** How a kind of store keeps an image. */
interface ImageForm {
  /** The image as a tuple of the columns' fields. */
  readonly tuple: (image: 'before' | 'after') => string;
  /** A field of it as Nullable(readType). */
  readonly value: (field: string, column: MirrorColumn, plan: TablePlan) => string;
}

const EPOCH = "toDate32('1970-01-01')";

const kindOf = (plan: TablePlan, { field }: MirrorColumn) =>
  plan.source.columns[plan.source.fieldNames.indexOf(field)]!.type;

/** JSON takes no day before 1900 as a date, but any as a moment. */
const dayOfText = (text: string): string =>
  `${EPOCH} + toInt32(intDiv(toUnixTimestamp64Second(toDateTime64OrNull(concat(${text}, ' 00:00:00.000'), 3, 'UTC')), 86400))`;

function jsonType(plan: TablePlan): string {
  const fields = plan.columns.map((column) => {
    const type = kindOf(plan, column);
    const isText = type.kind === 'date' || isBinary(type);
    return `${quoteName(column.field)} Nullable(${isText ? 'String' : column.mapping.readType})`;
  });
  return `Tuple(${fields.join(', ')})`;
}

const jsonForm = (plan: TablePlan): ImageForm => ({
  tuple: (image) => `JSONExtract(${image}, ${quoteText(jsonType(plan))})`,
  value: (field, column) => {
    const type = kindOf(plan, column);
    if (type.kind === 'date') return dayOfText(field);
    return isBinary(type) ? `base64Decode(${field})` : field;
  },
});

const PARQUET_FORM: ImageForm = {
  tuple: (image) => image,
  value: (field, column, plan) => {
    const type = kindOf(plan, column);
    const { readType } = column.mapping;
    if (type.kind === 'date') return `${EPOCH} + ${field}`;
    const nullable = quoteText(`Nullable(${readType})`);
    if (type.kind === 'time') return `CAST(toDecimal128(${field}, 6) / 1000000, ${nullable})`;
    return mapForParquet(type).type === readType ? field : `CAST(${field}, ${nullable})`;
  },
};

/** The fields that the insert plan of the table reads, from `_before` and `_after`. */
function fieldsOf(plan: TablePlan, { value }: ImageForm): string[] {
  const valueOf = (image: 'before' | 'after', column: MirrorColumn): string =>
    value(`tupleElement(_${image}, ${quoteText(column.field)})`, column, plan);
  if (!plan.isKeyed) {
    const type = quoteText(imageType(plan.columns));
    return (['before', 'after'] as const).map((image) => {
      const values = plan.columns.map((column) => valueOf(image, column));
      return `CAST(tuple(${values.join(', ')}), ${type}) AS ${image}`;
    });
  }
  const named = (image: 'before' | 'after', column: MirrorColumn): string =>
    `${valueOf(image, column)} AS ${quoteName(`${image}.Value.${column.field}`)}`;
  return [
    ...plan.columns.map((column) => named('after', column)),
    ...plan.columns.filter(({ isKey }) => isKey).map((column) => named('before', column)),
  ];
}

function rowsFrom(source: string, plan: TablePlan, form: ImageForm): string {
  const images = (['before', 'after'] as const).map((image) => `${form.tuple(image)} AS _${image}`);
  return (
    `SELECT ${['op', '`source.seq`', ...fieldsOf(plan, form)].join(', ')}\n` +
    `FROM (SELECT op, toUInt64(seq) AS \`source.seq\`, ${images.join(', ')} FROM ${source} AND op != 't')`
  );
}

/** Row events of one schema out of raw.events; what `TablePlan.insert` reads of them. */
export function rowsOfRaw(plan: TablePlan, topic: string, { first, end }: EventRange): string {
  const source = `raw.events WHERE topic = ${quoteText(topic)} AND offset >= ${first} AND offset < ${end}`;
  return rowsFrom(source, plan, jsonForm(plan));
}

/** The same out of files of the lake; the range is of their own offsets. */
export function rowsOfLake(plan: TablePlan, from: string, { first, end }: EventRange): string {
  const source = `${from} WHERE event_offset >= ${first} AND event_offset < ${end}`;
  return rowsFrom(source, plan, PARQUET_FORM);
}
