/** The monitor with its pages, over whichever warehouse and with changes that a test makes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { packagePath } from '../../../app/paths.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import { buildMonitorApp, type MonitorDeps } from '../../../services/monitor/build-app.ts';
import type { DashboardDeps } from '../../../services/monitor/dashboard-routes.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';
import { Engine, monitorDeps, TOKEN } from './monitor-bench.ts';

export const VIEWER_TOKEN = 'just-looking-around';
export const ELSEWHERE = { remoteAddress: '10.0.0.9' };

/** What the pages of a test file stand on, until its tests are over: the engine, and the folder of `writeQueries`. */
export async function openBench(): Promise<{ readonly engine: Engine; readonly queries: string }> {
  const engine = await Engine.open();
  const folder = makeTemporaryFolder();
  after(async () => {
    await engine[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });
  return { engine, queries: writeQueries(folder.path) };
}

/** Listens on a free port of this machine. */
export async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}

/** Two pages: one whose table is there, one whose is not. */
function writeQueries(folder: string): string {
  const queries = {
    'overview/figures.sql': 'SELECT count() AS tickets, {today:String} AS day FROM mirror.ticket',
    'stock/late-orders.sql': 'SELECT * FROM {database}.not_there_yet',
  };
  for (const [path, sql] of Object.entries(queries)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), sql);
  }
  return folder;
}

export function dashboardOf(queries: string, changes: Partial<DashboardDeps> = {}): DashboardDeps {
  return {
    files: packagePath('services/dashboard'),
    charts: dirname(createRequire(import.meta.url).resolve('uplot')),
    queries,
    openapi: '{"openapi":"3.1.0"}',
    locale: 'fr',
    today: () => '2026-11-23',
    dataVersion: () => Promise.resolve('1'),
    liveStatus: () => Promise.resolve({ isUpToDate: true }),
    ...changes,
  };
}

export function buildPages(
  warehouse: Warehouse,
  dashboard: DashboardDeps,
  changes: Partial<MonitorDeps> = {},
): FastifyInstance {
  return buildMonitorApp(
    monitorDeps(warehouse, { token: TOKEN, viewerToken: VIEWER_TOKEN, dashboard, ...changes }),
  );
}
