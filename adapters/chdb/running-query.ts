/** A user's query while the engine works at it: how far it is, and how to end it. */
import { randomUUID } from 'node:crypto';
import type { QueryProgress } from '../../core/ports/warehouse.ts';

interface ProcessRow {
  readonly readRows: string;
  readonly readBytes: string;
  readonly total: string;
  readonly memory: string;
}

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
    const [row] = await this.#ask<ProcessRow>(
      `SELECT toString(read_rows) AS readRows, toString(read_bytes) AS readBytes, toString(total_rows_approx) AS total,
              toString(greatest(peak_memory_usage, 0)) AS memory
       FROM system.processes WHERE ${this.#isThis}`,
    );
    if (!row) return {};
    const [readRows, readBytes, totalRowsToRead, memoryBytes] = [
      row.readRows,
      row.readBytes,
      row.total,
      row.memory,
    ].map(Number) as [number, number, number, number];
    return { readRows, readBytes, totalRowsToRead, memoryBytes };
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
