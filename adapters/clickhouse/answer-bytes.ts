/**
 * The bytes of an answer that may fail in its middle. The server then writes the error into the answer itself, between
 * marks with a tag that it announced in a header, and cuts the connection:
 * https://clickhouse.com/docs/interfaces/http#http_response_codes_caveats
 */
import type { Readable } from 'node:stream';
import { parseError } from '@clickhouse/client';

export interface AnswerStream {
  readonly body: Readable;
  /** null: a server before 25.11, whose failing answers only end too early. */
  readonly tag: string | null;
  readonly signal: AbortSignal | undefined;
}

/**
 * Passes the bytes on as they come, except the few that might be the begin of an error. Throws the server's error, or
 * Node's when the connection broke. The connection is given back when the reader leaves.
 */
export async function* readAnswer({ body, tag, signal }: AnswerStream): AsyncGenerator<Uint8Array> {
  const mark = tag === null ? null : Buffer.from(`\r\n__exception__\r\n${tag}\r\n`);
  const abort = (): void => void body.destroy(new Error('aborted'));
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort, { once: true });
  let held: Buffer = Buffer.alloc(0);
  let isFailed = false;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (!mark) {
        yield chunk;
        continue;
      }
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      if (isFailed) continue;
      const at = held.indexOf(mark);
      isFailed = at >= 0;
      const end = isFailed ? at : held.length - mark.length;
      if (end > 0) yield held.subarray(0, end);
      held = held.subarray(isFailed ? at + mark.length : Math.max(0, end));
    }
  } catch (error) {
    // Behind the text of an error the connection is cut, which is no news.
    if (!isFailed) throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
    body.destroy();
  }
  if (isFailed) throw parseError(held.toString());
  if (held.length > 0) yield held;
}
