import type { ChdbQueryStream, Session, StreamChunk } from 'chdb';
import { translateClickhouseError } from '../../core/clickhouse-errors.ts';
import type { QueryProgress } from '../../core/ports/warehouse.ts';
import { headerLength } from './answer-header.ts';

export interface UserQuery {
  readonly sql: string;
  readonly format: string;
  readonly params: Readonly<Record<string, unknown>> | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress?: ((progress: Partial<QueryProgress>) => void) | undefined;
  /** What the engine itself says of the query, as long as its answer is not read to the end. */
  readonly askProgress?: () => Promise<Partial<QueryProgress>>;
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
  query: UserQuery,
  release: () => void,
): Promise<AsyncIterable<Uint8Array>> {
  const { sql, format, params, signal } = query;
  const hasHeader = headerLength(format) !== null;
  if (hasHeader || BLOCKWISE_FORMATS.has(format.toLowerCase())) {
    const options = { format, ...(signal ? { signal } : {}) };
    try {
      const stream = params
        ? session.queryStreamBind(sql, params, options)
        : session.queryStream(sql, options);
      return await startStream(stream, query, release);
    } catch (error) {
      if (!isNotStreamable(error)) throw error;
    }
  }
  // Without the signal: the engine finishes such a query anyway, and its connection must stay open until then.
  const whole = await (params
    ? session.queryBindAsync(sql, params, { format })
    : session.queryAsync(sql, { format }));
  const bytes = whole.bytes();
  query.onProgress?.({ resultRows: whole.rowsRead, ...readStatistics(bytes, whole.rowsRead) });
  release();
  return oneChunk(bytes);
}

/** What the documents of the JSON formats say at their end of what was read; else no less than what came out. */
function readStatistics(bytes: Uint8Array, resultRows: number): Partial<QueryProgress> {
  const end = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).subarray(-300).toString('latin1');
  const match = /"rows_read":\s*(\d+),\s*"bytes_read":\s*(\d+)\s*\}\s*\}\s*$/.exec(end);
  return match ? { readRows: Number(match[1]), readBytes: Number(match[2]) } : { readRows: resultRows };
}

/** True for the statements that the engine answers only as a whole: SHOW, DESCRIBE, EXISTS, EXPLAIN. */
function isNotStreamable(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Streaming query is not supported');
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function startStream(
  stream: ChdbQueryStream,
  query: UserQuery,
  release: () => void,
): Promise<AsyncIterable<Uint8Array>> {
  const chunks = stream[Symbol.asyncIterator]();
  try {
    const first = await chunks.next();
    if (!first.done) query.onProgress?.((await query.askProgress?.()) ?? {});
    return readChunks(query, first, chunks, () => {
      stream.cancel();
      release();
    });
  } catch (error) {
    stream.cancel();
    throw error;
  }
}

async function* readChunks(
  { format, onProgress }: UserQuery,
  first: IteratorResult<StreamChunk>,
  chunks: AsyncIterator<StreamChunk>,
  release: () => void,
): AsyncGenerator<Uint8Array> {
  const lengthOf = headerLength(format);
  let resultRows = 0;
  try {
    for (let next = first; !next.done; next = await chunks.next()) {
      const bytes = next.value.raw();
      // The names of the columns stand before every block; the answer has them once.
      yield next === first || !lengthOf ? bytes : bytes.subarray(lengthOf(bytes));
      resultRows += next.value.numRows;
      onProgress?.({ resultRows });
    }
  } catch (error) {
    throw translateClickhouseError(error);
  } finally {
    release();
  }
}
