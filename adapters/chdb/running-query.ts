/** A user's query while the engine works at it: how far it is, and how to end it. */
import { randomUUID } from 'node:crypto';
import type { QueryProgress } from '../../core/ports/warehouse.ts';

/** Asks the engine over another connection. */
type Ask = <Row>(sql: string) => Promise<Row[]>;

export class RunningQuery {
  /** For its setting `log_comment`: the engine of the process lets nobody choose the id of a query. */
  readonly mark = randomUUID();
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Nothing once it has ended. */
  async progress(): Promise<Partial<QueryProgress>> {
    const [row] = await this.#ask<Partial<QueryProgress>>(
      `SELECT toFloat64(read_rows) AS readRows, toFloat64(read_bytes) AS readBytes,
              toFloat64(total_rows_approx) AS totalRowsToRead, toFloat64(greatest(peak_memory_usage, 0)) AS memoryBytes
       FROM system.processes WHERE ${this.#isThis}`,
    );
    return row ?? {};
  }

  /**
   * Without it a query whose client has gone would go on to its limit of time, and hold its place among the users'.
   * A query that has ended meanwhile is none to end; the limit of time still holds when the engine cannot be asked.
   */
  async kill(): Promise<void> {
    await this.#ask(`KILL QUERY WHERE ${this.#isThis} ASYNC`).catch(() => undefined);
  }

  get #isThis(): string {
    return `Settings['log_comment'] = '${this.mark}'`;
  }
}
