/** The monitor over a real embedded engine, listening on a free port of this machine. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import type { Logger } from '../../../core/ports/logger.ts';
import type { Metrics } from '../../../core/ports/metrics.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import { buildMonitorApp, type MonitorDeps } from '../../../services/monitor/build-app.ts';

export const TOKEN = 'correct-horse-battery';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const uncounted: Metrics = { count: () => undefined, gauge: () => undefined, observe: () => undefined };

export function monitorDeps(warehouse: Warehouse, changes: Partial<MonitorDeps> = {}): MonitorDeps {
  return {
    warehouse,
    warehouseDatabase: 'firm',
    token: null,
    health: () => Promise.resolve({ live: true, ready: true, checks: { capture: { state: 'running' } } }),
    status: () => Promise.resolve({ running: true }),
    lag: () => Promise.resolve({ events: 0 }),
    metricsPage: () => Promise.resolve({ type: 'text/plain; version=0.0.4', text: 'dolistream_up 1\n' }),
    verify: () => Promise.resolve({ equal: true }),
    backfill: () => Promise.resolve({ rows: 0 }),
    logger: silent,
    metrics: uncounted,
    ...changes,
  };
}

/** One engine per test file: a process can have one data folder. */
export class Engine implements AsyncDisposable {
  readonly dir: string;
  readonly warehouse: Warehouse;

  private constructor(dir: string, warehouse: Warehouse) {
    this.dir = dir;
    this.warehouse = warehouse;
  }

  /** With a mirror of three tickets, one changed and one deleted. */
  static async open(): Promise<Engine> {
    const dir = await mkdtemp(path.join(tmpdir(), 'dolistream-monitor-'));
    const warehouse = await openChdb({ dir: path.join(dir, 'chdb') });
    for (const statement of [
      'CREATE DATABASE mirror ENGINE = Atomic',
      'CREATE DATABASE firm ENGINE = Atomic',
      `CREATE TABLE mirror.ticket (rowid Int32, ref String, _seq UInt64, _deleted UInt8)
       ENGINE = ReplacingMergeTree(_seq, _deleted) ORDER BY rowid`,
      "INSERT INTO mirror.ticket VALUES (1, 'draft', 1, 0), (2, 'TS-2', 2, 0), (3, 'TS-3', 3, 0)",
      "INSERT INTO mirror.ticket VALUES (1, 'TS-1', 4, 0)",
      "INSERT INTO mirror.ticket VALUES (3, '', 5, 1)",
    ]) {
      await warehouse.command(statement);
    }
    return new Engine(dir, warehouse);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.warehouse.close();
    await rm(this.dir, { recursive: true, force: true });
  }
}

export class Listening implements AsyncDisposable {
  readonly app: FastifyInstance;

  private constructor(app: FastifyInstance) {
    this.app = app;
  }

  static async start(warehouse: Warehouse, changes: Partial<MonitorDeps> = {}): Promise<Listening> {
    const app = buildMonitorApp(monitorDeps(warehouse, changes));
    await app.listen({ host: '127.0.0.1', port: 0 });
    return new Listening(app);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.app.server.address() as AddressInfo).port}`;
  }

  /** Runs SQL as curl does: in the body, or in the URL when `params` holds `query`. */
  async ask(
    sql: string | null,
    params: Record<string, string> = {},
    init: RequestInit = {},
  ): Promise<Response> {
    const search = new URLSearchParams(params).toString();
    const body = sql === null ? {} : { method: 'POST', body: sql };
    return fetch(`${this.url}/${search === '' ? '' : `?${search}`}`, { ...body, ...init });
  }

  async text(sql: string, params: Record<string, string> = {}): Promise<string> {
    return (await this.ask(sql, params)).text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
  }
}
