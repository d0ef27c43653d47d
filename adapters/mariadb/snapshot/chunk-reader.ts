/**
 * Reads chunks of tables beside the stream. Each is one short consistent-snapshot transaction: nothing is locked, and an
 * ALTER of the table waits no longer than for one chunk.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { GtidSet } from '@vlasky/zongji';
import type { Connection } from 'mysql2/promise';
import { asDolistreamError, DolistreamError } from '../../../core/errors.ts';
import type {
  ChunkReader,
  ChunkRequest,
  KeyPlace,
  ReadRows,
  RowsRequest,
  TableChunk,
} from '../../../core/ports/change-source.ts';
import { comparePlaces, type SourcePosition } from '../../../core/position.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import { connectSource, queryRows, type SourceAddress } from '../connection.ts';
import { prepareSession, startOnMysql, startSnapshotTransaction } from './consistent-snapshot.ts';
import { EncodedRows } from './encoded-rows.ts';
import { keyColumns, placeIndexes, placeText, selectChunk } from './key-paging.ts';
import { type OnRow, readRowPackets } from './row-packets.ts';
import { RowsByKey, selectRows } from './rows-by-key.ts';
import { TextRowEncoder } from './text-row-encoder.ts';
import { textCell } from './text-cell.ts';

export interface ChunkReaderOptions {
  readonly address: SourceAddress;
  readonly mariadb: boolean;
  /** False: MySQL without GTIDs, positions are file and offset. */
  readonly gtids: boolean;
}

const FIRST_BYTES = 64 * 1024;
const MOST_BYTES_AT_ONCE = 4 << 20;
const BETWEEN_ATTEMPTS_MS = 10;
/** Places of different servers do not compare; after so many attempts what the stream had read is visible long since. */
const MAX_ATTEMPTS = 50;

export async function openChunkReader(options: ChunkReaderOptions): Promise<ChunkReader> {
  const reader = new MariadbChunkReader(options);
  await reader.connect();
  return reader;
}

class MariadbChunkReader implements ChunkReader {
  readonly #options: ChunkReaderOptions;
  #connection: Connection | null = null;
  serverId = 0;
  #encoder: TextRowEncoder | null = null;
  /** What the chunk before took: the next one of the same table takes about as much. */
  #bytes = FIRST_BYTES;

  constructor(options: ChunkReaderOptions) {
    this.#options = options;
  }

  async connect(): Promise<Connection> {
    if (this.#connection) return this.#connection;
    const connection = await connectSource(this.#options.address);
    // The next query tells; between two queries nobody would listen.
    connection.on('error', () => undefined);
    this.#connection = connection;
    await prepareSession(connection);
    if (this.#options.mariadb) await queryRows(connection, 'SET SESSION max_statement_time = 0');
    const [server] = await queryRows<{ id: string }>(connection, 'SELECT @@server_id AS id');
    this.serverId = Number(server!.id);
    return connection;
  }

  async read(request: ChunkRequest): Promise<TableChunk> {
    const { table, maxRows, maxBytes } = request;
    if (this.#encoder?.table !== table) {
      this.#encoder = new TextRowEncoder(table);
      this.#bytes = FIRST_BYTES;
    }
    const rows = new EncodedRows(this.#encoder, this.#bytes);
    const last = new LastRow(table);
    const connection = await this.connect();
    await this.#startView(connection, request.seen);
    const complete = await this.#select(connection, table, selectChunk(request), (text, from, end) => {
      rows.add(text, from, end);
      if (rows.count === maxRows || rows.bytes >= maxBytes) last.keep(text, from, end);
      return rows.bytes < maxBytes;
    });
    if (complete) await queryRows(connection, 'COMMIT');
    this.#bytes = Math.min(Math.ceil(rows.bytes * 1.2) + FIRST_BYTES, MOST_BYTES_AT_ONCE);
    const { through, timestampMs } = await this.#readPlace();
    return {
      through,
      next: last.place,
      count: rows.count,
      bytes: rows.bytes,
      timestampMs,
      keyText: (index) => rows.keyText(index),
      cursor: (skips) => rows.cursor(skips),
    };
  }

  async readRows({ table, rows, seen }: RowsRequest): Promise<ReadRows> {
    const found = new RowsByKey(table, rows);
    const connection = await this.connect();
    await this.#startView(connection, seen);
    await this.#select(connection, table, selectRows(table, rows), (text, from, end) => {
      found.add(text, from, end);
      return true;
    });
    await queryRows(connection, 'COMMIT');
    return found.read(await this.#readPlace());
  }

  async #select(connection: Connection, table: TableSchema, sql: string, onRow: OnRow): Promise<boolean> {
    try {
      const complete = await readRowPackets(connection, sql, onRow);
      if (!complete) this.#connection = null;
      return complete;
    } catch (error) {
      connection.destroy();
      this.#connection = null;
      throw readError(error, table);
    }
  }

  /** Begins a transaction that sees all that the stream had read at `seen`: see Barriers on why it might not. */
  async #startView(connection: Connection, seen: SourcePosition): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      if ((await this.#beginAndCompare(connection, seen)) || attempt === MAX_ATTEMPTS) return;
      await queryRows(connection, 'ROLLBACK');
      await pause(BETWEEN_ATTEMPTS_MS);
    }
  }

  async #beginAndCompare(connection: Connection, seen: SourcePosition): Promise<boolean> {
    if (this.#options.mariadb) return comparePlaces(await startSnapshotTransaction(connection), seen) >= 0;
    if (seen.kind !== 'mysql-gtid')
      return comparePlaces(await startOnMysql(connection, this.#options.gtids), seen) >= 0;
    // gtid_executed holds only what is visible, so a view begun after it shows at least that.
    const [row] = await queryRows<{ gtid: string }>(connection, 'SELECT @@GLOBAL.gtid_executed AS gtid');
    await queryRows(connection, 'START TRANSACTION WITH CONSISTENT SNAPSHOT');
    return GtidSet.parse(`${row!.gtid},${seen.gtid}`).toString() === GtidSet.parse(row!.gtid).toString();
  }

  async position(): Promise<SourcePosition> {
    return (await this.#readPlace()).through;
  }

  async #readPlace(): Promise<{ through: SourcePosition; timestampMs: number }> {
    const connection = await this.connect();
    const { mariadb, gtids } = this.#options;
    const [now] = await queryRows<{ now: string; gtid: string }>(
      connection,
      `SELECT UNIX_TIMESTAMP() AS now, ${mariadb ? '@@gtid_binlog_pos' : "''"} AS gtid`,
    );
    const timestampMs = Math.floor(Number(now!.now)) * 1000;
    const [status] = await queryRows<{ File: string; Position: string; Executed_Gtid_Set?: string }>(
      connection,
      'SHOW MASTER STATUS',
    );
    const place = { file: status!.File, offset: Number(status!.Position) };
    if (mariadb) return { through: { kind: 'mariadb-gtid', gtid: now!.gtid, ...place }, timestampMs };
    if (!gtids) return { through: { kind: 'file', ...place }, timestampMs };
    const gtid = status!.Executed_Gtid_Set!.replace(/\s/g, '');
    return { through: { kind: 'mysql-gtid', gtid, ...place }, timestampMs };
  }

  async runningStatements(): Promise<number> {
    const [row] = await queryRows<{ Value: string }>(
      await this.connect(),
      "SHOW GLOBAL STATUS LIKE 'Threads_running'",
    );
    return Number(row?.Value ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection?.destroy();
    this.#connection = null;
    return Promise.resolve();
  }
}

/** Remembers where the last row of a chunk stands in the key order. */
class LastRow {
  readonly #table: TableSchema;
  place: KeyPlace | null = null;

  constructor(table: TableSchema) {
    this.#table = table;
  }

  keep(text: Buffer, from: number, end: number): void {
    const columns = keyColumns(this.#table);
    this.place = placeIndexes(this.#table).map((cell, part) =>
      placeText(columns[part]!, textCell(text.subarray(from, end), cell)),
    );
  }
}

/** Bad definition changes, unknown columns and tables: the table is not what it was. */
const CHANGED_ERRORS = new Set([1412, 1054, 1146, 1932]);
const DENIED_ERRORS = new Set([1142, 1143, 1044, 1045]);

function readError(error: unknown, { database, table }: TableSchema): DolistreamError {
  const { errno, message } = error as { errno?: number; message?: string };
  const what = `Copying ${database}.${table} broke off: ${message ?? String(error)}`;
  if (errno !== undefined && CHANGED_ERRORS.has(errno)) {
    return new DolistreamError('SOURCE_TABLE_CHANGED', what, { retryable: true, cause: error });
  }
  if (errno !== undefined && DENIED_ERRORS.has(errno)) {
    return new DolistreamError('SOURCE_AUTH', what, {
      fix: `GRANT SELECT ON \`${database}\`.* to the capture user`,
      cause: error,
    });
  }
  return asDolistreamError(new Error(what, { cause: error }), 'SOURCE_DISCONNECTED', { retryable: true });
}
