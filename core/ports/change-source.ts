/** The database whose changes are captured. */
import type { SourcePosition } from '../position.ts';
import type { TableSchema } from '../table-schema.ts';

/** Debezium's operation codes: create, update, delete, read (initial copy). */
export type RowOperation = 'c' | 'u' | 'd' | 'r';

/**
 * A run of rows of one table and one operation, encoded straight from the source's bytes: no object per row.
 * Usage per row: `next()`, then `writeImage` once (c, r: after; d: before) or twice (u: before, then after); after
 * each image `writeKey` may write that image's key. Valid only until the call that handed it over returns.
 */
export interface RowCursor {
  /** The same object for as long as the table's schema stays the same. */
  readonly table: TableSchema;
  readonly operation: RowOperation;
  /** Moves to the next row; false when there is none. */
  next(): boolean;
  /** Bytes that one image or key of the row at hand can take at the most. */
  maxImageBytes(): number;
  /** Writes the next image as an Avro `Value` datum; returns the offset after it. */
  writeImage(out: Buffer, at: number): number;
  /** Writes the key of the image just written as an Avro `Key` datum; returns the offset after it. */
  writeKey(out: Buffer, at: number): number;
}

/** Facts common to all events of one transaction. */
export interface TransactionInfo {
  /** GTID, or `file:offset` of its begin where the server has no GTIDs. The same when it is read again. */
  readonly id: string;
  readonly gtid: string | null;
  readonly serverId: number;
}

/** Where one binlog event stands. */
export interface EventPlace {
  readonly file: string;
  /** Byte offset of the event's end; 0 where the server does not tell it. */
  readonly offset: number;
  /** By the source's clock, whole seconds, in ms since epoch. */
  readonly timestampMs: number;
}

/**
 * Receives the stream in commit order. A returned promise holds the stream until it settles: that is the back-pressure,
 * and a rejection ends the stream with that error.
 */
export interface StreamHandler {
  onBegin(transaction: TransactionInfo): void | Promise<void>;
  onRows(rows: RowCursor, place: EventPlace): void | Promise<void>;
  /** A statement that is not row data (DDL, or DML in statement format), with the database it ran in. */
  onStatement(
    statement: { readonly database: string; readonly sql: string },
    place: EventPlace,
  ): void | Promise<void>;
  /** The transaction (or single statement) is complete; `position` is a safe place to resume from. */
  onCommit(position: SourcePosition, place: EventPlace): void | Promise<void>;
  /** The server died while it wrote the transaction at hand, whose rows it does not have: there will be no commit. */
  onAbandon(): void | Promise<void>;
  /** Nothing new up to this moment: a heartbeat, or the end of the binlog for a caught-up reader. */
  onHeartbeat(): void;
}

export interface Problem {
  readonly severity: 'error' | 'warning';
  /** What was checked, e.g. `binlog_format`. */
  readonly check: string;
  /** What was found, in one sentence. */
  readonly found: string;
  /** The exact line or statement that mends it. */
  readonly fix: string;
}

/** All tables as they were at one position, however long reading them takes. Nothing is locked. */
export interface Snapshot extends AsyncDisposable {
  readonly position: SourcePosition;
  readonly serverId: number;
  /** Commit time to give to its rows, ms since epoch. */
  readonly timestampMs: number;
  readonly tables: readonly TableSchema[];
  /** Rows of one table in key order, in cursors of bounded size. */
  rows(table: TableSchema): AsyncIterable<RowCursor>;
  /** Rows of one table as canonical text (null for NULL), for comparing. Same order of columns as the schema. */
  texts(table: TableSchema, within?: KeyRange): AsyncIterable<readonly (string | null)[][]>;
  /** The lowest and the highest value of the first key column; null for an empty table. Only of tables with a key. */
  keySpan(table: TableSchema): Promise<{ readonly first: string; readonly last: string } | null>;
  /** Runs a query of the product's own, and gives its rows as text. */
  query(sql: string): Promise<readonly (readonly (string | null)[])[]>;
}

/** Rows whose first key column, a whole number, is from `first` to `last`, both included; null: no bound on that side. */
export interface KeyRange {
  readonly first: string | null;
  readonly last: string | null;
}

/** Where in a table's key order a copy stands: one text for each key column. Made and read by the source alone. */
export type KeyPlace = readonly string[];

export interface ChunkRequest {
  readonly table: TableSchema;
  /** Read rows after this place; null: from the first. */
  readonly after: KeyPlace | null;
  /** A condition in the source's SQL, checked by `checkCondition`; null: every row. */
  readonly where: string | null;
  readonly maxRows: number;
  /** The chunk is cut, at one row at the least, where its images would take more than this. */
  readonly maxBytes: number;
  /** The rows must show all that the stream had read up to here. */
  readonly seen: SourcePosition;
}

/**
 * Rows of a table in key order, as they were at one moment that is not before `ChunkRequest.seen` and not after
 * `through`. Whoever leaves out of them each key that the stream touches between those two has, once the stream is at
 * `through` or later, exactly what the table holds there of these rows.
 */
export interface TableChunk {
  readonly count: number;
  readonly bytes: number;
  readonly through: SourcePosition;
  /** Where the next chunk begins; null after the last one. */
  readonly next: KeyPlace | null;
  /** When it was read by the source's clock, ms since epoch. */
  readonly timestampMs: number;
  /** The key of a row as the bytes that `RowCursor.writeKey` writes, one character for each. */
  keyText(index: number): string;
  /** Its rows as `r`, without those for which `skips` is true. */
  cursor(skips: (index: number) => boolean): RowCursor;
}

export interface RowsRequest {
  readonly table: TableSchema;
  /** The rows asked for, as canonical text of every column; they are found by their keys. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** The rows must show all that the stream had read up to here. */
  readonly seen: SourcePosition;
}

/** What became of the rows that were asked for, at one moment as for `TableChunk`. */
export interface ReadRows extends Pick<TableChunk, 'count' | 'through' | 'timestampMs' | 'keyText'> {
  /** Those that are there as `r`, those that are not as `d` with the text of the request; never one for which `skips`. */
  cursors(skips: (index: number) => boolean): readonly RowCursor[];
}

/** Reads chunks over one connection, one at a time. */
export interface ChunkReader extends AsyncDisposable {
  /** Of the server that is read from. */
  readonly serverId: number;
  /**
   * Only of tables with a key. Rejects with SOURCE_TABLE_CHANGED when the table is no longer as `table` describes it:
   * its DDL is in the stream, or about to be.
   */
  read(request: ChunkRequest): Promise<TableChunk>;
  /** As `read`, of single rows. */
  readRows(request: RowsRequest): Promise<ReadRows>;
  /** A place that the stream will reach, at or after all that is committed now. */
  position(): Promise<SourcePosition>;
  /** Statements that the server works on at this moment, ours included. */
  runningStatements(): Promise<number>;
}

export interface TableEstimate {
  /** As the server guesses; may be off by half. */
  readonly rows: number;
  readonly bytes: number;
}

/** What a server keeps of its binlog for a reader at some place in it. */
export interface BinlogOutlook {
  /** Bytes of the binlog after the place; null: the place is not in a file of this server. */
  readonly unreadBytes: number | null;
  /** A file is deleted when its last event is older than this, seconds; null: never by age. */
  readonly keepSeconds: number | null;
  /** The oldest files are deleted when all take more than this; null: never by size. */
  readonly keepBytes: number | null;
}

export interface ChangeSource {
  /** Every problem at once; empty when capture can start. Rejects when the server cannot be reached. */
  preflight(): Promise<readonly Problem[]>;
  /** `mariadb` or `mysql`, and the version as the server tells it. */
  readonly identity: { readonly connector: string; readonly version: string; readonly database: string };
  /** Captured tables as they are now, by name; all of them when `names` is not given. */
  describe(names?: readonly string[]): Promise<readonly TableSchema[]>;
  /** Whether the table of this database is captured at all, by the include and exclude rules. */
  captures(database: string, table: string): boolean;
  /** What of the database is not captured: tables by rule, and columns that must not leave the source. */
  leftOut(): Promise<{
    readonly tables: readonly string[];
    readonly columns: readonly { readonly table: string; readonly column: string }[];
  }>;
  /** Follows the binlog from after `from` until `signal` aborts (resolves) or the stream breaks (rejects, mostly retryable). */
  stream(options: {
    readonly from: SourcePosition;
    readonly handler: StreamHandler;
    readonly signal: AbortSignal;
  }): Promise<void>;
  /**
   * Makes sure that what comes next continues what was read up to `position` from the server with this id (null: not
   * known); resolves with the id of the server that answers. Rejects with SOURCE_HISTORY_CHANGED when its binlog is
   * another one: then the same position means other transactions.
   */
  checkContinuity(position: SourcePosition, serverId: number | null): Promise<number>;
  /** How much the server has that was not read up to `position`, and how long it keeps that. */
  outlook(position: SourcePosition): Promise<BinlogOutlook>;
  /** A consistent view of the captured tables at one position. */
  snapshot(names?: readonly string[]): Promise<Snapshot>;
  /** Opens a connection for reading tables chunk by chunk, while the stream goes on. */
  openChunkReader(): Promise<ChunkReader>;
  /** How large tables are about, by name; a table that is not there is left out. */
  estimateSizes(names: readonly string[]): Promise<ReadonlyMap<string, TableEstimate>>;
  /** Rejects with CONFIG_INVALID when `where` is no plain condition over the table's captured columns. */
  checkCondition(table: TableSchema, where: string): Promise<void>;
  /** Whether two positions are the same place in the stream. */
  samePlace(a: SourcePosition, b: SourcePosition): boolean;
  close(): Promise<void>;
}
