/** Tells the warehouse how fresh each table of the source is, for v_data_freshness and v_pipeline_health. */
import type { TopicInfo } from '../../core/ports/change-log.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { tableTopic } from '../../core/topics.ts';
import { quoteTable, quoteText } from '../../core/clickhouse-sql.ts';

export interface FreshnessPlace {
  /** Prefix of the topics. */
  readonly prefix: string;
  readonly sourceDatabase: string;
  readonly warehouseDatabase: string;
  /** ms since epoch. */
  readonly now: number;
}

/** Notes the newest change of every captured table of the source's database. */
export async function noteFreshness(
  warehouse: Warehouse,
  topics: readonly TopicInfo[],
  { prefix, sourceDatabase, warehouseDatabase, now }: FreshnessPlace,
): Promise<void> {
  const begin = tableTopic(prefix, sourceDatabase, '');
  const rows = topics
    .filter(({ topic }) => topic.startsWith(begin))
    .map(({ topic, nextOffset, lastTimestampMs }) => {
      const table = quoteText(topic.slice(begin.length));
      const [changed, noted] = [lastTimestampMs, now].map(
        (ms) => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`,
      );
      return `(${table}, ${nextOffset}, ${changed}, ${noted})`;
    });
  if (rows.length === 0) return;
  await warehouse.command(
    `INSERT INTO ${quoteTable(warehouseDatabase, 'source_freshness')} VALUES ${rows.join(', ')}`,
  );
}
