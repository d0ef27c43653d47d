/**
 * The dashboard: its files, the figures of its pages, and what changes live. The page itself is sent to whoever may see
 * figures; everybody else gets a form that asks for the token. Its strict policy lets nothing come from elsewhere.
 */
import { join } from 'node:path';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DolistreamError } from '../../core/errors.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { mayOpenPage, roleOf, type Role, type Tokens } from './access.ts';
import { LOGIN_STYLE_HASH, sendLogin } from './login-page.ts';
import { LiveEvents } from './live-events.ts';
import { PageCache } from './page-cache.ts';
import { readPage, readPageQueries } from './page-queries.ts';
import { callerOf, requireAccess } from './route-guard.ts';
import { readSession } from './session-cookie.ts';
import { addSessionRoutes, asksForName, isSecure } from './session-routes.ts';

export interface DashboardDeps {
  /** Folder of index.html and of what it loads. */
  readonly files: string;
  /** Folder of uPlot's files. */
  readonly charts: string;
  /** Folder with a folder of .sql files for each page. */
  readonly queries: string;
  /** The OpenAPI description, JSON. */
  readonly openapi: string;
  readonly locale: 'fr' | 'en';
  /** `YYYY-MM-DD` in Dolibarr's zone. */
  today(): string;
  /** Another text whenever figures may have changed; cheap. */
  dataVersion(): Promise<string>;
  /** How the pipeline is, for every page. */
  liveStatus(): Promise<object>;
}

export interface DashboardContext extends DashboardDeps {
  readonly warehouse: Warehouse;
  readonly database: string;
  readonly tokens: Tokens;
}

/** Addresses of the pages; each is the same file, which shows what its address says. */
export const PAGES = [
  '/interventions',
  '/sites',
  '/stock',
  '/customers',
  '/alerts',
  '/quality',
  '/pipeline',
  '/sql',
] as const;

/** Requests a minute from one address beyond this machine: an office of fifty people behind one. */
const MAX_REQUESTS = 6000;

/** Long enough to hold between visits, short enough for a firm that gives TLS up again. */
const HSTS_SECONDS = 30 * 86_400;

const POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", LOGIN_STYLE_HASH],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  manifestSrc: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
};

const LOGIN_FIX = 'Log in, or send `Authorization: Bearer TOKEN` with the token of DOLISTREAM_HTTP_TOKEN.';

/** Security headers and bounds for every answer; to be called before any route. */
export function addPagePolicy(app: FastifyInstance, tokens: Tokens, isEncrypted: boolean): void {
  void app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: POLICY },
    // Where a proxy encrypts the way here, that is for the proxy to promise.
    strictTransportSecurity: isEncrypted && { maxAge: HSTS_SECONDS, includeSubDomains: false },
    referrerPolicy: { policy: 'same-origin' },
  });
  void app.register(rateLimit, {
    max: MAX_REQUESTS,
    timeWindow: '1 minute',
    allowList: (request: FastifyRequest) =>
      roleOf({ ...callerOf(request), headers: withoutSecrets(request) }, tokens) === 'operator',
  });
}

/** Only what tells that a request comes from this machine: whoever holds a token is counted like everybody. */
function withoutSecrets(request: FastifyRequest): FastifyRequest['headers'] {
  return { ...request.headers, authorization: undefined, cookie: undefined, 'x-clickhouse-key': undefined };
}

/** Answers with index.html, or asks for the token. */
export function pageSender(
  context: DashboardContext,
): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  return (request, reply) => {
    if (!mayOpenPage(callerOf(request), context.tokens)) {
      return sendLogin(reply, {
        locale: context.locale,
        wrong: false,
        users: asksForName(context.tokens),
      });
    }
    return reply.header('Cache-Control', 'no-cache').sendFile('index.html', context.files);
  };
}

export function addDashboardRoutes(app: FastifyInstance, context: DashboardContext): void {
  const { tokens } = context;
  void app.register(fastifyStatic, { root: context.files, serve: false });
  const sendPage = pageSender(context);
  for (const path of PAGES) app.get(path, sendPage);
  // In a plugin of their own, as is all that is to be counted: the counting begins when its plugin is loaded.
  void app.register((scope, _options, done) => {
    addSessionRoutes(scope, context);
    done();
  });
  void app.register((guarded, _options, done) => {
    guarded.addHook('onRequest', async (request) => requireAccess(callerOf(request), tokens, LOGIN_FIX));
    addFiles(guarded, context);
    addFigures(guarded, context);
    done();
  });
}

function addFiles(guarded: FastifyInstance, { files, charts, openapi }: DashboardContext): void {
  const options = { decorateReply: false, index: false as const, cacheControl: false };
  // Asked for again each time, and answered with 304 when it is the same: an upgrade shows at once.
  const setHeaders = (reply: FastifyReply): void => void reply.header('Cache-Control', 'no-cache');
  void guarded.register(fastifyStatic, {
    ...options,
    ...{ root: join(files, 'assets'), prefix: '/assets/', setHeaders },
  });
  void guarded.register(fastifyStatic, {
    ...options,
    ...{ root: charts, prefix: '/charts/', setHeaders, allowedPath: isChartFile },
  });
  guarded.get('/api/openapi.json', (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(openapi),
  );
}

const isChartFile = (path: string): boolean => /^\/uPlot\.(esm\.js|min\.css)$/.test(path);

function addFigures(guarded: FastifyInstance, context: DashboardContext): void {
  const { warehouse, database } = context;
  const queries = readPageQueries(context.queries);
  const version = async (): Promise<string> => `${await context.dataVersion()} ${context.today()}`;
  const cache = new PageCache(
    async (page) => ({
      page,
      today: context.today(),
      data: await readPage(queries.get(page)!, { warehouse, database, today: context.today() }),
    }),
    version,
  );
  for (const page of queries.keys()) {
    guarded.get(`/api/${page}`, async (request, reply) => sendCached(request, reply, await cache.get(page)));
  }
  guarded.get('/api/session', (request) => describeSession(request, context));
  const live = new LiveEvents({ version, status: () => context.liveStatus() });
  guarded.addHook('preClose', (done) => (live.close(), done()));
  guarded.get('/api/live', (_request, reply) => {
    if (!live.hasRoom) {
      throw new DolistreamError('NOT_RUNNING', 'Too many pages are open', { retryable: true });
    }
    reply.hijack();
    reply.raw.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // Proxies must not gather events.
      'X-Accel-Buffering': 'no',
    });
    live.add(reply.raw);
  });
}

function sendCached(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Awaited<ReturnType<PageCache['get']>>,
): FastifyReply {
  reply.headers({ ETag: answer.etag, 'Cache-Control': 'private, no-cache', Vary: 'Accept-Encoding, Cookie' });
  if (request.headers['if-none-match'] === answer.etag) return reply.code(304).send();
  reply.type('application/json; charset=utf-8');
  if (!/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) return reply.send(answer.body);
  return reply.header('Content-Encoding', 'gzip').send(answer.gzipped);
}

/** Who is asking. The CSRF token is that of the session's cookie; null where there is no such cookie. */
function describeSession(
  request: FastifyRequest,
  { tokens, locale }: DashboardContext,
): { role: Role; name: string | null; csrf: string | null; locale: string; secure: boolean } {
  const role = roleOf(callerOf(request), tokens);
  const session = readSession(request.headers.cookie, tokens);
  return {
    role: role === 'operator' ? 'operator' : 'viewer',
    name: session?.name ?? null,
    csrf: session?.csrf ?? null,
    locale,
    secure: isSecure(request),
  };
}
