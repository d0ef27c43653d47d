/**
 * Writes every row event to raw.events. A lane of its own: history may be a second late, so it gathers more per
 * insert, and the mirror, which may not, waits for half the work.
 */
import { quoteName, quoteText } from '../../core/clickhouse-sql.ts';
import { isBinary } from '../../core/clickhouse-types.ts';
import type { Cursor, LoggedBatch } from '../../core/ports/change-log.ts';
import { alertAnswersTopic, alertsTopic, schemaChangeTopic } from '../../core/topics.ts';
import { type BatchInsert, type PlannedRun, type Run, findRuns } from './batch-insert.ts';
import type { LaneWork } from './lane.ts';
import { type Segment, segmentsOf } from './segment.ts';
import { type InsertPlan, type OffsetRange, type TablePlan, imageType } from './table-plan.ts';
import type { TablePlans } from './table-plans.ts';

/** Bounds the text of the statement, which ClickHouse limits to 256 KiB. */
const RUNS_PER_INSERT = 8;

/** What fills the columns of raw.events that come from the event. */
const EVENT_VALUES: Readonly<Record<string, string>> = {
  seq: '`source.seq`',
  op: 'op',
  committed_at: "fromUnixTimestamp64Milli(`source.ts_ms`, 'UTC')",
  gtid: "ifNull(`source.gtid`, '')",
  file: '`source.file`',
  pos: '`source.pos`',
};

/**
 * An image as a JSON object. Bytes are no text, so they stand in it as base64; tables that have none do not pay for
 * that.
 */
function imageJson(image: 'before' | 'after', plan: TablePlan): string {
  const isBytes = plan.source.columns.map(({ type }) => isBinary(type));
  if (!isBytes.includes(true)) return `toJSONString(${image})`;
  const values = plan.columns.map(({ field }, index) => {
    const value = `tupleElement(${image}, ${quoteText(field)})`;
    return isBytes[index] ? `base64Encode(${value})` : value;
  });
  return `toJSONString(CAST(tuple(${values.join(', ')}), ${quoteText(imageType(plan.columns))}))`;
}

/** The fields they are made of. */
const EVENT_FIELDS =
  'op String, `source.seq` UInt64, `source.ts_ms` Int64, `source.gtid` Nullable(String), `source.file` String, ' +
  '`source.pos` UInt64';

function eventInsert(plan: TablePlan, schemaId: number, range: OffsetRange): InsertPlan {
  const { topic, partition, first, end } = range;
  const image = imageType(plan.columns);
  const values: Readonly<Record<string, string>> = {
    topic: quoteText(topic),
    partition: String(partition),
    offset: `${first} + rowNumberInAllBlocks()`,
    database: quoteText(plan.source.database),
    table: quoteText(plan.source.table),
    schema_id: String(schemaId),
    ...EVENT_VALUES,
    before: `if(op IN ('u', 'd'), ${imageJson('before', plan)}, '')`,
    after: `if(op IN ('c', 'u', 'r'), ${imageJson('after', plan)}, '')`,
  };
  return {
    table: 'raw.events',
    columns: Object.keys(values).map(quoteName),
    expressions: Object.values(values),
    structure: `before ${image}, after ${image}, ${EVENT_FIELDS}`,
    absent:
      `${values['offset']} NOT IN (SELECT offset FROM raw.events WHERE topic = ${values['topic']} ` +
      `AND partition = ${partition} AND offset >= ${first} AND offset < ${end})`,
  };
}

export interface RawLaneOptions {
  readonly prefix: string;
  /** Topics of the lane's shard. */
  readonly owns: (topic: string) => boolean;
  readonly plans: TablePlans;
  readonly inserts: BatchInsert;
}

export class RawLane implements LaneWork {
  readonly #options: RawLaneOptions;

  constructor(options: RawLaneOptions) {
    this.#options = options;
  }

  wants(topic: string): boolean {
    const { owns, prefix } = this.#options;
    const others = [schemaChangeTopic(prefix), alertsTopic(prefix), alertAnswersTopic(prefix)];
    return !others.includes(topic) && owns(topic);
  }

  async split(batch: LoggedBatch, before: Cursor | null): Promise<Segment[]> {
    return segmentsOf(batch, before, [{ kind: 'rows', end: batch.count }]);
  }

  startRound(): () => boolean {
    return () => true;
  }

  /** Several topics share an insert: a part of raw.events per round costs less than one per table. */
  async apply(round: readonly Segment[], isRepeated: boolean): Promise<void> {
    const planned: PlannedRun[] = [];
    for (const run of findRuns(round)) {
      const one = await this.#plan(run, isRepeated);
      if (one) planned.push(one);
    }
    for (let at = 0; at < planned.length; at += RUNS_PER_INSERT) {
      await this.#options.inserts.insert(planned.slice(at, at + RUNS_PER_INSERT), isRepeated);
    }
  }

  async #plan(run: Run, isRepeated: boolean): Promise<PlannedRun | null> {
    const { inserts, plans } = this.#options;
    const { batch } = run[0]!;
    const loaded = await plans.get(batch.valueSchemaId);
    if ('reason' in loaded) {
      for (const segment of run) await inserts.putAside(segment, loaded.reason, isRepeated);
      return null;
    }
    const { plan, schemaText } = loaded;
    return { run, schemaText, plan: (range) => eventInsert(plan, batch.valueSchemaId, range) };
  }
}
