/** The answer to a query of a pipeline, here or in the running process, as rows. */
import type { RuntimeClient } from './runtime.ts';

/** `sql` without FORMAT. 64-bit numbers come as text. */
export async function queryRows<Row>(
  client: Pick<RuntimeClient, 'query'>,
  sql: string,
  signal: AbortSignal,
): Promise<Row[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of await client.query(sql, 'JSONEachRow', signal)) pieces.push(piece);
  const lines = Buffer.concat(pieces).toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row);
}
