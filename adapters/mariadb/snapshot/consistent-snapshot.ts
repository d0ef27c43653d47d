/**
 * A consistent view of the database and the binlog position it belongs to, without locking anybody: MariaDB keeps the
 * position of a consistent-snapshot transaction in the status variables binlog_snapshot_*
 * (https://mariadb.com/kb/en/enhancements-for-start-transaction-with-consistent-snapshot/). MySQL has no such thing and
 * takes its global read lock for the moment of reading the position; that path is written by the manual, not run here.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection as RawConnection } from 'mysql2';
import type { Connection } from 'mysql2/promise';
import { asDolistreamError, DolistreamError } from '../../../core/errors.ts';
import type { KeyRange, RowCursor, Snapshot } from '../../../core/ports/change-source.ts';
import type { BinlogPlace, SourcePosition } from '../../../core/position.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import { connectSource, queryRows, type SourceAddress } from '../connection.ts';
import { canonicalText } from './canonical-text.ts';
import { selectKeySpan, selectTable } from './select-expressions.ts';
import { TextRowCursor } from './text-row-cursor.ts';
import { TextRowEncoder, type TextRow } from './text-row-encoder.ts';

export interface SnapshotOptions {
  readonly address: SourceAddress;
  readonly mariadb: boolean;
  /** False: MySQL without GTIDs, positions are file and offset. */
  readonly gtids: boolean;
  readonly tables: (connection: Connection) => Promise<TableSchema[]>;
}

const ROWS_PER_CHUNK = 500;
const BETWEEN_ATTEMPTS_MS = 20;
const MAX_ATTEMPTS = 100;

export async function openSnapshot(options: SnapshotOptions): Promise<Snapshot> {
  const connection = await connectSource(options.address);
  try {
    await prepareSession(connection);
    const position = options.mariadb
      ? await startOnMariadb(connection)
      : await startOnMysql(connection, options.gtids);
    const tables = await options.tables(connection);
    const [server] = await queryRows<{ serverId: number; now: string }>(
      connection,
      'SELECT @@server_id AS serverId, UNIX_TIMESTAMP() AS now',
    );
    return new ConsistentSnapshot(connection, {
      position,
      tables,
      serverId: Number(server!.serverId),
      timestampMs: Math.floor(Number(server!.now)) * 1000,
    });
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** So that a value's text means the same in every session, and slow readers are waited for. */
export async function prepareSession(connection: Connection): Promise<void> {
  await queryRows(connection, "SET SESSION time_zone = '+00:00'");
  await queryRows(connection, 'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  await queryRows(connection, 'SET SESSION net_write_timeout = 3600');
}

/** Begins a transaction that sees exactly what is in the binlog up to the place returned. */
export async function startSnapshotTransaction(connection: Connection): Promise<BinlogPlace> {
  await queryRows(connection, 'START TRANSACTION WITH CONSISTENT SNAPSHOT');
  const status = await queryRows<{ Variable_name: string; Value: string }>(
    connection,
    "SHOW STATUS LIKE 'binlog_snapshot_%'",
  );
  const value = (name: string): string =>
    status.find((row) => row.Variable_name.toLowerCase() === name)?.Value ?? '';
  return { file: value('binlog_snapshot_file'), offset: Number(value('binlog_snapshot_position')) };
}

async function startOnMariadb(connection: Connection): Promise<SourcePosition> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const place = await startSnapshotTransaction(connection);
    if (place.file === '') break;
    const gtid = await readGtidAt(connection, place);
    if (gtid !== null) return { kind: 'mariadb-gtid', gtid, ...place };
    await pause(BETWEEN_ATTEMPTS_MS);
  }
  throw new DolistreamError(
    'SOURCE_NOT_READY',
    'The server has no binlog position for a consistent snapshot',
    {
      fix: 'Switch the binlog on: log_bin, binlog_format=ROW, binlog_row_metadata=FULL. If it is on: FLUSH BINARY LOGS, and max_allowed_packet to more than the largest row takes twice',
    },
  );
}

/**
 * The GTID position at a place that was the end of the binlog just now. The server cannot work it out behind an event
 * that is larger than max_allowed_packet, such as the UPDATE of a large BLOB; then it is that of now, if nothing was
 * written meanwhile. null: something was.
 */
async function readGtidAt(connection: Connection, { file, offset }: BinlogPlace): Promise<string | null> {
  const [there] = await queryRows<{ gtid: string | null }>(
    connection,
    'SELECT BINLOG_GTID_POS(?, ?) AS gtid',
    [file, offset],
  );
  if (typeof there?.gtid === 'string') return there.gtid;
  const [now] = await queryRows<{ gtid: string }>(connection, 'SELECT @@gtid_binlog_pos AS gtid');
  const [end] = await queryRows<{ File: string; Position: string }>(connection, 'SHOW MASTER STATUS');
  return end?.File === file && Number(end.Position) === offset ? now!.gtid : null;
}

export async function startOnMysql(connection: Connection, gtids: boolean): Promise<SourcePosition> {
  await queryRows(connection, 'FLUSH TABLES WITH READ LOCK');
  try {
    await queryRows(connection, 'START TRANSACTION WITH CONSISTENT SNAPSHOT');
    const [row] = await queryRows<{ File: string; Position: number; Executed_Gtid_Set: string }>(
      connection,
      'SHOW MASTER STATUS',
    );
    const place = { file: row!.File, offset: Number(row!.Position) };
    return gtids
      ? { kind: 'mysql-gtid', gtid: row!.Executed_Gtid_Set.replace(/\s/g, ''), ...place }
      : { kind: 'file', ...place };
  } finally {
    await queryRows(connection, 'UNLOCK TABLES');
  }
}

interface SnapshotFacts {
  readonly position: SourcePosition;
  readonly tables: readonly TableSchema[];
  readonly serverId: number;
  readonly timestampMs: number;
}

class ConsistentSnapshot implements Snapshot {
  readonly position: SourcePosition;
  readonly tables: readonly TableSchema[];
  readonly serverId: number;
  readonly timestampMs: number;
  readonly #connection: Connection;

  constructor(connection: Connection, facts: SnapshotFacts) {
    this.#connection = connection;
    this.position = facts.position;
    this.tables = facts.tables;
    this.serverId = facts.serverId;
    this.timestampMs = facts.timestampMs;
  }

  async *rows(table: TableSchema): AsyncIterable<RowCursor> {
    const encoder = new TextRowEncoder(table);
    for await (const chunk of this.#chunks(table)) yield new TextRowCursor(encoder, chunk);
  }

  async *texts(table: TableSchema, within?: KeyRange): AsyncIterable<readonly (string | null)[][]> {
    const canonical = table.columns.map((column) => canonicalText(column.type));
    for await (const chunk of this.#chunks(table, within)) {
      yield chunk.map((row) => row.map((cell, index) => (cell === null ? null : canonical[index]!(cell))));
    }
  }

  async keySpan(table: TableSchema): Promise<{ readonly first: string; readonly last: string } | null> {
    const [row] = await this.query(selectKeySpan(table));
    const [first = null, last = null] = row ?? [];
    return first === null || last === null ? null : { first, last };
  }

  async query(sql: string): Promise<readonly (readonly (string | null)[])[]> {
    try {
      const [rows] = await this.#connection.query({ sql, rowsAsArray: true, typeCast: false });
      return (rows as unknown as TextRow[]).map((row) => row.map((cell) => cell?.toString('utf8') ?? null));
    } catch (error) {
      throw asDolistreamError(error, 'SOURCE_DISCONNECTED', { retryable: true });
    }
  }

  async *#chunks(table: TableSchema, within?: KeyRange): AsyncIterable<TextRow[]> {
    if (table.columns.length === 0) return;
    const raw = (this.#connection as unknown as { connection: RawConnection }).connection;
    let chunk: TextRow[] = [];
    try {
      const query = raw.query({ sql: selectTable(table, within), rowsAsArray: true, typeCast: false });
      for await (const row of query.stream({ highWaterMark: ROWS_PER_CHUNK })) {
        chunk.push(row as TextRow);
        if (chunk.length < ROWS_PER_CHUNK) continue;
        yield chunk;
        chunk = [];
      }
    } catch (error) {
      throw snapshotError(error, table);
    }
    if (chunk.length) yield chunk;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.destroy();
    return Promise.resolve();
  }
}

/** A table altered or dropped since the snapshot began cannot be read in it any more: a new snapshot can. */
function snapshotError(error: unknown, table: TableSchema): DolistreamError {
  const { message } = error as Error;
  return new DolistreamError(
    'SOURCE_DISCONNECTED',
    `Copying ${table.database}.${table.table} broke off: ${message}`,
    {
      retryable: true,
      cause: error,
    },
  );
}
