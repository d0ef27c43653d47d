/**
 * ClickHouse inside this process. One connection runs its statements one after another, so several are kept apart by
 * purpose: writers for the loader, readers for the product's own questions, and a fresh one for each query that brings
 * settings of its own (a user's), because a setting stays with its connection for ever.
 *
 * Every running statement occupies a thread of libuv's pool, which has four unless UV_THREADPOOL_SIZE says otherwise:
 * the program that opens this sets it to 16.
 */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { Session, drainPending } from 'chdb';
import { createChdbConnection } from 'chdb/connection';
import { translateClickhouseError } from '../../core/clickhouse-errors.ts';
import {
  ANSWER_SETTINGS,
  type ClickhouseSettings,
  LOADER_SETTINGS,
  deduplicationSettings,
} from '../../core/clickhouse-settings.ts';
import { quoteName, quoteText } from '../../core/clickhouse-sql.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { AvroInsert, QueryOptions, TextInsert, Warehouse } from '../../core/ports/warehouse.ts';
import { answerQuery } from './answer-stream.ts';
import { ContainerSlot } from './container-slot.ts';
import { requireRoom } from './disk-room.ts';
import { writeEngineConfig } from './engine-config.ts';
import { LeasePool } from './lease-pool.ts';
import { openAnchor } from './open-anchor.ts';
import { RunningQuery } from './running-query.ts';

export interface ChdbOptions {
  /** Folder of the engine's data, made when it is missing. One process at a time, and one folder per process. */
  readonly dir: string;
  /** Statements of the loader that run at once (default 2). As many questions of the product run beside them. */
  readonly connections?: number;
}

type Client = ReturnType<typeof createClient>;
/** The client's own copy of the type that chdb implements: same shape, declared in two packages. */
type ClientConnection = NonNullable<NonNullable<Parameters<typeof createClient>[0]>['connection']>;

interface Writer {
  readonly client: Client;
  /** Takes texts as they are; the client would read them first. */
  readonly session: Session;
  readonly slot: ContainerSlot;
}

/** Users' queries that run at once; more wait. */
const USER_QUERIES = 3;

/** Settings go to a connection once: sent with every statement they would be a statement each. */
async function openClient(dir: string, settings: ClickhouseSettings): Promise<Client> {
  const client = createClient({
    connection: createChdbConnection({ path: dir }) as unknown as ClientConnection,
    log: { level: ClickHouseLogLevel.OFF },
  });
  await client.command({ query: `SET ${settingsList({ ...ANSWER_SETTINGS, ...settings })}` });
  return client;
}

const settingsList = (settings: ClickhouseSettings): string =>
  Object.entries(settings)
    .map(([name, value]) => `${quoteName(name)} = ${quoteText(String(value))}`)
    .join(', ');

async function openWriter(dir: string, index: number): Promise<Writer> {
  const slot = new ContainerSlot(join(dir, 'tmp'), index);
  const session = new Session(dir, { connectionArgs: sessionArguments(LOADER_SETTINGS) });
  return { client: await openClient(dir, LOADER_SETTINGS), session, slot };
}

const sessionArguments = (settings: ClickhouseSettings): string[] =>
  Object.entries({ ...ANSWER_SETTINGS, ...settings }).map(([name, value]) => `--${name}=${value}`);

class ChdbWarehouse implements Warehouse {
  readonly #dir: string;
  /** Keeps the engine's configuration: the first connection of a process sets it. */
  readonly #anchor: Session;
  readonly #writers: readonly Writer[];
  readonly #readers: readonly Client[];
  readonly #writing: LeasePool<Writer>;
  readonly #reading: LeasePool<Client>;
  /** Looks after users' queries, whatever else runs. */
  readonly #watching: LeasePool<Client>;
  readonly #userTurns = new LeasePool(Array.from({ length: USER_QUERIES }, (_, index) => index));
  #isClosed = false;

  constructor(
    dir: string,
    connections: {
      readonly anchor: Session;
      readonly writers: readonly Writer[];
      readonly readers: readonly Client[];
      readonly watcher: Client;
    },
  ) {
    this.#dir = dir;
    this.#anchor = connections.anchor;
    this.#writers = connections.writers;
    this.#readers = connections.readers;
    this.#writing = new LeasePool(this.#writers);
    this.#reading = new LeasePool(this.#readers);
    this.#watching = new LeasePool([connections.watcher]);
  }

  async command(sql: string, options: QueryOptions = {}): Promise<void> {
    this.#checkWritable();
    const run = async (client: Client) => {
      await client.command({ query: sql, ...clientParameters(options) });
    };
    await translated(
      options.settings
        ? this.#withOwnClient(options.settings, run)
        : this.#writing.use((writer) => run(writer.client)),
    );
  }

  async rows<Row>(sql: string, options: QueryOptions = {}): Promise<Row[]> {
    this.#checkOpen();
    const run = (client: Client) => readRows<Row>(client, sql, options);
    return translated(options.settings ? this.#withOwnClient(options.settings, run) : this.#reading.use(run));
  }

  async stream(sql: string, format: string, options: QueryOptions = {}): Promise<AsyncIterable<Uint8Array>> {
    this.#checkOpen();
    const turn = await this.#userTurns.take();
    const { signal, onProgress, params } = options;
    const running = new RunningQuery((question) =>
      this.#watching.use((client) => readRows(client, question)),
    );
    let session: Session | undefined;
    const stop = (): void => void running.kill();
    const release = () => {
      signal?.removeEventListener('abort', stop);
      session?.close();
      this.#userTurns.give(turn);
    };
    try {
      signal?.throwIfAborted();
      signal?.addEventListener('abort', stop, { once: true });
      const settings = { ...options.settings, log_comment: running.mark };
      session = new Session(this.#dir, { connectionArgs: sessionArguments(settings) });
      if (options.database !== undefined) await session.queryAsync(`USE ${quoteName(options.database)}`);
      signal?.throwIfAborted();
      const query = { sql, format, params, signal, onProgress, askProgress: () => running.progress() };
      return await answerQuery(session, query, release);
    } catch (error) {
      release();
      throw translateClickhouseError(error);
    }
  }

  async insertAvro(insert: AvroInsert): Promise<void> {
    this.#checkWritable();
    await this.#writing.use(async ({ client, slot }) => {
      try {
        const selects = insert.sources.map(({ container, expressions, structure, where }, index) => {
          const path = slot.write(index, container);
          const source = `file(${quoteText(path)}, Avro, ${quoteText(structure)})`;
          return `SELECT ${expressions.join(', ')}\nFROM ${source}${where === undefined ? '' : `\nWHERE ${where}`}`;
        });
        await client.command({
          query:
            `INSERT INTO ${insert.table} (${insert.columns.join(', ')})\n${selects.join('\nUNION ALL\n')}\n` +
            `SETTINGS ${settingsList(deduplicationSettings(tokenOf(insert.sources)))}`,
        });
      } catch (error) {
        throw translateClickhouseError(error, true);
      }
    });
  }

  async insertText(insert: TextInsert): Promise<void> {
    this.#checkWritable();
    const { database, table, columns, rows, token } = insert;
    await this.#writing.use(async ({ session }) => {
      try {
        await session.insert({
          table: `${database}.${table}`,
          columns: [...columns],
          format: 'TabSeparated',
          values: rows,
          settings: deduplicationSettings(token),
        });
      } catch (error) {
        throw translateClickhouseError(error, true);
      }
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { client, session, slot } of this.#writers) {
      await client.close();
      session.close();
      slot.close();
    }
    for (const client of this.#readers) await client.close();
    await this.#watching.use((client) => client.close());
    this.#anchor.close();
    await drainPending();
  }

  async #withOwnClient<Result>(
    settings: ClickhouseSettings,
    run: (client: Client) => Promise<Result>,
  ): Promise<Result> {
    return this.#userTurns.use(async () => {
      const client = await openClient(this.#dir, settings);
      try {
        return await run(client);
      } finally {
        await client.close();
      }
    });
  }

  #checkWritable(): void {
    this.#checkOpen();
    requireRoom(this.#dir);
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new DolistreamError('WAREHOUSE_FAILED', 'The warehouse is closed');
  }
}

/** All sources go in by one statement, so their tokens make one. */
function tokenOf(sources: AvroInsert['sources']): string | null {
  const tokens = sources.map(({ token }) => token);
  if (tokens.includes(null)) return null;
  if (tokens.length === 1) return tokens[0]!;
  return createHash('sha256').update(tokens.join('\n')).digest('hex');
}

function clientParameters(options: QueryOptions) {
  return {
    ...(options.params ? { query_params: { ...options.params } } : {}),
    ...(options.queryId ? { query_id: options.queryId } : {}),
    ...(options.signal ? { abort_signal: options.signal } : {}),
  };
}

async function readRows<Row>(client: Client, sql: string, options: QueryOptions = {}): Promise<Row[]> {
  const answer = await client.query({ query: sql, format: 'JSONEachRow', ...clientParameters(options) });
  return answer.json<Row>();
}

async function translated<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw translateClickhouseError(error);
  }
}

/**
 * Opens or creates the embedded warehouse. Rejects with DATA_DIR_UNUSABLE when the folder cannot be written or a table's
 * definition is damaged, and with DATA_DIR_LOCKED when another process has it open.
 */
export async function openChdb(options: ChdbOptions): Promise<Warehouse> {
  const dir = resolve(options.dir);
  let configPath: string;
  try {
    await mkdir(join(dir, 'tmp'), { recursive: true });
    configPath = await writeEngineConfig(dir);
  } catch (error) {
    throw new DolistreamError('DATA_DIR_UNUSABLE', `The folder ${dir} cannot be written`, {
      cause: error,
      fix: `Make ${dir} writable for the user that runs dolistream, or choose another folder with --data.`,
    });
  }
  const anchor = openAnchor(dir, [`--config-file=${configPath}`, ...sessionArguments({})]);
  const numbers = Array.from({ length: options.connections ?? 2 }, (_, index) => index);
  const writers = await Promise.all(numbers.map((index) => openWriter(dir, index)));
  const readers = await Promise.all(numbers.map(() => openClient(dir, {})));
  const watcher = await openClient(dir, {});
  return new ChdbWarehouse(dir, { anchor, writers, readers, watcher });
}
