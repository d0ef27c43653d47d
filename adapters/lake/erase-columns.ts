/** How a lake file is read so that what is to be erased of a person does not get into the file written from it. */
import { type EnvelopeTable, tableOfEnvelope } from '../../core/avro-schema.ts';
import { quoteText } from '../../core/clickhouse-sql.ts';
import { isBinary, mapForParquet } from '../../core/clickhouse-types.ts';
import { ERASED, type Erasure, textForms } from '../../core/erasure.ts';
import { DolistreamError } from '../../core/errors.ts';
import { type EventColumns, eventColumns, imageType } from './event-columns.ts';

export interface EraseColumns extends Pick<EventColumns, 'parquetStructure' | 'parquetSelection'> {
  /** To stand behind WITH where the others are used. */
  readonly forms: string;
  /** True for events that say something of the person. */
  readonly condition: string;
  /** The columns of the file with the images replaced. */
  readonly replaced: string;
}

type ImageName = 'before' | 'after';

const element = (image: ImageName, field: string): string => `tupleElement(${image}, ${quoteText(field)})`;

/** Position of the person's key in the table's own images; null for other tables. */
function ownKey(table: EnvelopeTable, erasure: Erasure): string | null {
  if (table.table !== erasure.table) return null;
  const index = table.columns.findIndex(({ name }) => name === 'rowid');
  return index < 0 ? null : table.fieldNames[index]!;
}

/** Throws SCHEMA_UNKNOWN for a schema that is not an envelope. */
export function eraseColumns(schemaText: string, erasure: Erasure): EraseColumns {
  const table = tableOfEnvelope(schemaText);
  if (!table) throw new DolistreamError('SCHEMA_UNKNOWN', 'Only row changes are kept in the lake');
  const key = ownKey(table, erasure);
  const fields = table.columns.map((column, index) => ({
    field: table.fieldNames[index]!,
    isText: mapForParquet(column.type).type === 'String' && !isBinary(column.type),
    isOwn: key !== null && erasure.columns.includes(column.name),
  }));
  const valueIn = (image: ImageName, { field, isText, isOwn }: (typeof fields)[number]): string => {
    const value = element(image, field);
    const rest = `arrayFold((rest, form) -> replaceAll(rest, form, ${quoteText(ERASED)}), _forms, assumeNotNull(${value}))`;
    const kept = isText ? `if(isNull(${value}), NULL, ${rest})` : value;
    if (!isOwn) return kept;
    const mask = isText ? `if(ifNull(${value}, '') = '', ${value}, ${quoteText(ERASED)})` : 'NULL';
    return `if(ifNull(${element(image, key!)} = ${erasure.record}, 0), ${mask}, ${kept})`;
  };
  const type = quoteText(imageType(table, (mapping) => mapping.type));
  const imageOf = (image: ImageName): string =>
    `CAST(tuple(${fields.map((field) => valueIn(image, field)).join(', ')}), ${type}) AS ${image}`;
  const images: readonly ImageName[] = ['before', 'after'];
  const texts = fields.filter(({ isText }) => isText);
  const hits = images.flatMap((image) => [
    ...texts.map(({ field }) => `multiSearchAny(ifNull(${element(image, field)}, ''), _forms)`),
    ...(key === null ? [] : [`ifNull(${element(image, key)} = ${erasure.record}, 0)`]),
  ]);
  const { parquetStructure, parquetSelection } = eventColumns(schemaText);
  return {
    ...{ parquetStructure, parquetSelection },
    forms: `[${textForms(erasure.texts).map(quoteText).join(', ')}] AS _forms`,
    condition: hits.length === 0 ? '0' : hits.join(' OR '),
    replaced: `* REPLACE (${images.map(imageOf).join(', ')})`,
  };
}
