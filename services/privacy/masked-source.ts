/**
 * The source as everybody in the product sees it: of people who were forgotten, what Dolibarr still holds or changes
 * later comes masked, in the stream, in copies and in comparisons alike.
 */
import type {
  ChangeSource,
  ChunkReader,
  ChunkRequest,
  ReadRows,
  RowCursor,
  RowsRequest,
  Snapshot,
  StreamHandler,
  TableChunk,
} from '../../core/ports/change-source.ts';
import type { TableSchema } from '../../core/table-schema.ts';
import type { Forgotten } from './forgotten.ts';
import { MaskedRows, maskedColumns, maskTexts } from './masked-rows.ts';
import { personalColumns } from './person.ts';

type Texts = readonly (string | null)[][];

class Mask {
  readonly #forgotten: Forgotten;
  readonly #tablePrefix: string;

  constructor(forgotten: Forgotten, tablePrefix: string) {
    this.#forgotten = forgotten;
    this.#tablePrefix = tablePrefix;
  }

  rows(rows: RowCursor): RowCursor {
    const how = this.#howOf(rows.table);
    return how ? new MaskedRows(rows, how.columns, how.isForgotten) : rows;
  }

  texts(table: TableSchema, rows: Texts): Texts {
    const how = this.#howOf(table);
    return how ? rows.map((row) => maskTexts(row, table, how)) : rows;
  }

  /** null: rows of the table pass as they are. */
  #howOf(table: TableSchema) {
    if (!this.#forgotten.touches(table.table)) return null;
    const columns = maskedColumns(table, personalColumns(table.table, this.#tablePrefix));
    const isForgotten = (record: string): boolean => this.#forgotten.has(table.table, record);
    return columns && { columns, isForgotten };
  }
}

const maskedChunk = (chunk: TableChunk, mask: Mask): TableChunk => ({
  ...{ count: chunk.count, bytes: chunk.bytes, through: chunk.through },
  ...{ next: chunk.next, timestampMs: chunk.timestampMs },
  keyText: (index) => chunk.keyText(index),
  cursor: (skips) => mask.rows(chunk.cursor(skips)),
});

const maskedRead = (read: ReadRows, mask: Mask): ReadRows => ({
  ...{ count: read.count, through: read.through, timestampMs: read.timestampMs },
  keyText: (index) => read.keyText(index),
  cursors: (skips) => read.cursors(skips).map((rows) => mask.rows(rows)),
});

function maskedReader(reader: ChunkReader, mask: Mask): ChunkReader {
  return {
    serverId: reader.serverId,
    read: async (request: ChunkRequest) => maskedChunk(await reader.read(request), mask),
    readRows: async (request: RowsRequest) => maskedRead(await reader.readRows(request), mask),
    position: () => reader.position(),
    runningStatements: () => reader.runningStatements(),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}

function maskedSnapshot(snapshot: Snapshot, mask: Mask): Snapshot {
  return {
    ...{ position: snapshot.position, serverId: snapshot.serverId },
    ...{ timestampMs: snapshot.timestampMs, tables: snapshot.tables },
    rows: async function* (table) {
      for await (const rows of snapshot.rows(table)) yield mask.rows(rows);
    },
    texts: async function* (table, within) {
      for await (const rows of snapshot.texts(table, within)) yield mask.texts(table, rows);
    },
    keySpan: (table) => snapshot.keySpan(table),
    query: (sql) => snapshot.query(sql),
    [Symbol.asyncDispose]: () => snapshot[Symbol.asyncDispose](),
  };
}

function maskedHandler(handler: StreamHandler, mask: Mask): StreamHandler {
  return {
    onBegin: (transaction) => handler.onBegin(transaction),
    onRows: (rows, place) => handler.onRows(mask.rows(rows), place),
    onStatement: (statement, place) => handler.onStatement(statement, place),
    onCommit: (position, place) => handler.onCommit(position, place),
    onAbandon: () => handler.onAbandon(),
    onHeartbeat: () => handler.onHeartbeat(),
  };
}

/** The source, masking who is in the list at the moment at which a row is read. Closing it closes the source. */
export function maskSource(source: ChangeSource, forgotten: Forgotten, tablePrefix: string): ChangeSource {
  const mask = new Mask(forgotten, tablePrefix);
  return {
    identity: source.identity,
    preflight: () => source.preflight(),
    describe: (names) => source.describe(names),
    captures: (database, table) => source.captures(database, table),
    leftOut: () => source.leftOut(),
    stream: (options) => source.stream({ ...options, handler: maskedHandler(options.handler, mask) }),
    checkContinuity: (position, serverId) => source.checkContinuity(position, serverId),
    outlook: (position) => source.outlook(position),
    snapshot: async (names) => maskedSnapshot(await source.snapshot(names), mask),
    openChunkReader: async () => maskedReader(await source.openChunkReader(), mask),
    estimateSizes: (names) => source.estimateSizes(names),
    checkCondition: (table, where) => source.checkCondition(table, where),
    samePlace: (a, b) => source.samePlace(a, b),
    close: () => source.close(),
  };
}
