/** Sends the answer of a query as ClickHouse's HTTP interface does. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  deflateSync,
  gzipSync,
} from 'node:zlib';
import type { QueryProgress } from '../../core/ports/warehouse.ts';
import { errorAnswer } from './clickhouse-error.ts';
import { compressNative } from './native-compression.ts';
import type { HttpCoding, QueryRequest } from './query-request.ts';
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

export interface AnswerContext extends Pick<QueryRequest, 'coding' | 'nativeMethod' | 'wantsProgress'> {
  readonly facts: Pick<EngineFacts, 'version' | 'timezone'>;
  readonly queryId: string;
  /** performance.now() at the start of the request. */
  readonly startedAt: number;
}

/** A quality of 4 is as quick as gzip; the default takes seconds per megabyte. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

const WHOLE: Readonly<Record<HttpCoding, (bytes: Buffer) => Buffer>> = {
  gzip: gzipSync,
  br: (bytes) => brotliCompressSync(bytes, BROTLI),
  deflate: deflateSync,
};

const STREAMED: Readonly<Record<HttpCoding, () => Writable & { pipe(to: Writable): Writable }>> = {
  gzip: createGzip,
  br: () => createBrotliCompress(BROTLI),
  deflate: createDeflate,
};

const EXPOSED =
  'X-ClickHouse-Query-Id,X-ClickHouse-Summary,X-ClickHouse-Server-Display-Name,X-ClickHouse-Format,' +
  'X-ClickHouse-Timezone,X-ClickHouse-Progress,X-ClickHouse-Exception-Code,X-ClickHouse-Exception-Tag';

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

/** Numbers are texts, as clients expect. Of a long answer they are what was known when it began. */
function summaryOf(startedAt: number, progress: QueryProgress, resultBytes: number): string {
  const elapsed = Math.round((performance.now() - startedAt) * 1e6);
  const { readRows, readBytes, totalRowsToRead, resultRows, memoryBytes } = progress;
  return JSON.stringify({
    read_rows: String(readRows),
    read_bytes: String(readBytes),
    written_rows: '0',
    written_bytes: '0',
    total_rows_to_read: String(Math.max(totalRowsToRead, readRows)),
    result_rows: String(resultRows),
    result_bytes: String(resultBytes),
    elapsed_ns: String(elapsed),
    memory_usage: String(memoryBytes),
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

/** A client that takes nothing for so long is cut off: it holds a place among the users' queries, and tables. */
const STALLED_MS = 60_000;

async function write(target: Writable, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  if (target.write(bytes)) return;
  await once(target, 'drain', { signal: AbortSignal.any([signal, AbortSignal.timeout(STALLED_MS)]) });
}

async function sendTail(
  response: ServerResponse,
  answer: QueryAnswer & { readonly tail: AsyncIterator<Uint8Array> },
  context: AnswerContext & { readonly tag: string },
  signal: AbortSignal,
): Promise<void> {
  const { head, tail } = answer;
  const { coding, nativeMethod } = context;
  const encoder = coding === null ? null : STREAMED[coding]();
  encoder?.pipe(response);
  const target: Writable = encoder ?? response;
  const packed = (bytes: Uint8Array): Uint8Array =>
    nativeMethod === null ? bytes : compressNative(bytes, nativeMethod);
  try {
    for (const bytes of head) await write(target, packed(bytes), signal);
    for (let next = await tail.next(); next.done !== true; next = await tail.next()) {
      await write(target, packed(next.value), signal);
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
  const { tail, progress } = answer;
  const { coding, nativeMethod } = context;
  const size = answer.head.reduce((sum, bytes) => sum + bytes.length, 0);
  const summary = summaryOf(context.startedAt, progress, size);
  const headers: Record<string, string> = {
    ...commonHeaders(context),
    'X-ClickHouse-Format': answer.format,
    'Content-Type': contentTypeOf(answer.format),
    ...(coding === null ? {} : { 'Content-Encoding': coding, Vary: 'Accept-Encoding' }),
    // Said once, when the answer is there: Node sends all headers together.
    ...(context.wantsProgress ? { 'X-ClickHouse-Progress': summary } : {}),
    'X-ClickHouse-Summary': summary,
  };
  if (!tail) {
    const whole = Buffer.concat(answer.head);
    const native = nativeMethod === null ? whole : compressNative(whole, nativeMethod);
    const body = coding === null ? native : WHOLE[coding](native);
    response.writeHead(200, { ...headers, 'Content-Length': String(body.length) }).end(body);
    return;
  }
  const tag = randomBytes(8).toString('hex');
  response.writeHead(200, { ...headers, 'X-ClickHouse-Exception-Tag': tag });
  await sendTail(response, { ...answer, tail }, { ...context, tag }, signal);
}
