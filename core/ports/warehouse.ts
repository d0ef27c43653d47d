/** ClickHouse, in this process or on a server. */

export interface QueryOptions {
  /** Values of `{name:Type}` placeholders. Never build values into SQL text. */
  readonly params?: Readonly<Record<string, unknown>>;
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly queryId?: string;
  /** Where table names without a database are looked up; the engine's `default` when left out. */
  readonly database?: string;
  readonly signal?: AbortSignal;
  /** Of a streamed answer: called with what is new, while it is made. */
  readonly onProgress?: (progress: Partial<QueryProgress>) => void;
}

/** How far a query has come. */
export interface QueryProgress {
  readonly readRows: number;
  readonly readBytes: number;
  /** As far as the engine knows beforehand. */
  readonly totalRowsToRead: number;
  readonly resultRows: number;
  readonly memoryBytes: number;
}

/** Records of one schema on their way into a table. */
export interface AvroSource {
  /** For each target column the expression over the record's fields that fills it. */
  readonly expressions: readonly string[];
  /** Column definitions with which the Avro fields are read, e.g. `after Tuple(rowid Nullable(Int32), …), op String`. */
  readonly structure: string;
  /** A complete Avro object container file, in pieces. */
  readonly container: readonly Uint8Array[];
  /** Condition over the fields: only records that meet it go in. Left out: all. */
  readonly where?: string;
  /** insert_deduplication_token: same token, same rows, counted once, in dependent views too; null: always inserted. */
  readonly token: string | null;
}

/**
 * An insert into a table that counts once, however often it is repeated in the life of the engine's process. A kill -9 may
 * leave the token without the rows: ClickHouse notes it a moment before the part gets its name.
 */
export interface AvroInsert {
  /** `database.table`, quoted where needed. */
  readonly table: string;
  /** Target columns. */
  readonly columns: readonly string[];
  /** At least one. Records keep their order inside a source. */
  readonly sources: readonly AvroSource[];
}

/** A few rows on their way into a table, in one insert; for the token see AvroInsert. */
export interface TextInsert {
  /** Names of letters, digits and underscores, not quoted. */
  readonly database: string;
  readonly table: string;
  readonly columns: readonly string[];
  /** ClickHouse's TabSeparated, each row with its line end; the first value does not begin with white space. */
  readonly rows: Uint8Array;
  /** Null: always inserted. */
  readonly token: string | null;
}

export interface Warehouse {
  /** Runs one statement that returns nothing. */
  command(sql: string, options?: QueryOptions): Promise<void>;
  /** Runs one query and returns its rows as objects (64-bit integers and decimals as text). */
  rows<Row>(sql: string, options?: QueryOptions): Promise<Row[]>;
  /** Runs one query and streams the bytes of its answer in a ClickHouse output format. */
  stream(sql: string, format: string, options?: QueryOptions): Promise<AsyncIterable<Uint8Array>>;
  /**
   * Rejects with WAREHOUSE_DATA when the engine cannot read the records of a source; nothing of that source is in then.
   * Others may be in, under their tokens: repeat the whole, or each source by itself, with the tokens it had.
   */
  insertAvro(insert: AvroInsert): Promise<void>;
  /** For few rows a third of the cost of `insertAvro`. Rejects with WAREHOUSE_DATA; then nothing is in. */
  insertText(insert: TextInsert): Promise<void>;
  close(): Promise<void>;
}
