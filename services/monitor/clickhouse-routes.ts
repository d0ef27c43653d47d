/**
 * ClickHouse's HTTP interface over the warehouse: read-only, so that Grafana, Metabase, curl and the ClickHouse
 * clients ask the embedded engine as they would ask a server.
 */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { systemClock } from '../../core/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import { checkAccess, type Tokens } from './access.ts';
import { ClickHouseError, errorAnswer } from './clickhouse-error.ts';
import { commonHeaders, sendAnswer } from './query-answer.ts';
import { type QueryBody, readBody } from './query-body.ts';
import { isOn, type QueryRequest, readQueryRequest } from './query-request.ts';
import type { EngineFacts, QueryRunner } from './query-runner.ts';
import { QuerySessions } from './query-sessions.ts';
import { callerOf } from './route-guard.ts';
import { KILL_ANSWER, killedQueryId, RunningQueries } from './running-queries.ts';

export interface ClickHouseDeps {
  readonly runner: QueryRunner;
  readonly tokens: Tokens;
  /** What a browser gets that opens `/`; left out: what every client gets. */
  readonly sendPage?: (request: FastifyRequest, reply: FastifyReply) => FastifyReply;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const UNKNOWN_ENGINE = { version: 'unknown', timezone: 'UTC' };

const CORS_PREFLIGHT = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET, POST, HEAD, OPTIONS',
  'Access-Control-Allow-Headers':
    'authorization, content-type, x-clickhouse-user, x-clickhouse-key, x-clickhouse-database, x-clickhouse-format',
  'Access-Control-Max-Age': '86400',
} as const;

const urlQuery = (request: FastifyRequest): URLSearchParams => {
  const at = request.url.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : request.url.slice(at + 1));
};

function checkCaller(request: FastifyRequest, query: URLSearchParams, tokens: Tokens): void {
  const access = checkAccess({ ...callerOf(request), query }, tokens);
  if (access === 'token-wrong') {
    throw new ClickHouseError(
      'AUTHENTICATION_FAILED',
      'Authentication failed: the token is not the right one',
    );
  }
  if (access === 'token-missing') {
    const text = 'Authentication failed: give the token as password (Basic, X-ClickHouse-Key) or as Bearer';
    throw new ClickHouseError('REQUIRED_PASSWORD', text);
  }
}

/** An insert brings its rows as the body, packed in ways that nothing here has to read: it is refused before. */
function checkIsQuery(sql: string): void {
  if (/^\s*insert\b/i.test(sql)) {
    throw new ClickHouseError('READONLY', 'INSERT cannot run here: this endpoint only reads');
  }
}

/** Throws BAD_ARGUMENTS and CANNOT_DECOMPRESS. */
function bodyOf({ body, headers }: FastifyRequest, query: URLSearchParams): QueryBody {
  return readBody({
    bytes: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
    contentType: headers['content-type'] ?? '',
    coding: headers['content-encoding'] ?? '',
    isNative: isOn(query.get('decompress')),
  });
}

/** Aborts when the client closes the connection before the answer is complete. */
function clientGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

class Endpoint {
  readonly #deps: ClickHouseDeps;
  readonly #sessions = new QuerySessions(systemClock);
  readonly #running = new RunningQueries();

  constructor(deps: ClickHouseDeps) {
    this.#deps = deps;
  }

  async answer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { runner, tokens, metrics } = this.#deps;
    const startedAt = performance.now();
    const query = urlQuery(request);
    // From here on the response is written by hand: fastify knows no answers that fail in the middle.
    reply.hijack();
    const response = reply.raw;
    const signal = clientGone(response);
    let facts: Pick<EngineFacts, 'version' | 'timezone'> = UNKNOWN_ENGINE;
    let queryId: string = randomUUID();
    try {
      checkCaller(request, query, tokens);
      if (tokens.operator !== null) response.setHeader('Access-Control-Allow-Origin', '*');
      if (request.method !== 'POST' && (query.get('query') ?? '').trim() === '') {
        response.writeHead(200, { 'Content-Type': 'text/html; charset=UTF-8' }).end('Ok.\n');
        return;
      }
      facts = await runner.facts();
      checkIsQuery(query.get('query') ?? '');
      const asked = this.#killed(
        readQueryRequest({ query, headers: request.headers, body: bodyOf(request, query) }),
      );
      checkIsQuery(asked.sql);
      queryId = asked.queryId ?? queryId;
      const context = { ...asked, facts, queryId, startedAt };
      await this.#sessions.use(asked.session, (session) =>
        this.#running.use(queryId, signal, async (stop) => {
          const answer = await runner.run(asked, stop, session);
          await sendAnswer(response, answer, context, signal);
        }),
      );
      metrics.count('queries_total', 1, { outcome: 'answered' });
    } catch (error) {
      this.#refuse(response, error, { facts, queryId });
    }
    metrics.observe('query_duration_seconds', (performance.now() - startedAt) / 1000);
  }

  /** KILL QUERY ends the query at once; what is left to run is what tells so. */
  #killed(asked: QueryRequest): QueryRequest {
    const id = killedQueryId(asked.sql);
    if (id === null) return asked;
    const found = this.#running.kill(id) ? '1' : '0';
    const params = new Map([
      ['id', id],
      ['found', found],
    ]);
    return { ...asked, sql: KILL_ANSWER, params };
  }

  #refuse(
    response: ServerResponse,
    error: unknown,
    context: { readonly facts: Pick<EngineFacts, 'version' | 'timezone'>; readonly queryId: string },
  ): void {
    const { status, number, body } = errorAnswer(error, context.facts.version);
    this.#deps.metrics.count('queries_total', 1, { outcome: 'refused' });
    this.#deps.logger.debug({ queryId: context.queryId, status, number }, 'query refused');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response
      .writeHead(status, {
        ...commonHeaders(context),
        'Content-Type': 'text/plain; charset=UTF-8',
        'X-ClickHouse-Exception-Code': String(number),
        ...(status === 401 ? { 'WWW-Authenticate': 'Basic realm="dolistream"' } : {}),
      })
      .end(body);
  }
}

/** Opened in a window, without a query: clients of ClickHouse do not ask for HTML. */
const isBrowser = (request: FastifyRequest): boolean =>
  /\btext\/html\b/.test(request.headers.accept ?? '') && !urlQuery(request).has('query');

/** Adds `/`, `/ping` and `/replicas_status`. */
export function addClickHouseRoutes(app: FastifyInstance, deps: ClickHouseDeps): void {
  const endpoint = new Endpoint(deps);
  // A body may be compressed, so it is no text yet.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const answer = (request: FastifyRequest, reply: FastifyReply): Promise<void> =>
    endpoint.answer(request, reply);
  const { sendPage } = deps;
  app.get('/', { exposeHeadRoute: false }, (request, reply) =>
    sendPage && isBrowser(request) ? sendPage(request, reply) : answer(request, reply),
  );
  app.post('/', answer);
  // A HEAD asks whether somebody is there; it runs nothing.
  app.head('/', (_request, reply) => reply.type('text/plain; charset=UTF-8').send(''));
  app.options('/', (_request, reply) =>
    reply
      .code(204)
      .headers(deps.tokens.operator === null ? {} : CORS_PREFLIGHT)
      .send(),
  );
  for (const path of ['/ping', '/replicas_status']) {
    app.get(path, (_request, reply) => reply.type('text/html; charset=UTF-8').send('Ok.\n'));
  }
}
