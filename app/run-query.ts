/** A statement typed at the command line, behind the same gate as those that come over HTTP. */
import { DolistreamError } from '../core/errors.ts';
import type { Warehouse } from '../core/ports/warehouse.ts';
import { DEFAULT_QUERY_LIMITS } from '../services/monitor/build-app.ts';
import { QueryRunner } from '../services/monitor/query-runner.ts';

/** @throws WAREHOUSE_QUERY */
export async function runQuery(
  warehouse: Warehouse,
  query: { readonly sql: string; readonly format: string },
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const runner = new QueryRunner(warehouse, DEFAULT_QUERY_LIMITS);
  const request = {
    ...query,
    params: new Map(),
    settings: new Map(),
    queryId: null,
    database: null,
    protocolVersion: 0,
  };
  try {
    const answer = await runner.run(request, signal);
    return concatenate(answer.head, answer.tail);
  } catch (error) {
    const { message } = error as Error;
    throw new DolistreamError('WAREHOUSE_QUERY', message, {
      fix: 'Correct the query; table and column names are in system.tables and system.columns.',
      cause: error,
    });
  }
}

async function* concatenate(
  head: readonly Uint8Array[],
  tail: AsyncIterator<Uint8Array> | null,
): AsyncIterable<Uint8Array> {
  yield* head;
  if (tail) yield* { [Symbol.asyncIterator]: () => tail };
}
