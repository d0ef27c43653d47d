/** The client half of a pipeline that runs in another process, reached over its HTTP port (ROUTES in runtime.ts). */
import { type IncomingMessage, request } from 'node:http';
import { request as requestTls } from 'node:https';
import { createInterface } from 'node:readline';
import { deferred } from '../core/deferred.ts';
import { DolistreamError, ERROR_CODES, type ErrorCode } from '../core/errors.ts';
import { connectAlerts } from './http-alerts.ts';
import { type AskProcess, connectAnalytics } from './http-analytics.ts';
import { askVersions } from './http-schemas.ts';
import type { ReaderLag } from './lag.ts';
import { connectRecovery } from './recovery/http-recovery.ts';
import {
  type BackfillReport,
  type ReportProgress,
  ROUTES,
  type RuntimeClient,
  type Status,
  type TableProgress,
  type TableSelection,
  type VerifyReport,
} from './runtime.ts';
import { tapQuery } from './tap/http-tap.ts';
import type { TapEvent } from './tap/tap-events.ts';
import { connectUpkeep } from './upkeep/http-upkeep.ts';
import { connectWarehouse } from './warehouse/http-warehouse.ts';

export interface HttpRuntimeOptions {
  /** `http://host:port` */
  readonly baseUrl: string;
  readonly token: string | null;
  /** The certificate that the process shows, PEM: it is trusted under any name, and no other is. Left out: none. */
  readonly cert?: string | null;
}

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly type?: string;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** Connects to nothing yet: a process that is gone shows at the first call, as NOT_RUNNING. */
export function connectHttpRuntime(options: HttpRuntimeOptions): RuntimeClient {
  const send = (call: Call): Promise<IncomingMessage> => sendRequest(options, call);
  const ask: AskProcess = async ({ path, body, signal }) => {
    const given = { path, ...(signal && { signal }) };
    const call: Call =
      body === undefined
        ? { method: 'GET', ...given }
        : { method: 'POST', type: 'application/json', body: JSON.stringify(body), ...given };
    return await readJson(await send(call));
  };
  return {
    status: async () => (await readJson(await send({ method: 'GET', path: ROUTES.status }))) as Status,
    lag: async () => {
      const answer = await readJson(await send({ method: 'GET', path: ROUTES.lag }));
      return (answer as { readers: readonly ReaderLag[] }).readers;
    },
    schemaVersions: (subject) => askVersions(ask, subject),
    verify: async (request, report, signal) =>
      (await follow(await send(action(ROUTES.verify, request, signal)), report)) as VerifyReport,
    backfill: async (request, report, signal) =>
      (await follow(await send(action(ROUTES.backfill, request, signal)), report)) as BackfillReport,
    query: async (sql, format, signal) => {
      const path = `${ROUTES.query}?${new URLSearchParams({ default_format: format }).toString()}`;
      const response = await send({ method: 'POST', path, type: 'text/plain', body: sql, signal });
      if (response.statusCode === 200) return readPieces(response);
      throw new DolistreamError('WAREHOUSE_QUERY', (await readText(response)).trim(), {
        fix: 'Correct the query; table and column names are in system.tables and system.columns.',
      });
    },
    tap: async (request, signal) => {
      const path = `${ROUTES.events}?${tapQuery(request)}`;
      return readEvents(await send({ method: 'GET', path, signal }), signal);
    },
    analytics: connectAnalytics(ask),
    upkeep: connectUpkeep(ask),
    recovery: connectRecovery(ask),
    warehouse: connectWarehouse(ask),
    alerts: connectAlerts(ask),
    close: () => Promise.resolve(),
  };
}

function action(path: string, selection: TableSelection, signal: AbortSignal): Call {
  return { method: 'POST', path, type: 'application/json', body: JSON.stringify(selection), signal };
}

/** No time limit: verifying or copying a large database takes what it takes, and `signal` ends it. */
function sendRequest(options: HttpRuntimeOptions, call: Call): Promise<IncomingMessage> {
  const { promise, resolve, reject } = deferred<IncomingMessage>();
  const send = options.baseUrl.startsWith('https:') ? requestTls : request;
  const pinned = options.cert ? { ca: options.cert, checkServerIdentity: () => undefined } : {};
  const outgoing = send(
    new URL(call.path, options.baseUrl),
    {
      ...pinned,
      method: call.method,
      agent: false,
      headers: {
        ...(call.type !== undefined && { 'content-type': call.type }),
        ...(options.token !== null && { authorization: `Bearer ${options.token}` }),
      },
      ...(call.signal !== undefined && { signal: call.signal }),
    },
    resolve,
  );
  outgoing.on('error', (error) => reject(lost(options.baseUrl, error)));
  outgoing.end(call.body);
  return promise;
}

/** An answer that never came or broke off, unless we ourselves no longer wanted it. */
function lost(from: string, error: unknown): unknown {
  if (error instanceof DolistreamError || (error as Error).name === 'AbortError') return error;
  return new DolistreamError('NOT_RUNNING', `${from} does not answer: ${(error as Error).message}`, {
    fix: 'Look at the log of the process that owns the data folder, or stop it and try again.',
    retryable: true,
    cause: error,
  });
}

/** What each line says, until one is an error. */
async function* readLines(response: IncomingMessage): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
    if (line === '') continue;
    const answer = parseAnswer(line);
    if (answer['error'] !== undefined) throw errorOf(answer, response.statusCode);
    yield answer;
  }
}

/** Each line is an event; an error may be the last. What the caller himself ended, ended well. */
async function readEvents(response: IncomingMessage, signal: AbortSignal): Promise<AsyncIterable<TapEvent>> {
  if (response.statusCode !== 200) throw errorOf(parseAnswer(await readText(response)), response.statusCode);
  return (async function* () {
    try {
      for await (const answer of readLines(response)) yield answer as unknown as TapEvent;
    } catch (error) {
      if (!signal.aborted) throw lost('The running process', error);
    }
  })();
}

async function readText(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  try {
    for await (const piece of response) text += piece as string;
  } catch (error) {
    throw lost('The running process', error);
  }
  return text;
}

async function* readPieces(response: IncomingMessage): AsyncIterable<Uint8Array> {
  try {
    for await (const piece of response) yield piece as Uint8Array;
  } catch (error) {
    throw lost('The running process', error);
  }
}

async function readJson(response: IncomingMessage): Promise<unknown> {
  const answer = parseAnswer(await readText(response));
  if (response.statusCode !== 200) throw errorOf(answer, response.statusCode);
  return answer;
}

/** Reads progress lines until the one with the report. */
async function follow(response: IncomingMessage, report: ReportProgress): Promise<unknown> {
  if (response.statusCode !== 200) return readJson(response);
  try {
    for await (const answer of readLines(response)) {
      if (answer['progress'] !== undefined) report(answer['progress'] as TableProgress);
      if (answer['report'] !== undefined) return answer['report'];
    }
  } catch (error) {
    throw lost('The running process', error);
  }
  throw lost('The running process', new Error('it ended before its answer was complete'));
}

function parseAnswer(text: string): Readonly<Record<string, unknown>> {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null) return answer as Readonly<Record<string, unknown>>;
  } catch {
    // Told below, together with JSON that is no object.
  }
  throw new DolistreamError(
    'NOT_RUNNING',
    `What answers at the port is not dolistream: ${text.slice(0, 200)}`,
    {
      fix: 'Stop the process that owns the data folder and try again.',
    },
  );
}

function errorOf(answer: Readonly<Record<string, unknown>>, status: number | undefined): DolistreamError {
  const error = (answer['error'] ?? {}) as { code?: unknown; message?: unknown; fix?: unknown };
  const code =
    typeof error.code === 'string' && error.code in ERROR_CODES ? (error.code as ErrorCode) : 'INTERNAL';
  const message =
    typeof error.message === 'string' ? error.message : `The process answered with status ${status}.`;
  return new DolistreamError(code, message, typeof error.fix === 'string' ? { fix: error.fix } : {});
}
