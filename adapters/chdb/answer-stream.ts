import type { ChdbQueryStream, Session, StreamChunk } from 'chdb';
import { translateClickhouseError } from '../../core/clickhouse-errors.ts';

export interface UserQuery {
  readonly sql: string;
  readonly format: string;
  readonly params: Readonly<Record<string, unknown>> | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Formats in which the blocks of an answer may follow each other as they come. In the others the engine writes a
 * beginning and an end around every block that it streams (each block of JSON its own document), so they come whole.
 * Compared byte by byte over all formats of ClickHouse 26.7.
 */
const BLOCKWISE_FORMATS = new Set(
  (
    'bsoneachrow buffers csv customseparated jsoncompacteachrow jsoncompactstringseachrow jsoneachrow jsonl jsonlines ' +
    'jsonstringseachrow lineasstring msgpack ndjson native null rowbinary tskv tsv tsvraw tabseparated tabseparatedraw'
  ).split(' '),
);

/**
 * The bytes of a query's answer. Waits for the first of them, so that a query that fails at once rejects here and not
 * in the middle of an answer. `release` is called exactly once, when the answer ends, fails or is left; not when this
 * rejects.
 */
export async function answerQuery(
  session: Session,
  { sql, format, params, signal }: UserQuery,
  release: () => void,
): Promise<AsyncIterable<Uint8Array>> {
  if (BLOCKWISE_FORMATS.has(format.toLowerCase())) {
    const options = { format, ...(signal ? { signal } : {}) };
    try {
      const stream = params
        ? session.queryStreamBind(sql, params, options)
        : session.queryStream(sql, options);
      return await startStream(stream, release);
    } catch (error) {
      if (!isNotStreamable(error)) throw error;
    }
  }
  // Without the signal: the engine finishes such a query anyway, and its connection must stay open until then.
  const whole = await (params
    ? session.queryBindAsync(sql, params, { format })
    : session.queryAsync(sql, { format }));
  const bytes = whole.bytes();
  release();
  return oneChunk(bytes);
}

/** True for the statements that the engine answers only as a whole: SHOW, DESCRIBE, EXISTS, EXPLAIN. */
function isNotStreamable(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Streaming query is not supported');
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function startStream(stream: ChdbQueryStream, release: () => void): Promise<AsyncIterable<Uint8Array>> {
  const chunks = stream[Symbol.asyncIterator]();
  let first: IteratorResult<StreamChunk>;
  try {
    first = await chunks.next();
  } catch (error) {
    stream.cancel();
    throw error;
  }
  return readChunks(first, chunks, () => {
    stream.cancel();
    release();
  });
}

async function* readChunks(
  first: IteratorResult<StreamChunk>,
  chunks: AsyncIterator<StreamChunk>,
  release: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    for (let next = first; !next.done; next = await chunks.next()) yield next.value.raw();
  } catch (error) {
    throw translateClickhouseError(error);
  } finally {
    release();
  }
}
