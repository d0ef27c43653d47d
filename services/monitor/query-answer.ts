/** Sends the answer of a query as ClickHouse's HTTP interface does. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { errorAnswer } from './clickhouse-error.ts';
import type { EngineFacts, QueryAnswer } from './query-runner.ts';

const CONTENT_TYPES: readonly (readonly [RegExp, string])[] = [
  [
    /^(JSONEachRow|JSONStringsEachRow|JSONCompact\w*EachRow\w*|JSONEachRowWithProgress|PrettyNDJSON|NDJSON|JSONLines)$/,
    'application/x-ndjson; charset=UTF-8',
  ],
  [/^(JSON\w*|PrettyJSON\w*|GeoJSON)$/, 'application/json; charset=UTF-8'],
  [/^CSVWithNames\w*$/, 'text/csv; charset=UTF-8; header=present'],
  [/^CSV$/, 'text/csv; charset=UTF-8; header=absent'],
  [/^(TabSeparated|TSV)\w*$/, 'text/tab-separated-values; charset=UTF-8'],
  [/^XML$/, 'application/xml; charset=UTF-8'],
  [
    /^(Pretty|Vertical|Values|Markdown|SQLInsert|LineAsString|CustomSeparated|Prometheus|TSKV)/,
    'text/plain; charset=UTF-8',
  ],
];

export function contentTypeOf(format: string): string {
  return CONTENT_TYPES.find(([pattern]) => pattern.test(format))?.[1] ?? 'application/octet-stream';
}

export interface AnswerContext {
  readonly facts: Pick<EngineFacts, 'version' | 'timezone'>;
  readonly queryId: string;
  readonly gzip: boolean;
  /** performance.now() at the start of the request. */
  readonly startedAt: number;
}

const EXPOSED =
  'X-ClickHouse-Query-Id,X-ClickHouse-Summary,X-ClickHouse-Server-Display-Name,X-ClickHouse-Format,' +
  'X-ClickHouse-Timezone,X-ClickHouse-Exception-Code,X-ClickHouse-Exception-Tag';

export function commonHeaders(context: Pick<AnswerContext, 'facts' | 'queryId'>): Record<string, string> {
  return {
    'X-ClickHouse-Query-Id': context.queryId,
    'X-ClickHouse-Timezone': context.facts.timezone,
    'X-ClickHouse-Server-Display-Name': 'dolistream',
    'Access-Control-Expose-Headers': EXPOSED,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  };
}

/** Numbers are texts, as clients expect. Rows are not counted here: the answer is not taken apart. */
function summaryHeader(startedAt: number, resultBytes: number): string {
  const elapsed = Math.round((performance.now() - startedAt) * 1e6);
  return JSON.stringify({
    read_rows: '0',
    read_bytes: '0',
    written_rows: '0',
    written_bytes: '0',
    total_rows_to_read: '0',
    result_rows: '0',
    result_bytes: String(resultBytes),
    elapsed_ns: String(elapsed),
    memory_usage: '0',
  });
}

/** The error of an answer that has begun: after it the connection is cut, so that nobody takes the rest for whole. */
function exceptionTrailer(error: unknown, version: string, tag: string): Buffer {
  const message = Buffer.from(errorAnswer(error, version).body.trimEnd() + '\n');
  return Buffer.concat([
    Buffer.from(`\r\n__exception__\r\n${tag}\r\n`),
    message,
    Buffer.from(`${message.length} ${tag}\r\n__exception__\r\n`),
  ]);
}

async function write(target: Writable, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  if (!target.write(bytes)) await once(target, 'drain', { signal });
}

async function sendTail(
  response: ServerResponse,
  answer: QueryAnswer & { readonly tail: AsyncIterator<Uint8Array> },
  context: AnswerContext & { readonly tag: string },
  signal: AbortSignal,
): Promise<void> {
  const { head, tail } = answer;
  const target: Writable = context.gzip ? createGzip() : response;
  if (context.gzip) target.pipe(response);
  try {
    for (const bytes of head) await write(target, bytes, signal);
    for (let next = await tail.next(); next.done !== true; next = await tail.next()) {
      await write(target, next.value, signal);
    }
    target.end();
  } catch (error) {
    if (!signal.aborted) target.write(exceptionTrailer(error, context.facts.version, context.tag));
    // Without the last chunk of the encoding, which tells the client that the answer is not complete.
    response.socket?.end();
  } finally {
    await tail.return?.();
  }
}

/** Sends a whole answer, or begins a long one and follows it to its end. `signal`: the client went away. */
export async function sendAnswer(
  response: ServerResponse,
  answer: QueryAnswer,
  context: AnswerContext,
  signal: AbortSignal,
): Promise<void> {
  const headers: Record<string, string> = {
    ...commonHeaders(context),
    'X-ClickHouse-Format': answer.format,
    'Content-Type': contentTypeOf(answer.format),
    ...(context.gzip ? { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' } : {}),
  };
  const { tail } = answer;
  const size = answer.head.reduce((sum, bytes) => sum + bytes.length, 0);
  headers['X-ClickHouse-Summary'] = summaryHeader(context.startedAt, size);
  if (!tail) {
    const whole = Buffer.concat(answer.head);
    const body = context.gzip ? gzipSync(whole) : whole;
    response.writeHead(200, { ...headers, 'Content-Length': String(body.length) }).end(body);
    return;
  }
  const tag = randomBytes(8).toString('hex');
  response.writeHead(200, { ...headers, 'X-ClickHouse-Exception-Tag': tag });
  await sendTail(response, { ...answer, tail }, { ...context, tag }, signal);
}
