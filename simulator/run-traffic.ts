/** Live traffic on a simulated Dolibarr: several users at once, in the shapes in which Dolibarr really writes. */
import { systemClock, type Clock } from '../core/clock.ts';
import { DolistreamError } from '../core/errors.ts';
import { linkSignals } from '../core/link-signals.ts';
import type { Firm } from './firm/firm.ts';
import { describeSqlError, openConnection, parseUrl } from './open-connection.ts';
import { createRandom, type Random } from './random.ts';
import { withMistakes, type Action } from './traffic/action-table.ts';
import { changeExtrafields, LIVE_TABLE } from './traffic/actions/extrafields.ts';
import { createAnomalyPlan } from './traffic/anomaly-plan.ts';
import { loadFirm, loadLiveColumns, loadOpenWork, loadReferences } from './traffic/load-firm.ts';
import { createPacer, type Pacer } from './traffic/pacer.ts';
import {
  createWorker,
  isConnectionLost,
  openLink,
  reconnect,
  type Link,
  type TrafficCounts,
  type Worker,
} from './traffic/worker.ts';
import { createWallClock } from './wall-clock.ts';

export { ROLLED_BACK_MARKER } from './traffic/actions/mistakes.ts';

export interface RunTrafficOptions {
  /** `mysql://user:password@host:port/database` of a database filled by seedHistory. */
  readonly url: string;
  /** Ends the traffic: transactions in hand are finished first. */
  readonly signal: AbortSignal;
  /** Same seed and same database, same work in each connection. Default 1. */
  readonly seed?: number;
  /** Transactions a second over all connections. Default 5; 500 is possible. */
  readonly rate?: number;
  /** Ends by itself after about so many transactions (an action is not cut in the middle). */
  readonly transactions?: number;
  /** Connections that write at once. Default 2. */
  readonly connections?: number;
  /** Share of closed interventions made abnormal on purpose, 0 to 1. Default 0.05; the first comes soon. */
  readonly anomalyRate?: number;
  /** Share of actions that are rolled back, 0 to 0.9. Default 0.04. */
  readonly rollbackRate?: number;
  /** One ALTER TABLE of an extrafield in so many transactions; 0 for none. Default 400. */
  readonly alterEvery?: number;
  /** Logs in again when the server goes away, until `signal` aborts. Default false: the loss rejects. */
  readonly reconnect?: boolean;
  /** Zone of Dolibarr's DATETIMEs. Default Europe/Paris. */
  readonly timeZone?: string;
  /** Dates what is written; the rate keeps to real time. */
  readonly clock?: Clock;
}

/** What was done: `committed` and `rolledBack` transactions, and some of what they held. */
export type TrafficReport = Readonly<TrafficCounts>;

function checkNumber(name: string, value: number, [from, to]: readonly [number, number]): void {
  if (value >= from && value <= to) return;
  throw new DolistreamError('CONFIG_INVALID', `${name} is ${value}`, {
    fix: `Give a number from ${from} to ${to}.`,
  });
}

/** The part of the firm that one worker writes. People are shared: they are only referred to, and logged in. */
function sliceFirm(firm: Firm, worker: number, workers: number): Firm {
  const isOwn = (id: number): boolean => id % workers === worker;
  return {
    ...firm,
    products: firm.products.filter(({ id }) => isOwn(id)),
    customers: firm.customers.filter(({ id }) => isOwn(id)),
    sites: firm.sites.filter(({ customer }) => isOwn(customer.id)),
  };
}

interface Loop {
  readonly worker: Worker;
  readonly link: Link;
  readonly random: Random;
  readonly actions: readonly Action[];
  readonly options: RunTrafficOptions;
  readonly isDone: () => boolean;
  /** True when this worker should change the schema now. */
  readonly isAlterDue: () => boolean;
}

async function work(loop: Loop): Promise<void> {
  const { worker, random, options } = loop;
  while (!loop.isDone() && (await worker.turn())) {
    try {
      await (loop.isAlterDue() ? changeExtrafields(worker) : random.weighted(loop.actions).run(worker));
    } catch (error) {
      const known = describeSqlError(error);
      if (options.reconnect !== true || !isConnectionLost(known)) throw known;
      if (!(await reconnect(loop.link, worker.counts, options.signal))) return;
    }
  }
}

async function startWorkers(
  options: RunTrafficOptions,
  counts: TrafficCounts,
  pacer: Pacer,
): Promise<Loop[]> {
  const { url, seed = 1, connections: workers = 2, anomalyRate = 0.05, rollbackRate = 0.04 } = options;
  const {
    alterEvery = 400,
    transactions = Infinity,
    timeZone = 'Europe/Paris',
    clock = systemClock,
  } = options;
  const wall = createWallClock(timeZone);
  const setup = await openConnection(url);
  try {
    const firm = await loadFirm(setup);
    const liveColumns = await loadLiveColumns(setup, LIVE_TABLE);
    const loops: Loop[] = [];
    let altersDue = 1;
    const isAlterDue = (): boolean => {
      if (alterEvery === 0 || counts.committed < altersDue * alterEvery) return false;
      altersDue += 1;
      return true;
    };
    for (let index = 0; index < workers; index += 1) {
      const random = createRandom(seed).fork(`worker ${index}`);
      const place = {
        random,
        firm: sliceFirm(firm, index, workers),
        work: await loadOpenWork(setup, { worker: index, workers, crews: firm.crews }),
        refs: await loadReferences(setup, { worker: index, workers }),
        liveColumns,
        anomalies: createAnomalyPlan(random.fork('anomalies'), anomalyRate),
        counts,
        database: parseUrl(url).database,
        now: () => wall.toWall(clock.now()),
        instant: () => clock.now(),
      };
      const link = await openLink(url);
      const loop = {
        worker: createWorker(place, link, pacer),
        link,
        random: random.fork('actions'),
        options,
      };
      const isDone = (): boolean => counts.committed + counts.rolledBack >= transactions;
      // One administrator: only the first worker changes the schema.
      const mayAlter = index === 0 ? isAlterDue : () => false;
      loops.push({ ...loop, actions: withMistakes(rollbackRate), isDone, isAlterDue: mayAlter });
    }
    return loops;
  } finally {
    await setup.end();
  }
}

/**
 * Runs until `signal` aborts or `transactions` are done, and resolves with the counts. Rejects with CONFIG_INVALID
 * for an option out of range or a database without a firm, with SOURCE_UNREACHABLE when the server goes away.
 */
export async function runTraffic(options: RunTrafficOptions): Promise<TrafficReport> {
  checkNumber('rate', options.rate ?? 5, [0.01, 10_000]);
  checkNumber('connections', options.connections ?? 2, [1, 16]);
  checkNumber('anomalyRate', options.anomalyRate ?? 0, [0, 1]);
  checkNumber('rollbackRate', options.rollbackRate ?? 0, [0, 0.9]);
  checkNumber('alterEvery', options.alterEvery ?? 0, [0, Infinity]);
  const counts: TrafficCounts = {
    committed: 0,
    rolledBack: 0,
    anomalies: 0,
    schemaChanges: 0,
    reconnects: 0,
    deadlocks: 0,
  };
  // When one worker fails, the others stop too.
  const failed = new AbortController();
  using linked = linkSignals(options.signal, failed.signal);
  const { signal } = linked;
  const pacer = createPacer(options.rate ?? 5, signal);
  const loops = await startWorkers({ ...options, signal }, counts, pacer).catch((error: unknown) => {
    throw describeSqlError(error);
  });
  const results = await Promise.allSettled(
    loops.map((loop) =>
      work(loop).catch((error: unknown) => {
        failed.abort();
        throw error;
      }),
    ),
  );
  for (const { worker } of loops) await worker.close();
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return counts;
}
