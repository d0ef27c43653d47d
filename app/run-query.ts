/** A statement typed at the command line, behind the same gate as those that come over HTTP. */
import type { Warehouse } from '../core/ports/warehouse.ts';
import { DEFAULT_QUERY_LIMITS } from '../services/monitor/build-app.ts';
import { QueryRunner } from '../services/monitor/query-runner.ts';

/** @throws ClickHouseError */
export async function runQuery(
  warehouse: Warehouse,
  query: { readonly sql: string; readonly format: string },
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const runner = new QueryRunner(warehouse, DEFAULT_QUERY_LIMITS);
  const answer = await runner.run(
    { ...query, params: new Map(), settings: new Map(), queryId: null, database: null, gzip: false },
    signal,
  );
  return concatenate(answer.head, answer.tail);
}

async function* concatenate(
  head: readonly Uint8Array[],
  tail: AsyncIterator<Uint8Array> | null,
): AsyncIterable<Uint8Array> {
  yield* head;
  if (tail) yield* { [Symbol.asyncIterator]: () => tail };
}
