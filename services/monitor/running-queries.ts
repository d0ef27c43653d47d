/** Queries of the ClickHouse endpoint while they run, by their ids, so that KILL QUERY ends one. */
import { ClickHouseError } from './clickhouse-error.ts';

const KILL =
  /^\s*kill\s+query\s+where\s+query_id\s*=\s*'([\x21-\x26\x28-\x5b\x5d-\x7e]{1,200})'\s*(?:sync|async)?\s*;?\s*$/i;

/** The id in `KILL QUERY WHERE query_id = '…'`; null: another statement. */
export const killedQueryId = (sql: string): string | null => KILL.exec(sql)?.[1] ?? null;

/** Answers a KILL as ClickHouse does: a row for each query that it has told to end. */
export const KILL_ANSWER = `SELECT 'waiting' AS kill_status, {id:String} AS query_id, currentUser() AS user, '' AS query
  WHERE {found:UInt8}`;

export class RunningQueries {
  readonly #running = new Map<string, AbortController>();

  /**
   * Gives the work a signal that aborts with the caller's, and when the query is killed: then rejects with
   * QUERY_WAS_CANCELLED. Of two queries with one id the later can be killed.
   */
  async use(id: string, signal: AbortSignal, work: (stop: AbortSignal) => Promise<void>): Promise<void> {
    const killed = new AbortController();
    this.#running.set(id, killed);
    try {
      await work(AbortSignal.any([signal, killed.signal]));
    } catch (error) {
      if (!killed.signal.aborted) throw error;
      throw new ClickHouseError('QUERY_WAS_CANCELLED', 'Query was cancelled');
    } finally {
      if (this.#running.get(id) === killed) this.#running.delete(id);
    }
  }

  /** Whether there was one. */
  kill(id: string): boolean {
    const running = this.#running.get(id);
    running?.abort();
    return running !== undefined;
  }
}
