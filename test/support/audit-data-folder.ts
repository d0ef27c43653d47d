/** Looks through a stopped data folder: is every change in the log and in raw.events once, and in order? */
import { join } from 'node:path';
import avro from 'avsc';
import { openChdb } from '../../adapters/chdb/open-chdb.ts';
import { openEmbeddedLog } from '../../adapters/embedded-log/open-embedded-log.ts';
import { openKafkaLog } from '../../adapters/kafka/open-kafka-log.ts';
import { openRestRegistry } from '../../adapters/registry/open-rest-registry.ts';
import type { ChangeLog } from '../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { silentLogger } from './loading.ts';
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

export interface AuditedStores {
  readonly log: ChangeLog;
  readonly registry: SchemaRegistry;
  readonly warehouse: Warehouse;
}

/** Returns what is wrong, in sentences; empty when nothing is. */
export async function auditDataFolder(dataDir: string, expected: ChangeCounts): Promise<string[]> {
  const { log, registry, close } = await openEmbeddedLog({ dir: join(dataDir, 'log') });
  const warehouse = await openChdb({ dir: join(dataDir, 'warehouse') });
  try {
    return await auditStores({ log, registry, warehouse }, expected);
  } finally {
    await warehouse.close();
    await close();
  }
}

/** The same of a log on Kafka, and of the warehouse that its loader, now stopped, has filled. */
export async function auditKafka(
  from: {
    readonly broker: string;
    readonly registryUrl: string;
    readonly openWarehouse: () => Promise<Warehouse>;
  },
  expected: ChangeCounts,
): Promise<string[]> {
  const log = await openKafkaLog({ brokers: [from.broker], prefix: PREFIX });
  const registry = await openRestRegistry({ url: from.registryUrl, logger: silentLogger });
  const warehouse = await from.openWarehouse();
  try {
    return await auditStores({ log, registry, warehouse }, expected);
  } finally {
    await warehouse.close();
    await registry.close();
    await log.close();
  }
}

async function auditStores(stores: AuditedStores, expected: ChangeCounts): Promise<string[]> {
  const logged = new Map<string, number>();
  const wrong = await auditLog(stores, expected, logged);
  return [...wrong, ...(await auditRaw(stores.warehouse, logged))];
}

/** Fills `logged` with the number of events of each topic. */
async function auditLog(
  { log, registry }: AuditedStores,
  expected: ChangeCounts,
  logged: Map<string, number>,
): Promise<string[]> {
  const wrong: string[] = [];
  const types = new Map<number, avro.Type>();
  const found = new Map<string, Record<string, number>>();
  const lastSeq = new Map<string, number>();
  let from: string | null = null;
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
      logged.set(batch.topic, (logged.get(batch.topic) ?? 0) + batch.count);
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

async function auditRaw(warehouse: Warehouse, logged: ReadonlyMap<string, number>): Promise<string[]> {
  const rows = await warehouse.rows<{
    topic: string;
    n: string;
    offsets: string;
    seqs: string;
    ordered: number;
  }>(
    `SELECT topic, count() AS n, uniqExact(partition, offset) AS offsets, uniqExact(seq) AS seqs,
            arraySort(groupArray((partition, offset, seq))) = arraySort(x -> (x.1, x.3), groupArray((partition, offset, seq))) AS ordered
     FROM raw.events GROUP BY topic`,
  );
  const byTopic = new Map(rows.map((row) => [row.topic, row]));
  return [...logged].flatMap(([topic, count]) => {
    const row = byTopic.get(topic);
    const n = Number(row?.n ?? 0);
    if (n !== count || Number(row!.offsets) !== n || Number(row!.seqs) !== n) {
      return [
        `${topic}: ${count} events in the log, ${n} in raw.events (${row?.offsets ?? 0} offsets, ${row?.seqs ?? 0} seqs)`,
      ];
    }
    return row!.ordered ? [] : [`${topic}: raw.events is not in the order of the log`];
  });
}
