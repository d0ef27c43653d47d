/**
 * Reads what a client asks of the ClickHouse endpoint: URL parameters, headers and body, whichever its library uses.
 * Which parameter is what: https://clickhouse.com/docs/interfaces/http
 */
import { ClickHouseError } from './clickhouse-error.ts';

/** Parameters of the interface; every other name is a setting. */
const NOT_SETTINGS = new Set([
  'buffer_size',
  'client_protocol_version',
  'close_session',
  'compress',
  'database',
  'decompress',
  'default_format',
  'param',
  'password',
  'query',
  'query_id',
  'quota_key',
  'role',
  'session_check',
  'session_id',
  'session_timeout',
  'stacktrace',
  'user',
  'wait_end_of_query',
]);

export interface QueryRequest {
  /** URL query and body, joined as ClickHouse joins them. */
  readonly sql: string;
  /** null: the engine's default database. */
  readonly database: string | null;
  /** Asked for outside the statement; a FORMAT clause goes before it. */
  readonly format: string | null;
  readonly queryId: string | null;
  readonly params: ReadonlyMap<string, string | null>;
  readonly settings: ReadonlyMap<string, string>;
  readonly gzip: boolean;
}

export interface RawRequest {
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const UNESCAPED: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', 0: '\0', b: '\b', f: '\f' };

/** Values of `param_*` come escaped as in TSV; `\N` is NULL. */
export function unescapeParam(value: string): string | null {
  if (value === '\\N') return null;
  return value.replace(/\\([^])/g, (_whole, character: string) => UNESCAPED[character] ?? character);
}

const headerOf = (headers: RawRequest['headers'], name: string): string | null => {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) || null;
};

function acceptsGzip(headers: RawRequest['headers']): boolean {
  return (headerOf(headers, 'accept-encoding') ?? '')
    .split(',')
    .some((coding) => /^\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(coding));
}

/** A word that may stand for a database, a format or a query id without doing anything else. */
function plainName(what: string, value: string | null, pattern: RegExp): string | null {
  if (value === null || pattern.test(value)) return value;
  throw new ClickHouseError(
    'BAD_ARGUMENTS',
    `${what} ${JSON.stringify(value.slice(0, 100))} is not a plain name`,
  );
}

/** Throws BAD_ARGUMENTS for parameters that cannot be what they say. */
export function readQueryRequest({ query, headers, body }: RawRequest): QueryRequest {
  const params = new Map<string, string | null>();
  const settings = new Map<string, string>();
  for (const [name, value] of query) {
    if (name.startsWith('param_')) params.set(name.slice('param_'.length), unescapeParam(value));
    else if (!NOT_SETTINGS.has(name)) settings.set(name, value);
  }
  for (const framing of ['compress', 'decompress']) {
    if (!['0', '', null, 'false'].includes(query.get(framing))) {
      throw new ClickHouseError(
        'BAD_ARGUMENTS',
        `${framing}=1 is not supported here; use HTTP compression (gzip)`,
      );
    }
  }
  const database = headerOf(headers, 'x-clickhouse-database') ?? (query.get('database') || null);
  const format = headerOf(headers, 'x-clickhouse-format') ?? (query.get('default_format') || null);
  const queryId = headerOf(headers, 'x-clickhouse-query-id') ?? (query.get('query_id') || null);
  const inUrl = query.get('query') ?? '';
  return {
    sql: inUrl !== '' && body !== '' ? `${inUrl}\n${body}` : inUrl + body,
    database: plainName('The database', database === 'default' ? null : database, /^[^\p{Cc}`'"\\]{1,200}$/u),
    format: plainName('The format', format, /^[A-Za-z0-9]{1,60}$/),
    queryId: plainName('The query id', queryId, /^[\x21-\x7e]{1,200}$/),
    params,
    settings,
    gzip: ['1', 'true'].includes(settings.get('enable_http_compression') ?? '') && acceptsGzip(headers),
  };
}
