/**
 * Sessions of the ClickHouse endpoint: what a client has set and chosen with SET and USE, until it has not asked for a
 * while. There is nothing else to keep: no temporary tables, no functions of one's own.
 */
import type { Clock } from '../../core/clock.ts';
import { ClickHouseError } from './clickhouse-error.ts';

export interface SessionRequest {
  readonly id: string;
  /** How long it is kept after its last query, seconds. */
  readonly timeoutSeconds: number;
  /** `session_check=1`: it must be there already. */
  readonly mustExist: boolean;
  /** `close_session=1`: it ends with this query. */
  readonly isLast: boolean;
}

export interface QuerySession {
  readonly settings: Map<string, string>;
  /** null: what the request says. */
  database: string | null;
}

interface Kept extends QuerySession {
  isBusy: boolean;
  /** Milliseconds of the clock. */
  endsAt: number;
}

/** More than these at once are not kept: the one that ends first goes. */
const MAX_SESSIONS = 1000;

export class QuerySessions {
  readonly #clock: Clock;
  /** By id. What a session holds are settings of reading: who knows the id of another's learns nothing. */
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Runs a query in its session; without one in an empty session of its own. Throws SESSION_NOT_FOUND, and
   * SESSION_IS_LOCKED while another query of the session runs.
   */
  async use<Result>(
    request: SessionRequest | null,
    work: (session: QuerySession) => Promise<Result>,
  ): Promise<Result> {
    if (!request) return work({ settings: new Map(), database: null });
    const session = this.#enter(request);
    try {
      return await work(session);
    } finally {
      session.isBusy = false;
      session.endsAt = this.#clock.now() + request.timeoutSeconds * 1000;
      // Anew at the end, so that the map begins with the one that has rested longest.
      this.#kept.delete(request.id);
      if (!request.isLast) this.#kept.set(request.id, session);
    }
  }

  #enter({ id, mustExist }: SessionRequest): Kept {
    this.#forgetEnded();
    const known = this.#kept.get(id);
    if (known?.isBusy) {
      throw new ClickHouseError('SESSION_IS_LOCKED', 'A query of this session runs; one runs at a time');
    }
    if (!known && mustExist)
      throw new ClickHouseError('SESSION_NOT_FOUND', 'There is no session of this name, or it has ended');
    const session = known ?? { settings: new Map(), database: null, isBusy: false, endsAt: 0 };
    session.isBusy = true;
    this.#kept.set(id, session);
    return session;
  }

  #forgetEnded(): void {
    const now = this.#clock.now();
    for (const [id, { isBusy, endsAt }] of this.#kept) {
      if (!isBusy && (endsAt <= now || this.#kept.size >= MAX_SESSIONS)) this.#kept.delete(id);
    }
  }
}
