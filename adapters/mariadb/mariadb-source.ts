/** MariaDB (and MySQL, by its manual) as a change source: preflight, catalog, snapshot and binlog stream behind one port. */
import type { Connection } from 'mysql2/promise';
import type { CaptureRules } from '../../core/capture-rules.ts';
import type { ColumnType } from '../../core/column-type.ts';
import type {
  BinlogOutlook,
  ChangeSource,
  ChunkReader,
  Problem,
  Snapshot,
  StreamHandler,
  TableEstimate,
} from '../../core/ports/change-source.ts';
import type { SourcePosition } from '../../core/position.ts';
import type { TableSchema } from '../../core/table-schema.ts';
import { BinlogStream } from './binlog/binlog-stream.ts';
import type { DecoderContext } from './binlog/row-decoder.ts';
import { readCollations, readColumns, readSizes, readTables } from './catalog.ts';
import { connectSource, queryRows, type SourceAddress } from './connection.ts';
import { checkContinuity } from './continuity.ts';
import { readOutlook } from './outlook.ts';
import { findProblems } from './preflight.ts';
import { checkCondition } from './snapshot/check-condition.ts';
import { openChunkReader } from './snapshot/chunk-reader.ts';
import { openSnapshot } from './snapshot/consistent-snapshot.ts';

export interface MariadbSourceOptions {
  readonly address: SourceAddress;
  /** Unique among all readers of the server's binlog. */
  readonly serverId: number;
  readonly rules: CaptureRules;
  /** Reconnect when the server is silent for this long, ms; its heartbeat comes every 2 s. */
  readonly staleAfterMs: number;
}

interface ServerFacts {
  readonly version: string;
  readonly mariadb: boolean;
  readonly gtids: boolean;
}

/** @throws SOURCE_UNREACHABLE, SOURCE_AUTH, SOURCE_NOT_READY */
export async function openMariadbSource(options: MariadbSourceOptions): Promise<ChangeSource> {
  return withConnection(options.address, async (connection) => {
    const [row] = await queryRows<{ version: string }>(connection, 'SELECT VERSION() AS version');
    const version = row!.version;
    const mariadb = /mariadb/i.test(version);
    const gtids = mariadb || (await hasMysqlGtids(connection));
    return new MariadbSource(options, { version, mariadb, gtids });
  });
}

async function hasMysqlGtids(connection: Connection): Promise<boolean> {
  const [row] = await queryRows<{ Value: string }>(connection, "SHOW GLOBAL VARIABLES LIKE 'gtid_mode'");
  return row?.Value === 'ON';
}

async function withConnection<Result>(
  address: SourceAddress,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await connectSource(address);
  try {
    return await work(connection);
  } finally {
    connection.destroy();
  }
}

class MariadbSource implements ChangeSource {
  readonly identity: ChangeSource['identity'];
  readonly #options: MariadbSourceOptions;
  readonly #server: ServerFacts;
  /** Declared types by table, for what the binlog does not tell; renewed whenever the catalog is read. */
  #declared = new Map<string, ReadonlyMap<string, ColumnType>>();

  constructor(options: MariadbSourceOptions, server: ServerFacts) {
    this.#options = options;
    this.#server = server;
    this.identity = {
      connector: server.mariadb ? 'mariadb' : 'mysql',
      version: server.version,
      database: options.address.database,
    };
  }

  async preflight(): Promise<readonly Problem[]> {
    const { address, serverId, rules } = this.#options;
    return withConnection(address, (connection) =>
      findProblems(connection, {
        database: address.database,
        mariadb: this.#server.mariadb,
        serverId,
        captures: (table) => rules.captures(table),
        nowMs: Date.now(),
      }),
    );
  }

  captures(database: string, table: string): boolean {
    return database === this.#options.address.database && this.#options.rules.captures(table);
  }

  async describe(names?: readonly string[]): Promise<readonly TableSchema[]> {
    return withConnection(this.#options.address, (connection) => this.#readTables(connection, names));
  }

  async #readTables(connection: Connection, names?: readonly string[]): Promise<TableSchema[]> {
    const { address, rules } = this.#options;
    const tables = await readTables(connection, address.database, {
      names,
      captures: (table) => rules.captures(table),
      drops: (table, column) => rules.drops(table, column),
    });
    for (const table of tables) {
      this.#declared.set(table.table, new Map(table.columns.map((column) => [column.name, column.type])));
    }
    return tables;
  }

  async leftOut(): ReturnType<ChangeSource['leftOut']> {
    const { address, rules } = this.#options;
    const columns = await withConnection(address, (connection) => readColumns(connection, address.database));
    const tables = [...new Set(columns.map((column) => column.table))];
    return {
      tables: tables.filter((table) => !rules.captures(table)),
      columns: columns
        .filter(({ table, name }) => rules.captures(table) && rules.drops(table, name))
        .map(({ table, name }) => ({ table, column: name })),
    };
  }

  async snapshot(names?: readonly string[]): Promise<Snapshot> {
    return openSnapshot({
      address: this.#options.address,
      mariadb: this.#server.mariadb,
      gtids: this.#server.gtids,
      tables: (connection) => this.#readTables(connection, names),
    });
  }

  openChunkReader(): Promise<ChunkReader> {
    const { mariadb, gtids } = this.#server;
    return openChunkReader({ address: this.#options.address, mariadb, gtids });
  }

  async estimateSizes(names: readonly string[]): Promise<ReadonlyMap<string, TableEstimate>> {
    const { address } = this.#options;
    return withConnection(address, (connection) => readSizes(connection, address.database, names));
  }

  async checkCondition(table: TableSchema, where: string): Promise<void> {
    await withConnection(this.#options.address, (connection) => checkCondition(connection, table, where));
  }

  async stream(options: {
    from: SourcePosition;
    handler: StreamHandler;
    signal: AbortSignal;
  }): Promise<void> {
    const { address, serverId, rules, staleAfterMs } = this.#options;
    const collations = await withConnection(address, readCollations);
    if (this.#declared.size === 0) await this.describe();
    const stream = new BinlogStream({
      connection: address,
      serverId,
      mariadb: this.#server.mariadb,
      from: options.from,
      handler: options.handler,
      staleAfterMs,
      contextOf: (map): DecoderContext | null =>
        this.captures(map.database, map.table)
          ? {
              charsetOf: (collation) => collations.get(collation) ?? `collation ${collation}`,
              declared: (column) => this.#declared.get(map.table)?.get(column),
              drops: (column) => rules.drops(map.table, column),
            }
          : null,
    });
    await stream.run(options.signal);
  }

  async checkContinuity(position: SourcePosition, serverId: number | null): Promise<number> {
    return withConnection(this.#options.address, (connection) =>
      checkContinuity(connection, position, serverId),
    );
  }

  async outlook(position: SourcePosition): Promise<BinlogOutlook> {
    return withConnection(this.#options.address, (connection) => readOutlook(connection, position));
  }

  samePlace(a: SourcePosition, b: SourcePosition): boolean {
    if (a.kind === 'file' || b.kind === 'file') return a.file === b.file && a.offset === b.offset;
    return sortedGtids(a.gtid) === sortedGtids(b.gtid);
  }

  async close(): Promise<void> {
    return Promise.resolve();
  }
}

const sortedGtids = (gtid: string): string =>
  gtid
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .sort()
    .join(',');
