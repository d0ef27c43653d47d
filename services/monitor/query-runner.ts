import type { Warehouse } from '../../core/ports/warehouse.ts';
import { forbiddenNames } from './forbidden-functions.ts';
import type { QueryRequest } from './query-request.ts';
import { engineSettings, type QueryLimits } from './query-settings.ts';
import { admitStatement, checkIdentifier } from './statement-gate.ts';

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
}

const DEFAULT_FORMAT = 'TabSeparated';
/** Answers up to this size are held until they are complete, so that an error still gets its own HTTP status. */
const HELD_BYTES = 1_000_000;

async function readHead(bytes: AsyncIterable<Uint8Array>): Promise<Omit<QueryAnswer, 'format'>> {
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
   * engine refuses. An iterator in the answer must be read to its end or returned.
   */
  async run(request: QueryRequest, signal: AbortSignal): Promise<QueryAnswer> {
    const { forbidden } = await this.facts();
    const statement = admitStatement(request.sql, forbidden);
    for (const name of statement.identifiers) checkIdentifier(request.params.get(name) ?? '', forbidden);
    const format = statement.format ?? request.format ?? DEFAULT_FORMAT;
    // The statement's own clause counts more than what came with the request.
    const asked = new Map([...request.settings, ...statement.settings]);
    const bytes = await this.#warehouse.stream(statement.sql, format, {
      settings: engineSettings(asked, this.#limits),
      signal,
      ...(request.params.size > 0 ? { params: Object.fromEntries(request.params) } : {}),
      ...(request.queryId === null ? {} : { queryId: request.queryId }),
      ...(request.database === null ? {} : { database: request.database }),
    });
    return { format, ...(await readHead(bytes)) };
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
