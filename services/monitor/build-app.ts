import { fastify, type FastifyInstance } from 'fastify';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import { operatorsOf } from './access.ts';
import { addAlertRoutes, type AlertRouteDeps } from './alert-routes.ts';
import { type AnalyticsRouteDeps, addAnalyticsRoutes } from './analytics-routes.ts';
import { addClickHouseRoutes } from './clickhouse-routes.ts';
import { addDashboardRoutes, addPagePolicy, type DashboardDeps, pageSender } from './dashboard-routes.ts';
import { addOperationRoutes, type OperationDeps, setErrorAnswers, tokensOf } from './operation-routes.ts';
import { QueryRunner } from './query-runner.ts';
import type { QueryLimits } from './query-settings.ts';
import type { RegistryDeps } from './registry-endpoint.ts';
import { addTapRoutes, type Tap } from './tap-routes.ts';
import { addUpkeepRoutes, type UpkeepTask } from './upkeep-routes.ts';
import { addRegistryRoutes } from './registry-routes.ts';

export interface MonitorDeps extends OperationDeps {
  readonly limits?: Partial<QueryLimits>;
  /** The schema registry to serve; left out: none is. */
  readonly registry?: RegistryDeps;
  /** Left out: this process answers nothing about analyses. */
  readonly analytics?: AnalyticsRouteDeps;
  /** Left out: nobody can follow events here. */
  readonly tap?: Tap;
  /** Left out: this process keeps nothing in order. */
  readonly upkeep?: Readonly<Record<string, UpkeepTask>>;
  /** Left out: this process knows no cases of alerts. */
  readonly alerts?: AlertRouteDeps;
  /** Certificate chain and key of the port, PEM; left out: it speaks plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** A connection that has not sent the head of a request after this long is closed, ms; a body has six times as long. */
  readonly slowAfterMs?: number;
  /** Left out: there are no pages. */
  readonly dashboard?: DashboardDeps;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Bounds of a user's query where the composition sets none. */
export const DEFAULT_QUERY_LIMITS: QueryLimits = {
  maxResultRows: 1_000_000,
  maxResultBytes: 256 * 1024 * 1024,
  maxSeconds: 60,
  maxMemoryBytes: 512 * 1024 * 1024,
  maxThreads: 4,
};

/** Longest statement or body of an action, bytes. */
const MAX_BODY_BYTES = 1_000_000;
/** Longest part of a path: the subject of a table whose names are all 64 letters long, encoded. */
const MAX_PATH_PART = 2000;
/** Who is slower than this at sending a request holds a connection for nothing. Answers may take what they take. */
const SLOW_AFTER_MS = 10_000;
/** Bodies are up to a megabyte, also over a line of a building site. */
const BODY_TIME = 6;

/** Of node:http, or of node:https where there is a certificate. */
function serverOptions({ tls, slowAfterMs = SLOW_AFTER_MS }: MonitorDeps) {
  const requestTimeout = slowAfterMs * BODY_TIME;
  const bounds = {
    headersTimeout: slowAfterMs,
    requestTimeout,
    connectionsCheckingInterval: slowAfterMs / 2,
  };
  return tls
    ? { requestTimeout, https: { ...tls, ...bounds } }
    : { requestTimeout, http: bounds, https: null };
}

/**
 * The HTTP port of a running pipeline, not yet listening. Everything but health needs the token, or to come from this
 * machine (access.ts).
 */
export function buildMonitorApp(deps: MonitorDeps): FastifyInstance {
  const app = fastify({
    ...serverOptions(deps),
    bodyLimit: MAX_BODY_BYTES,
    exposeHeadRoutes: true,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_PATH_PART },
  }) as unknown as FastifyInstance;
  // Clients send SQL under any content type, or none, so every body is taken as text.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  setErrorAnswers(app);
  const tokens = tokensOf(deps);
  const pages = deps.dashboard && {
    ...deps.dashboard,
    ...{ warehouse: deps.warehouse, database: deps.warehouseDatabase, tokens },
  };
  if (pages) addPagePolicy(app, tokens, deps.tls !== undefined);
  const runner = new QueryRunner(deps.warehouse, { ...DEFAULT_QUERY_LIMITS, ...deps.limits });
  const { logger, metrics } = deps;
  const clickhouse = { runner, tokens, logger, metrics, ...(pages && { sendPage: pageSender(pages) }) };
  void app.register((scope, _options, done) => {
    addClickHouseRoutes(scope, clickhouse);
    done();
  });
  addOperationRoutes(app, deps);
  if (deps.tap) addTapRoutes(app, deps.tap, tokens);
  if (deps.analytics) addAnalyticsRoutes(app, deps.analytics, operatorsOf(tokens));
  if (deps.alerts) addAlertRoutes(app, deps.alerts, tokens);
  if (deps.upkeep) addUpkeepRoutes(app, deps.upkeep, operatorsOf(tokens));
  if (deps.registry) addRegistryRoutes(app, deps.registry, operatorsOf(tokens));
  if (pages) addDashboardRoutes(app, pages);
  return app;
}
