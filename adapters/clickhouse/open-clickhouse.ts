/**
 * A ClickHouse server over its HTTP interface. The loader's and the product's own statements have connections of their
 * own, so that users' long queries never hold them up.
 */
import { Readable } from 'node:stream';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import {
  ANSWER_SETTINGS,
  type ClickhouseSettings,
  LOADER_SETTINGS,
  deduplicationSettings,
} from '../../core/clickhouse-settings.ts';
import { quoteText } from '../../core/clickhouse-sql.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type {
  AvroInsert,
  AvroSource,
  QueryOptions,
  TextInsert,
  Warehouse,
} from '../../core/ports/warehouse.ts';
import { readAnswer } from './answer-bytes.ts';
import { abortedError, translateHttpError } from './http-error.ts';

export interface ClickhouseOptions {
  /** `http://host:8123` or `https://host:8443`, with a path where a proxy wants one; no user, no password. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Where table names without a database are looked up; the user's default one when left out. */
  readonly database?: string;
  readonly tls?: TlsOptions;
  /** Statements of the product that run at once (default 8). As many users' queries run beside them. */
  readonly connections?: number;
  /** The server counts as gone when nothing comes from it for so long while a statement runs, ms (default 10 minutes). */
  readonly silenceMs?: number;
  readonly logger: Logger;
}

/** PEM texts. */
export interface TlsOptions {
  /** The authority that signed the server's certificate, where the system does not know it. */
  readonly ca: string;
  /** Ours, for a server that asks for one; both or none. */
  readonly cert?: string;
  readonly key?: string;
}

type Client = ReturnType<typeof createClient>;

/** Whole sources become one block each, and so one unit that is in or out; what bounds them is the loader's rounds. */
const ONE_BLOCK = 1 << 24;

const INSERT_SETTINGS: ClickhouseSettings = {
  ...LOADER_SETTINGS,
  max_insert_block_size: ONE_BLOCK,
  min_insert_block_size_rows: ONE_BLOCK,
  min_insert_block_size_bytes: 2 ** 40,
  input_format_parallel_parsing: 0,
  async_insert: 0,
  // An error then always has its own HTTP status.
  wait_end_of_query: 1,
};

const COMMAND_SETTINGS: ClickhouseSettings = {
  max_query_size: LOADER_SETTINGS['max_query_size']!,
  database_atomic_wait_for_drop_and_detach_synchronously: 1,
  wait_end_of_query: 1,
  // Signs of life of a statement that takes minutes: proxies cut silent connections.
  send_progress_in_http_headers: 1,
  http_headers_progress_interval_ms: 20_000,
};

const ROWS_SETTINGS: ClickhouseSettings = {
  cancel_http_readonly_queries_on_client_close: 1,
  wait_end_of_query: 1,
};

const STREAM_SETTINGS: ClickhouseSettings = { cancel_http_readonly_queries_on_client_close: 1 };

/** Room for the headers of a day of progress. */
const MAX_HEADER_BYTES = 2 * 1024 * 1024;

class ClickhouseWarehouse implements Warehouse {
  readonly #own: Client;
  readonly #users: Client;
  /** The server's address, for messages. */
  readonly #server: string;
  #isClosed = false;

  constructor(server: string, clients: { readonly own: Client; readonly users: Client }) {
    this.#server = server;
    this.#own = clients.own;
    this.#users = clients.users;
  }

  async command(sql: string, options: QueryOptions = {}): Promise<void> {
    await this.#translated(options.signal, async () => {
      await this.#own.command({ query: sql, ...requestOf(COMMAND_SETTINGS, options) });
    });
  }

  async rows<Row>(sql: string, options: QueryOptions = {}): Promise<Row[]> {
    return this.#translated(options.signal, async () => {
      const answer = await this.#own.query({
        query: sql,
        format: 'JSONEachRow',
        ...requestOf(ROWS_SETTINGS, options),
      });
      return answer.json<Row>();
    });
  }

  async stream(sql: string, format: string, options: QueryOptions = {}): Promise<AsyncIterable<Uint8Array>> {
    const { signal } = options;
    const request = requestOf(STREAM_SETTINGS, options);
    const { stream, response_headers: headers } = await this.#translated(signal, () =>
      this.#users.exec({
        query: sql,
        ...request,
        http_headers: { ...request.http_headers, 'X-ClickHouse-Format': format },
      }),
    );
    const tag = headers?.['x-clickhouse-exception-tag'];
    const answer = readAnswer({ body: stream, tag: typeof tag === 'string' ? tag : null, signal });
    return this.#readTranslated(answer, signal);
  }

  /**
   * One insert per source: a request has one body. Each source has its own token, so repeating the whole after a failure
   * adds only what is missing. Waits for all of them before it rejects: nothing may still run when it is repeated.
   */
  async insertAvro(insert: AvroInsert): Promise<void> {
    const outcomes = await Promise.allSettled(
      insert.sources.map((source) => this.#insertSource(insert, source)),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async insertText({ database, table, columns, rows, token }: TextInsert): Promise<void> {
    const query = `INSERT INTO ${database}.${table} (${columns.join(', ')}) FORMAT TabSeparated`;
    await this.#insertBody(query, [rows], token);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#own.close();
    await this.#users.close();
  }

  async #insertSource({ table, columns }: AvroInsert, source: AvroSource): Promise<void> {
    const query =
      `INSERT INTO ${table} (${columns.join(', ')})\nSELECT ${source.expressions.join(', ')}\n` +
      `FROM input(${quoteText(source.structure)})` +
      `${source.where === undefined ? '' : `\nWHERE ${source.where}`}\nFORMAT Avro`;
    await this.#insertBody(query, source.container, source.token);
  }

  async #insertBody(query: string, body: readonly Uint8Array[], token: string | null): Promise<void> {
    const settings = { ...INSERT_SETTINGS, ...deduplicationSettings(token) };
    await this.#translated(
      undefined,
      async () => {
        const values = Readable.from(body, { objectMode: false });
        const { stream } = await this.#own.exec({ query, values, ...requestOf(settings, {}) });
        for await (const bytes of stream) void bytes;
      },
      true,
    );
  }

  async *#readTranslated(
    answer: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array> {
    try {
      yield* answer;
    } catch (error) {
      throw this.#translate(error, signal);
    }
  }

  async #translated<Result>(
    signal: AbortSignal | undefined,
    work: () => Promise<Result>,
    whileInserting = false,
  ): Promise<Result> {
    if (this.#isClosed) throw new DolistreamError('WAREHOUSE_FAILED', 'The warehouse is closed');
    try {
      return await work();
    } catch (error) {
      throw this.#translate(error, signal, whileInserting);
    }
  }

  #translate(error: unknown, signal: AbortSignal | undefined, whileInserting = false): DolistreamError {
    if (signal?.aborted === true) return abortedError(error);
    return translateHttpError(error, this.#server, whileInserting);
  }
}

function requestOf(base: ClickhouseSettings, options: QueryOptions) {
  return {
    clickhouse_settings: { ...ANSWER_SETTINGS, ...base, ...options.settings },
    // The header counts more than the client's own database, which goes with the address.
    http_headers: options.database === undefined ? {} : { 'X-ClickHouse-Database': options.database },
    ...(options.params ? { query_params: { ...options.params } } : {}),
    ...(options.queryId ? { query_id: options.queryId } : {}),
    ...(options.signal ? { abort_signal: options.signal } : {}),
  };
}

/** The address as it may be shown. Throws CONFIG_INVALID, never repeating what may hold a password. */
function checkAddress(text: string): URL {
  const fix = 'Give an address like http://clickhouse:8123 or https://clickhouse:8443.';
  if (!URL.canParse(text)) {
    throw new DolistreamError('CONFIG_INVALID', 'The address of the ClickHouse server is not a URL', { fix });
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    throw new DolistreamError(
      'CONFIG_INVALID',
      'The address of the ClickHouse server holds a user or a password',
      {
        fix: 'Give user and password by the options of their own, and the address without them.',
      },
    );
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw new DolistreamError('CONFIG_INVALID', `ClickHouse is not spoken to by ${url.protocol}//`, { fix });
}

function tlsParameters({ ca, cert, key }: TlsOptions) {
  const authority = { ca_cert: Buffer.from(ca) };
  if (cert === undefined && key === undefined) return authority;
  if (cert !== undefined && key !== undefined) {
    return { ...authority, cert: Buffer.from(cert), key: Buffer.from(key) };
  }
  throw new DolistreamError(
    'CONFIG_INVALID',
    'A client certificate for ClickHouse needs its key, and the key it',
    {
      fix: 'Give both or none.',
    },
  );
}

/**
 * Opens the connections and asks the server for its version. Rejects with WAREHOUSE_UNREACHABLE (mostly retryable),
 * WAREHOUSE_AUTH or CONFIG_INVALID.
 */
export async function openClickhouse(options: ClickhouseOptions): Promise<Warehouse> {
  const address = checkAddress(options.url);
  const open = (): Client =>
    createClient({
      url: address,
      username: options.user,
      password: options.password,
      ...(options.database === undefined ? {} : { database: options.database }),
      ...(options.tls ? { tls: tlsParameters(options.tls) } : {}),
      max_open_connections: options.connections ?? 8,
      request_timeout: options.silenceMs ?? 600_000,
      max_response_headers_size: MAX_HEADER_BYTES,
      log: { level: ClickHouseLogLevel.OFF },
    });
  const warehouse = new ClickhouseWarehouse(address.host, { own: open(), users: open() });
  try {
    const [server] = await warehouse.rows<{ version: string }>('SELECT version() AS version');
    options.logger.info({ server: address.host, version: server?.version }, 'ClickHouse server');
    return warehouse;
  } catch (error) {
    await warehouse.close();
    throw error;
  }
}
