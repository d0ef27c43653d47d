/** The shapes that a table has had: from the registry's versions, and from the first event of each in `raw.events`. */
import { tableOfEnvelope } from '../core/avro-schema.ts';
import { formatColumnType } from '../core/column-type.ts';
import { DolistreamError } from '../core/errors.ts';
import type { RegisteredSchema } from '../core/ports/schema-registry.ts';
import type { Column, TableSchema } from '../core/table-schema.ts';
import { tableTopic, valueSubject } from '../core/topics.ts';

export interface ColumnChange {
  readonly kind: 'added' | 'dropped' | 'type' | 'renamed' | 'key';
  /** Name of the column; of the new one for `renamed`; the new key's columns for `key`. */
  readonly column: string;
  /** Type or name of before; null for `added`. */
  readonly before: string | null;
  /** Type or name of now; null for `dropped`. */
  readonly after: string | null;
}

export interface SchemaEntry {
  readonly version: number;
  readonly schemaId: number;
  /** Where the first event of this shape is; null: no row came in it. */
  readonly from: SchemaPlace | null;
  readonly columns: number;
  readonly key: readonly string[];
  /** What is other than in the entry before; empty in the first one. */
  readonly changes: readonly ColumnChange[];
}

export interface SchemaPlace {
  readonly seq: number;
  /** Commit time, ISO 8601. */
  readonly at: string;
  readonly gtid: string;
  /** `file:offset` */
  readonly place: string;
}

export interface SchemaHistory {
  /** `database.table` */
  readonly table: string;
  /** Oldest first. A shape that came back is there again, under its old version. */
  readonly entries: readonly SchemaEntry[];
}

export interface SchemaHistorySources {
  versions(subject: string): Promise<readonly RegisteredSchema[]>;
  /** Rows of a query on the warehouse. */
  rows<Row>(sql: string): Promise<Row[]>;
}

interface PlaceRow {
  readonly schema_id: number;
  readonly seq: string;
  readonly at: string;
  readonly gtid: string;
  readonly place: string;
}

const NAME = /^[\p{L}\p{N}_$-]{1,64}$/u;

/**
 * @param wanted `table`, or `database.table` when `database` is null or another one
 * @throws CONFIG_INVALID when there is no such table, or it is not certain which one is meant
 */
export async function readSchemaHistory(
  sources: SchemaHistorySources,
  wanted: string,
  where: { readonly prefix: string; readonly database: string | null },
): Promise<SchemaHistory> {
  const [first = '', second] = wanted.split('.');
  const table = second ?? first;
  if (![first, table].every((name) => NAME.test(name))) throw unknownTable(wanted);
  const database = second === undefined ? (where.database ?? (await findDatabase(sources, table))) : first;
  const topic = tableTopic(where.prefix, database, table);
  const versions = await sources.versions(valueSubject(topic));
  if (versions.length === 0) throw unknownTable(wanted);
  return { table: `${database}.${table}`, entries: listEntries(versions, await readPlaces(sources, topic)) };
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

async function findDatabase(sources: SchemaHistorySources, table: string): Promise<string> {
  const rows = await sources.rows<{ name: string }>(
    `SELECT DISTINCT events.database AS name FROM raw.events WHERE events.table = ${quoted(table)} LIMIT 2`,
  );
  if (rows.length === 1) return rows[0]!.name;
  if (rows.length === 0) throw unknownTable(table);
  throw new DolistreamError('CONFIG_INVALID', `More than one database has a table ${table}`, {
    fix: `Name it in full, such as ${rows[0]!.name}.${table}`,
  });
}

/** Each event whose shape is another than that of the event before it. */
function readPlaces(sources: SchemaHistorySources, topic: string): Promise<PlaceRow[]> {
  return sources.rows<PlaceRow>(
    `SELECT schema_id, seq, formatDateTime(committed_at, '%Y-%m-%dT%H:%i:%SZ') AS at, gtid,
       concat(events.file, ':', toString(pos)) AS place
     FROM raw.events WHERE topic = ${quoted(topic)} AND seq IN (
       SELECT seq FROM (
         SELECT seq, schema_id, lagInFrame(schema_id) OVER (ORDER BY seq ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS earlier
         FROM raw.events WHERE topic = ${quoted(topic)}
       ) WHERE schema_id != earlier
     ) ORDER BY seq`,
  );
}

function listEntries(versions: readonly RegisteredSchema[], places: readonly PlaceRow[]): SchemaEntry[] {
  const byId = new Map(versions.map((version) => [version.id, version]));
  const seen = new Set(places.map((place) => Number(place.schema_id)));
  const shown = places.flatMap((row) => {
    const version = byId.get(Number(row.schema_id));
    const from = { seq: Number(row.seq), at: row.at, gtid: row.gtid, place: row.place };
    return version ? [{ version, from: from as SchemaPlace | null }] : [];
  });
  // A shape that no row came in has its place by its number.
  for (const version of versions.filter(({ id }) => !seen.has(id))) {
    const at = shown.findIndex((other) => other.version.version > version.version);
    shown.splice(at === -1 ? shown.length : at, 0, { version, from: null });
  }
  let before: TableSchema | null = null;
  return shown.flatMap(({ version, from }) => {
    const schema = tableOfEnvelope(version.schema);
    if (schema === null) return [];
    const changes: ColumnChange[] = before === null ? [] : compareShapes(before, schema);
    before = schema;
    const { columns, key } = schema;
    return [{ version: version.version, schemaId: version.id, from, columns: columns.length, key, changes }];
  });
}

/** What of `after` is other than in `before`. A column is taken as renamed when the only other one of its type is gone. */
export function compareShapes(before: TableSchema, after: TableSchema): ColumnChange[] {
  const old = new Map(before.columns.map((column) => [column.name, typeOf(column)]));
  const now = new Set(after.columns.map(({ name }) => name));
  const dropped = before.columns.filter(({ name }) => !now.has(name));
  const added = after.columns.filter(({ name }) => !old.has(name));
  const renamed = pairRenamed(dropped, added);
  const isPaired = (column: Column): boolean => renamed.some((pair) => pair.includes(column));
  const retyped = after.columns.flatMap((column): ColumnChange[] => {
    const type = old.get(column.name);
    if (type === undefined || type === typeOf(column)) return [];
    return [{ kind: 'type', column: column.name, before: type, after: typeOf(column) }];
  });
  const key = before.key.join() === after.key.join() ? [] : [keyChange(before, after)];
  return [
    ...renamed.map(([from, to]) => ({
      kind: 'renamed' as const,
      column: to.name,
      before: from.name,
      after: to.name,
    })),
    ...added
      .filter((column) => !isPaired(column))
      .map((column) => ({
        kind: 'added' as const,
        column: column.name,
        before: null,
        after: typeOf(column),
      })),
    ...dropped
      .filter((column) => !isPaired(column))
      .map((column) => ({
        kind: 'dropped' as const,
        column: column.name,
        before: typeOf(column),
        after: null,
      })),
    ...retyped,
    ...key,
  ];
}

const typeOf = (column: Column): string => formatColumnType(column.type);

const keyChange = (before: TableSchema, after: TableSchema): ColumnChange => ({
  ...{
    kind: 'key',
    column: after.key.join(', '),
    before: before.key.join(', '),
    after: after.key.join(', '),
  },
});

function pairRenamed(dropped: readonly Column[], added: readonly Column[]): (readonly [Column, Column])[] {
  return dropped.flatMap((from) => {
    const alike = (column: Column): boolean => typeOf(column) === typeOf(from);
    const to = added.filter(alike);
    return to.length === 1 && dropped.filter(alike).length === 1 ? [[from, to[0]!] as const] : [];
  });
}

const unknownTable = (wanted: string): DolistreamError =>
  new DolistreamError('CONFIG_INVALID', `No table ${JSON.stringify(wanted.slice(0, 130))} was captured`, {
    fix: 'Name a captured table, such as llx_societe or dolibarr.llx_societe: dolistream query "SELECT DISTINCT database, table FROM raw.events"',
  });
