import type { ChdbQueryStream, StreamChunk } from 'chdb';
import { translateEngineError } from './engine-error.ts';

/**
 * The bytes of a running query. Waits for the first chunk, so that a query that fails at once rejects here and not in
 * the middle of an answer. `release` is called exactly once, when the answer ends, fails or is left.
 */
export async function startStream(
  stream: ChdbQueryStream,
  release: () => void,
): Promise<AsyncIterable<Uint8Array>> {
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
    throw translateEngineError(error);
  } finally {
    release();
  }
}
