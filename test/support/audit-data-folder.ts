/** Looks through a stopped data folder: is every change in the log and in raw.events once, and in order? */
import { join } from 'node:path';
import avro from 'avsc';
import { openChdb } from '../../adapters/chdb/open-chdb.ts';
import { openEmbeddedLog } from '../../adapters/embedded-log/open-embedded-log.ts';
import type { ChangeCounts } from './count-changes.ts';

interface Envelope {
  readonly op: string;
  readonly source: {
    readonly table: string;
    readonly seq: number;
    readonly gtid: string;
    readonly file: string;
    readonly pos: number;
    readonly row: number;
  };
}

const PREFIX = 'dolibarr';

/** Returns what is wrong, in sentences; empty when nothing is. */
export async function auditDataFolder(dataDir: string, expected: ChangeCounts): Promise<string[]> {
  return [...(await auditLog(dataDir, expected)), ...(await auditRaw(dataDir))];
}

async function auditLog(dataDir: string, expected: ChangeCounts): Promise<string[]> {
  const { log, registry, close } = await openEmbeddedLog({ dir: join(dataDir, 'log') });
  const wrong: string[] = [];
  const types = new Map<number, avro.Type>();
  const found = new Map<string, Record<string, number>>();
  const lastSeq = new Map<string, number>();
  let from: string | null = null;
  try {
    for (;;) {
      const { batches, cursor } = await log.read({ from, maxBytes: 8 << 20, waitMs: 0 });
      if (batches.length === 0) break;
      from = cursor;
      for (const batch of batches) {
        if (batch.topic === PREFIX || batch.topic === `${PREFIX}.alerts`) continue;
        const type =
          types.get(batch.valueSchemaId) ??
          avro.Type.forSchema(JSON.parse(await registry.schemaById(batch.valueSchemaId)) as avro.Schema, {
            wrapUnions: 'never',
          });
        types.set(batch.valueSchemaId, type);
        let start = 0;
        for (const end of batch.valueEnds) {
          const { op, source } = type.fromBuffer(Buffer.from(batch.values.subarray(start, end))) as Envelope;
          start = end;
          const before = lastSeq.get(batch.topic) ?? 0;
          if (source.seq <= before) wrong.push(`${batch.topic}: seq ${source.seq} comes after ${before}`);
          lastSeq.set(batch.topic, source.seq);
          const counts = found.get(source.table) ?? {};
          counts[op] = (counts[op] ?? 0) + 1;
          found.set(source.table, counts);
        }
      }
    }
  } finally {
    await close();
  }
  for (const table of new Set([...expected.keys(), ...found.keys()])) {
    const want = expected.get(table) ?? { c: 0, u: 0, d: 0 };
    const have = found.get(table) ?? {};
    for (const op of ['c', 'u', 'd'] as const) {
      if ((have[op] ?? 0) !== want[op])
        wrong.push(`${table}: ${have[op] ?? 0} events ${op} in the log, ${want[op]} in the binlog`);
    }
  }
  return wrong;
}

async function auditRaw(dataDir: string): Promise<string[]> {
  const { log, close } = await openEmbeddedLog({ dir: join(dataDir, 'log') });
  const topics = (await log.topics()).filter(({ topic }) => topic !== PREFIX && topic !== `${PREFIX}.alerts`);
  await close();
  const warehouse = await openChdb({ dir: join(dataDir, 'warehouse') });
  try {
    const rows = await warehouse.rows<{
      topic: string;
      n: string;
      offsets: string;
      seqs: string;
      last: string;
      ordered: number;
    }>(
      `SELECT topic, count() AS n, uniqExact(offset) AS offsets, uniqExact(seq) AS seqs, max(offset) AS last,
              arraySort(groupArray((offset, seq))) = arraySort(x -> x.2, groupArray((offset, seq))) AS ordered
       FROM raw.events GROUP BY topic`,
    );
    const byTopic = new Map(rows.map((row) => [row.topic, row]));
    return topics.flatMap(({ topic, nextOffset }) => {
      const row = byTopic.get(topic);
      const n = Number(row?.n ?? 0);
      if (nextOffset === 0) return [];
      if (
        n !== nextOffset ||
        Number(row!.offsets) !== n ||
        Number(row!.seqs) !== n ||
        Number(row!.last) !== n - 1
      ) {
        return [
          `${topic}: ${nextOffset} events in the log, ${n} in raw.events (${row?.offsets ?? 0} offsets, ${row?.seqs ?? 0} seqs)`,
        ];
      }
      return row!.ordered ? [] : [`${topic}: raw.events is not in the order of the log`];
    });
  } finally {
    await warehouse.close();
  }
}
