import type { QueryProgress, Warehouse } from '../../core/ports/warehouse.ts';
import { ClickHouseError } from './clickhouse-error.ts';
import { forbiddenNames } from './forbidden-functions.ts';
import { helloBlock, isHello } from './native-block.ts';
import type { QueryRequest } from './query-request.ts';
import type { QuerySession } from './query-sessions.ts';
import { engineSettings, type QueryLimits } from './query-settings.ts';
import { withSettingsTable } from './settings-table.ts';
import { admitStatement, checkIdentifier, readSessionStatement } from './statement-gate.ts';

/** What is asked of the engine once. */
export interface EngineFacts {
  readonly version: string;
  readonly timezone: string;
  readonly forbidden: ReadonlySet<string>;
}

export interface QueryAnswer {
  readonly format: string;
  /** The beginning of the answer. */
  readonly head: readonly Uint8Array[];
  /** What follows when the answer is longer than that; null: `head` is all. */
  readonly tail: AsyncIterator<Uint8Array> | null;
  /** What is known of it by then. */
  readonly progress: QueryProgress;
}

/** What of a request says what to run. */
export type RunnableQuery = Pick<
  QueryRequest,
  'sql' | 'database' | 'format' | 'queryId' | 'params' | 'settings' | 'protocolVersion'
>;

const DEFAULT_FORMAT = 'TabSeparated';
/** Answers up to this size are held until they are complete, so that an error still gets its own HTTP status. */
const HELD_BYTES = 1_000_000;
/** Of a query that read nothing. */
export const NOTHING: QueryProgress = {
  readRows: 0,
  readBytes: 0,
  totalRowsToRead: 0,
  resultRows: 0,
  memoryBytes: 0,
};

/**
 * The engine counts a column of one value once, whatever it becomes when it is written: here what is written counts.
 * Ends with TOO_MANY_ROWS_OR_BYTES.
 */
async function* bounded(bytes: AsyncIterable<Uint8Array>, largest: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of bytes) {
    size += piece.length;
    if (size > largest) {
      const text = `Limit for result exceeded, max bytes: ${largest}`;
      throw new ClickHouseError('TOO_MANY_ROWS_OR_BYTES', text);
    }
    yield piece;
  }
}

async function readHead(bytes: AsyncIterable<Uint8Array>): Promise<Pick<QueryAnswer, 'head' | 'tail'>> {
  const tail = bytes[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  for (let size = 0; size < HELD_BYTES;) {
    const next = await tail.next();
    if (next.done === true) return { head, tail: null };
    head.push(next.value);
    size += next.value.length;
  }
  return { head, tail };
}

/** Runs users' statements on the warehouse, read-only and bounded. */
export class QueryRunner {
  readonly #warehouse: Warehouse;
  readonly #limits: QueryLimits;
  #facts: Promise<EngineFacts> | null = null;

  constructor(warehouse: Warehouse, limits: QueryLimits) {
    this.#warehouse = warehouse;
    this.#limits = limits;
  }

  /** Asked at the first call and kept; asked again after a failure. */
  facts(): Promise<EngineFacts> {
    this.#facts ??= this.#askFacts().catch((error: unknown) => {
      this.#facts = null;
      throw error;
    });
    return this.#facts;
  }

  /**
   * Rejects before anything was sent: ClickHouseError for what is not admitted, the warehouse's error for what the
   * engine refuses. An iterator in the answer must be read to its end or returned. SET and USE change the session;
   * without one they are checked and have no effect, as on a server.
   */
  async run(request: RunnableQuery, signal: AbortSignal, session?: QuerySession): Promise<QueryAnswer> {
    const facts = await this.facts();
    const { protocolVersion } = request;
    if (protocolVersion > 0 && request.format === 'Native' && isHello(request.sql)) {
      const block = helloBlock(facts, protocolVersion);
      return { format: 'Native', head: [block], tail: null, progress: { ...NOTHING, resultRows: 1 } };
    }
    const change = readSessionStatement(request.sql);
    if (!change) return this.#answer(request, signal, { session, forbidden: facts.forbidden });
    if ('settings' in change) {
      engineSettings(change.settings, this.#limits);
      for (const [name, value] of change.settings) session?.settings.set(name, value);
    } else {
      await this.#checkDatabase(change.database, signal);
      if (session) session.database = change.database;
    }
    return { format: request.format ?? DEFAULT_FORMAT, head: [], tail: null, progress: NOTHING };
  }

  async #answer(
    request: RunnableQuery,
    signal: AbortSignal,
    place: { readonly session: QuerySession | undefined; readonly forbidden: ReadonlySet<string> },
  ): Promise<QueryAnswer> {
    const { session, forbidden } = place;
    const statement = admitStatement(request.sql, forbidden);
    for (const name of statement.identifiers) checkIdentifier(request.params.get(name) ?? '', forbidden);
    const format = statement.format ?? request.format ?? DEFAULT_FORMAT;
    // The statement's own clause counts more than what came with the request, and that more than the session.
    const asked = new Map([...(session?.settings ?? []), ...request.settings, ...statement.settings]);
    let progress = NOTHING;
    const database = request.database ?? session?.database ?? null;
    const bytes = await this.#warehouse.stream(withSettingsTable(statement.sql), format, {
      settings: engineSettings(asked, this.#limits),
      signal,
      onProgress: (news) => (progress = { ...progress, ...news }),
      ...(request.params.size > 0 ? { params: Object.fromEntries(request.params) } : {}),
      ...(request.queryId === null ? {} : { queryId: request.queryId }),
      ...(database === null ? {} : { database }),
    });
    return { format, ...(await readHead(bounded(bytes, this.#limits.maxResultBytes))), progress };
  }

  /** Rejects with the engine's error when there is none of that name. */
  async #checkDatabase(database: string, signal: AbortSignal): Promise<void> {
    const settings = engineSettings(new Map(), this.#limits);
    const answer = await this.#warehouse.stream('SELECT 1', 'Null', { database, settings, signal });
    for await (const bytes of answer) void bytes;
  }

  async #askFacts(): Promise<EngineFacts> {
    const [engine] = await this.#warehouse.rows<{ version: string; timezone: string; functions: string[] }>(
      `SELECT version() AS version, timezone() AS timezone,
              (SELECT groupArray(name) FROM system.table_functions) AS functions`,
    );
    const { version, timezone, functions } = engine!;
    return { version, timezone, forbidden: forbiddenNames(functions) };
  }
}
