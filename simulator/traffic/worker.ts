/** One user at work: a connection, the part of the firm it looks after, and how it commits. */
import type { Connection, ResultSetHeader } from 'mysql2/promise';
import { setTimeout as delay } from 'node:timers/promises';
import type { DolistreamError } from '../../core/errors.ts';
import type { Firm, References } from '../firm/firm.ts';
import { describeSqlError, openConnection } from '../open-connection.ts';
import type { Random } from '../random.ts';
import type { SqlExpression } from '../sql-writer.ts';
import type { Pacer } from './pacer.ts';
import type { Script } from './script.ts';
import type { LiveColumns } from './live-columns.ts';
import type { AnomalyPlan } from './anomaly-plan.ts';
import type { OpenWork } from './open-work.ts';

export interface TrafficCounts {
  committed: number;
  rolledBack: number;
  anomalies: number;
  schemaChanges: number;
  reconnects: number;
  /** Transactions that the server chose as victims of a deadlock; each was run again. */
  deadlocks: number;
}

export interface Worker {
  readonly random: Random;
  /** The slice of the firm that this worker alone writes: no two workers ever wait for each other's rows. */
  readonly firm: Firm;
  readonly work: OpenWork;
  readonly refs: References;
  readonly liveColumns: LiveColumns;
  readonly anomalies: AnomalyPlan;
  readonly counts: TrafficCounts;
  readonly database: string;
  /** Wall reading of the moment. */
  now(): number;
  /** The instant of the moment, milliseconds since 1970. */
  instant(): number;
  /** Waits for the right to run one more transaction; false when the traffic ends. */
  turn(): Promise<boolean>;
  /** The reference of a row until its id is known; no two rows share one, or their inserts would lock each other. */
  draftRef(): string;
  /** Runs the script as one transaction; resolves with the way to learn the ids it created. */
  commit(script: Script): Promise<(id: SqlExpression) => number>;
  /** Runs the script and rolls it back, or lets the error of its last statement do so. */
  rollBack(script: Script): Promise<void>;
  /** Runs the script and drops the connection without a word, as a PHP process that dies. */
  disconnectWithin(script: Script): Promise<void>;
  /** Runs one statement on its own: DDL. */
  define(sql: string): Promise<void>;
  close(): Promise<void>;
}

/** Share of the transactions sent statement by statement: they stay open while others commit. */
const STEPWISE_SHARE = 0.1;
const RECONNECT_DELAY_MS = 100;

async function execute(connection: Connection, statements: readonly string[]): Promise<ResultSetHeader[]> {
  const [results] = await connection.query(statements.join(';\n'));
  return (Array.isArray(results) ? results : [results]) as ResultSetHeader[];
}

async function executeStepwise(
  connection: Connection,
  statements: readonly string[],
): Promise<ResultSetHeader[]> {
  const results: ResultSetHeader[] = [];
  for (const statement of statements) results.push(...(await execute(connection, [statement])));
  return results;
}

/** Errors that a rollback script provokes on purpose: duplicate key, text that does not fit, unknown column. */
const PROVOKED = new Set(['ER_DUP_ENTRY', 'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD', 'ER_BAD_FIELD_ERROR']);

const MAX_ATTEMPTS = 5;

/** The connection of a worker, opened again when the server went away. */
export interface Link {
  readonly current: Connection;
  renew(): Promise<void>;
}

export async function openLink(url: string): Promise<Link> {
  let current = await openConnection(url);
  return {
    get current() {
      return current;
    },
    renew: async () => {
      current.destroy();
      current = await openConnection(url);
    },
  };
}

type Place = Pick<
  Worker,
  | 'random'
  | 'firm'
  | 'work'
  | 'refs'
  | 'liveColumns'
  | 'anomalies'
  | 'counts'
  | 'database'
  | 'now'
  | 'instant'
>;

/** A deadlock's victim is already rolled back: the same work is simply done again. */
async function retryDeadlocks<T>(counts: TrafficCounts, run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if ((error as { code?: string }).code !== 'ER_LOCK_DEADLOCK' || attempt === MAX_ATTEMPTS) throw error;
      counts.deadlocks += 1;
    }
  }
}

export function createWorker(place: Place, link: Link, pacer: Pacer): Worker {
  const { random, counts, liveColumns } = place;
  const send = (script: Script, ending: readonly string[]): Promise<ResultSetHeader[]> => {
    const statements = ['BEGIN', ...script.statements, ...ending];
    const run = random.chance(STEPWISE_SHARE) ? executeStepwise : execute;
    return liveColumns.during(run(link.current, statements));
  };
  return {
    ...place,
    turn: () => pacer.turn(),
    draftRef: () => `(PROV${random.int(0x10000000, 0x7fffffff).toString(16)})`,
    commit: async (script) => {
      const results = await retryDeadlocks(counts, () => send(script, ['COMMIT']));
      counts.committed += 1;
      return (id) => results[script.statementOf(id) + 1]!.insertId;
    },
    rollBack: async (script) => {
      try {
        await send(script, ['ROLLBACK']);
      } catch (error) {
        if (!PROVOKED.has((error as { code?: string }).code ?? '')) throw error;
        await execute(link.current, ['ROLLBACK']);
      }
      counts.rolledBack += 1;
    },
    disconnectWithin: async (script) => {
      await send(script, []);
      await link.renew();
      counts.rolledBack += 1;
    },
    define: async (sql) => {
      await execute(link.current, [sql]);
      counts.schemaChanges += 1;
    },
    close: async () => {
      await link.current.end().catch(() => {
        // A server that is gone closed it already.
      });
    },
  };
}

/** Tries to log in again until it works or `signal` aborts. False: aborted. */
export async function reconnect(link: Link, counts: TrafficCounts, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await link.renew();
      counts.reconnects += 1;
      return true;
    } catch (error) {
      if (!isConnectionLost(describeSqlError(error))) throw error;
      // The server is starting: nothing announces the end of that.
      await delay(RECONNECT_DELAY_MS, undefined, { signal }).catch(() => {});
    }
  }
  return false;
}

export const isConnectionLost = (error: DolistreamError): boolean =>
  error.code === 'SOURCE_UNREACHABLE' && error.retryable;
