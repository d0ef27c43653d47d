/** Health, metrics, status and the operator's actions. Answers are JSON; errors are `{"error": {code, message, fix}}`. */
import { once } from 'node:events';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asDolistreamError, DolistreamError } from '../../core/errors.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { checkAccess, type Tokens } from './access.ts';
import { callerOf, readObject, requireRole, whileConnected } from './route-guard.ts';
import type { User } from './users.ts';

export interface HealthReport {
  /** False: the process is of no use any more and should be started again. */
  readonly live: boolean;
  /** False: not (yet) able to do all its work. */
  readonly ready: boolean;
  /** What each part says, by name. */
  readonly checks: Readonly<Record<string, object>>;
}

export interface TableSelection {
  /** Globs over table names. */
  readonly tables: readonly string[];
  readonly excludeTables: readonly string[];
}

/** What tables to copy again, or whether to go on with copying. */
export interface BackfillRequest extends TableSelection {
  readonly control: 'copy' | 'pause' | 'resume';
  /** A condition in the source's SQL; null: all rows. */
  readonly where: string | null;
  readonly maxRowsPerSecond: number | null;
}

/** What to compare, how much of it, and whether to mend what differs. */
export interface VerifyRequest extends TableSelection {
  readonly repair: boolean;
  readonly sampling: {
    readonly amount: { readonly percent: number } | { readonly rows: number };
    readonly seed: number;
  } | null;
}

/** A long action: reports on its way, resolves with its result, stops when `signal` aborts. */
export type Action<Request = TableSelection> = (
  request: Request,
  report: (progress: object) => void,
  signal: AbortSignal,
) => Promise<object>;

export interface OperationDeps {
  readonly warehouse: Warehouse;
  /** Database that holds the table `alerts`. */
  readonly warehouseDatabase: string;
  readonly token: string | null;
  /** Opens what only reads; null or left out: there is none. */
  readonly viewerToken?: string | null;
  /** People who log in with a password; left out: none. */
  readonly users?: readonly User[];
  health(): Promise<HealthReport>;
  status(): Promise<object>;
  lag(): Promise<object>;
  /** The metrics in Prometheus' text format, and its content type. */
  metricsPage(): Promise<{ readonly type: string; readonly text: string }>;
  readonly verify: Action<VerifyRequest>;
  readonly backfill: Action<BackfillRequest>;
}

const HEALTH_TYPE = 'application/health+json; charset=utf-8';
const MAX_ALERTS = 1000;
const MAX_GLOBS = 1000;

const ALERTS_QUERY = `
SELECT id, rule, severity, entity, subject_type, subject_id, subject_ref, title, explanation, actual, expected, unit,
       details, source_seq, toUnixTimestamp64Milli(committed_at) AS committed_ms,
       toUnixTimestamp64Milli(raised_at) AS raised_ms
FROM {database:Identifier}.alerts
ORDER BY alerts.raised_at DESC, id
LIMIT {limit:UInt32}`;

interface AlertRow {
  readonly details: string;
  readonly committed_ms: string;
  readonly raised_ms: string;
  readonly [column: string]: unknown;
}

const isTextList = (value: unknown): value is string[] =>
  Array.isArray(value) &&
  value.length <= MAX_GLOBS &&
  value.every((entry) => typeof entry === 'string' && entry.length <= 200);

/** The body of an action; none and `{}` mean every table. No table at all is what nobody asks for on purpose. */
function readSelection(body: unknown): TableSelection {
  const fix = 'Send {"tables": ["llx_facture*"], "excludeTables": []} or nothing.';
  const { tables = ['*'], excludeTables = [] } = readObject(body, fix);
  const wrong = (what: string): DolistreamError => new DolistreamError('CONFIG_INVALID', what, { fix });
  if (!isTextList(tables)) throw wrong('tables is not a list of table names');
  if (!isTextList(excludeTables)) throw wrong('excludeTables is not a list of table names');
  if (tables.length === 0) throw wrong('tables is an empty list, which selects nothing');
  return { tables, excludeTables };
}

/** The same with what only a copy has. */
function readBackfill(body: unknown): BackfillRequest {
  const selection = readSelection(body);
  const fix = 'Send {"tables": ["llx_ticket"], "where": "rowid > 5", "maxRowsPerSecond": 1000} or nothing.';
  const { control = 'copy', where = null, maxRowsPerSecond = null } = readObject(body, fix);
  const wrong = (name: string, value: unknown): DolistreamError =>
    new DolistreamError('CONFIG_INVALID', `${name} is ${JSON.stringify(value).slice(0, 100)}`, { fix });
  if (control !== 'copy' && control !== 'pause' && control !== 'resume') throw wrong('control', control);
  if (where !== null && typeof where !== 'string') throw wrong('where', where);
  if (maxRowsPerSecond !== null && !(Number.isInteger(maxRowsPerSecond) && Number(maxRowsPerSecond) > 0))
    throw wrong('maxRowsPerSecond', maxRowsPerSecond);
  return { ...selection, control, where, maxRowsPerSecond: maxRowsPerSecond as number | null };
}

/** The same with what only a comparison has. */
function readVerify(body: unknown): VerifyRequest {
  const selection = readSelection(body);
  const fix = 'Send {"repair": true, "sampling": {"amount": {"percent": 10}, "seed": 1}} or nothing.';
  const { repair = false, sampling = null } = readObject(body, fix);
  if (typeof repair !== 'boolean' || !isSampling(sampling)) {
    const [name, value] = typeof repair === 'boolean' ? ['sampling', sampling] : ['repair', repair];
    const text = String(JSON.stringify(value)).slice(0, 100);
    throw new DolistreamError('CONFIG_INVALID', `${name} is ${text}`, { fix });
  }
  return { ...selection, repair, sampling };
}

function isSampling(value: unknown): value is VerifyRequest['sampling'] {
  if (value === null) return true;
  const { amount, seed } = Object(value) as { amount?: unknown; seed?: unknown };
  const { percent, rows } = Object(amount) as { percent?: unknown; rows?: unknown };
  const isShare = typeof percent === 'number' && percent > 0 && percent <= 100 && rows === undefined;
  const isCount = Number.isInteger(rows) && Number(rows) > 0 && percent === undefined;
  return Number.isInteger(seed) && (isShare || isCount);
}

function readLimit(request: FastifyRequest): number {
  const { limit = '50' } = request.query as { limit?: unknown };
  const number = typeof limit === 'string' && /^\d{1,6}$/.test(limit) ? Number(limit) : 0;
  if (number >= 1 && number <= MAX_ALERTS) return number;
  throw new DolistreamError('CONFIG_INVALID', `limit is ${JSON.stringify(limit).slice(0, 100)}`, {
    fix: `Give a whole number from 1 to ${MAX_ALERTS}.`,
  });
}

export function errorBody(error: unknown): {
  error: { code: string; message: string; fix: string | undefined };
} {
  const { code, message, fix } = asDolistreamError(error, 'INTERNAL');
  return { error: { code, message, fix } };
}

/** Runs an action and sends its progress and its end as JSON lines. The client closing the connection stops it. */
async function followAction<Request>(
  action: Action<Request>,
  wanted: Request,
  reply: FastifyReply,
): Promise<void> {
  reply.hijack();
  const response = reply.raw;
  const gone = whileConnected(reply);
  response.writeHead(200, {
    'Content-Type': 'application/x-ndjson; charset=utf-8',
    'Cache-Control': 'no-store',
  });
  const send = (line: object): boolean => response.write(`${JSON.stringify(line)}\n`);
  // Progress that the client is too slow for is left out; the end is not.
  const report = (progress: object): void => void (response.writableNeedDrain || send({ progress }));
  let end: object;
  try {
    end = { report: await action(wanted, report, gone) };
  } catch (error) {
    end = errorBody(error);
  }
  if (gone.aborted) return;
  send(end);
  response.end();
  await once(response, 'close');
}

async function newestAlerts(deps: OperationDeps, limit: number): Promise<object[]> {
  const params = { database: deps.warehouseDatabase, limit };
  const rows = await deps.warehouse.rows<AlertRow>(ALERTS_QUERY, { params });
  return rows.map(({ committed_ms, raised_ms, details, ...row }) => ({
    ...row,
    details: JSON.parse(details) as unknown,
    committed_at: new Date(Number(committed_ms)).toISOString(),
    raised_at: new Date(Number(raised_ms)).toISOString(),
  }));
}

export const tokensOf = ({ token, viewerToken, users }: OperationDeps): Tokens => ({
  operator: token,
  viewer: viewerToken ?? null,
  users: users ?? [],
});

export function addOperationRoutes(app: FastifyInstance, deps: OperationDeps): void {
  const tokens = tokensOf(deps);
  const health = async (
    request: FastifyRequest,
    reply: FastifyReply,
    key: 'live' | 'ready',
  ): Promise<object> => {
    const report = await deps.health();
    reply.code(report[key] ? 200 : 503).type(HEALTH_TYPE);
    const status = !report[key] ? 'fail' : report.ready ? 'pass' : 'warn';
    // Probes need no token; what the parts say does.
    return checkAccess(callerOf(request), tokens) === 'granted'
      ? { status, checks: report.checks }
      : { status };
  };
  app.get('/health', (request, reply) => health(request, reply, 'live'));
  app.get('/ready', (request, reply) => health(request, reply, 'ready'));

  void app.register((guarded, _options, done) => {
    guarded.addHook('onRequest', async (request) => requireRole(request, tokens));
    guarded.get('/metrics', async (_request, reply) => {
      const { type, text } = await deps.metricsPage();
      return reply.type(type).send(text);
    });
    guarded.get('/api/status', () => deps.status());
    guarded.get('/api/lag', () => deps.lag());
    guarded.get('/api/alerts', async (request) => ({ alerts: await newestAlerts(deps, readLimit(request)) }));
    guarded.post('/api/verify', (request, reply) =>
      followAction(deps.verify, readVerify(request.body), reply),
    );
    guarded.post('/api/backfill', (request, reply) =>
      followAction(deps.backfill, readBackfill(request.body), reply),
    );
    done();
  });
}

/** HTTP status of an error of ours. */
function statusOf(error: DolistreamError): number {
  switch (error.code) {
    case 'ACCESS_DENIED':
      return 401;
    case 'CONFIG_INVALID':
    case 'WAREHOUSE_QUERY':
      return 400;
    default:
      return error.retryable ? 503 : 500;
  }
}

/** Answers for every error that a route throws, and for paths that do not exist. */
export function setErrorAnswers(app: FastifyInstance): void {
  app.setErrorHandler((error: unknown, _request, reply) => {
    const { statusCode } = error as { statusCode?: number };
    if (!(error instanceof DolistreamError) && statusCode !== undefined && statusCode < 500) {
      const invalid = asDolistreamError(error, 'CONFIG_INVALID');
      return reply.code(statusCode).send(errorBody(invalid));
    }
    const failure = asDolistreamError(error, 'INTERNAL');
    const status = statusOf(failure);
    if (status === 401) reply.header('WWW-Authenticate', 'Bearer realm="dolistream"');
    return reply.code(status).send(errorBody(failure));
  });
  app.setNotFoundHandler((request, reply) => {
    const error = new DolistreamError(
      'CONFIG_INVALID',
      `There is no ${request.method} ${request.url.split('?')[0]}`,
      {
        fix: 'See docs/05-operations.md for the paths; SQL goes to / as ?query=… or as the body of a POST.',
      },
    );
    return reply.code(404).send(errorBody(error));
  });
}
