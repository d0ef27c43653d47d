/**
 * Reads what a client asks of the ClickHouse endpoint: URL parameters, headers and body, whichever its library uses.
 * Which parameter is what: https://clickhouse.com/docs/interfaces/http
 */
import { ClickHouseError } from './clickhouse-error.ts';
import type { NativeMethod } from './native-compression.ts';
import type { QueryBody } from './query-body.ts';
import type { SessionRequest } from './query-sessions.ts';

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
  /** null: none was asked for. */
  readonly session: SessionRequest | null;
  /** Revision of the Native format that the client reads; 0: the plain one. */
  readonly protocolVersion: number;
  /** How HTTP is to pack the answer; null: not at all. */
  readonly coding: HttpCoding | null;
  /** How ClickHouse's own blocks are to pack it; null: not at all. */
  readonly nativeMethod: NativeMethod | null;
  /** Whether headers are to tell how much was read. */
  readonly wantsProgress: boolean;
}

const HTTP_CODINGS = ['gzip', 'br', 'deflate'] as const;
export type HttpCoding = (typeof HTTP_CODINGS)[number];

export interface RawRequest {
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: QueryBody;
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

/** The first of our codings that the client takes. */
function acceptedCoding(headers: RawRequest['headers']): HttpCoding | null {
  const accepted = (headerOf(headers, 'accept-encoding') ?? '')
    .split(',')
    .map((coding) => /^\s*([a-z*]+)\s*(?:;\s*q=(?!0(\.0*)?\s*$).*)?$/i.exec(coding)?.[1]?.toLowerCase());
  if (accepted.includes('*')) return 'gzip';
  return HTTP_CODINGS.find((coding) => accepted.includes(coding)) ?? null;
}

/** Of a parameter or setting that is a flag. */
export const isOn = (value: string | null | undefined): boolean => value === '1' || value === 'true';

const METHODS: Readonly<Record<string, NativeMethod>> = {
  lz4: 'LZ4',
  lz4hc: 'LZ4',
  zstd: 'ZSTD',
  none: 'NONE',
};

function nativeMethodOf(query: URLSearchParams): NativeMethod | null {
  if (!isOn(query.get('compress'))) return null;
  const asked = query.get('network_compression_method') ?? 'lz4';
  const method = METHODS[asked.toLowerCase()];
  if (method) return method;
  const shown = JSON.stringify(asked.slice(0, 100));
  throw new ClickHouseError(
    'BAD_ARGUMENTS',
    `network_compression_method is ${shown}; it takes LZ4, ZSTD or NONE`,
  );
}

const LONGEST_SESSION_SECONDS = 3600;

function sessionOf(query: URLSearchParams): SessionRequest | null {
  const id = plainName('The session id', query.get('session_id') || null, /^[\x21-\x7e]{1,200}$/);
  if (id === null) return null;
  const timeout = query.get('session_timeout') || '60';
  if (!/^\d{1,9}$/.test(timeout)) {
    throw new ClickHouseError('BAD_ARGUMENTS', 'session_timeout takes a number of seconds');
  }
  return {
    id,
    timeoutSeconds: Math.min(Number(timeout), LONGEST_SESSION_SECONDS),
    mustExist: isOn(query.get('session_check')),
    isLast: isOn(query.get('close_session')),
  };
}

function protocolVersionOf(query: URLSearchParams): number {
  const version = query.get('client_protocol_version') || '0';
  if (/^\d{1,9}$/.test(version)) return Number(version);
  throw new ClickHouseError('BAD_ARGUMENTS', 'client_protocol_version takes a whole number');
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
  for (const [name, value] of [...query, ...body.fields]) {
    if (name.startsWith('param_')) params.set(name.slice('param_'.length), unescapeParam(value));
    else if (!NOT_SETTINGS.has(name)) settings.set(name, value);
  }
  const database = headerOf(headers, 'x-clickhouse-database') ?? (query.get('database') || null);
  const format = headerOf(headers, 'x-clickhouse-format') ?? (query.get('default_format') || null);
  const queryId = headerOf(headers, 'x-clickhouse-query-id') ?? (query.get('query_id') || null);
  const inUrl = query.get('query') ?? '';
  const nativeMethod = nativeMethodOf(query);
  return {
    sql: inUrl !== '' && body.sql !== '' ? `${inUrl}\n${body.sql}` : inUrl + body.sql,
    database: plainName('The database', database === 'default' ? null : database, /^[^\p{Cc}`'"\\]{1,200}$/u),
    format: plainName('The format', format, /^[A-Za-z0-9]{1,60}$/),
    queryId: plainName('The query id', queryId, /^[\x21-\x7e]{1,200}$/),
    params,
    settings,
    session: sessionOf(query),
    protocolVersion: protocolVersionOf(query),
    nativeMethod,
    coding:
      nativeMethod === null && isOn(settings.get('enable_http_compression')) ? acceptedCoding(headers) : null,
    wantsProgress: isOn(settings.get('send_progress_in_http_headers')),
  };
}
