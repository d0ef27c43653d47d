/** The events of raw.events. */
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import type { TablePlan } from '../table-plan.ts';
import type { EventRun, EventSource, LentRows, TopicTable } from './event-source.ts';
import { type EventRange, rowsOfRaw } from './event-values.ts';

const IN_RANGE = 'topic = {topic:String} AND offset >= {first:UInt64} AND offset < {end:UInt64}';

const END_QUERY = `
SELECT toFloat64(greatest(
    (SELECT ifNull(max(offset) + 1, 0) FROM raw.events WHERE topic = {topic:String}),
    (SELECT ifNull(max(first_offset + records), 0) FROM raw.dead_letters WHERE topic = {topic:String})
)) AS end`;

const TRUNCATE_QUERY = `
SELECT count() AS found, toFloat64(max(offset)) AS last FROM raw.events WHERE op = 't' AND ${IN_RANGE}`;

/** A letter that is in by now is an event as well. */
const HELD_QUERY = `
SELECT toFloat64(
    (SELECT count() FROM raw.events WHERE ${IN_RANGE})
    + (SELECT ifNull(sum(toInt64(least(first_offset + records, {end:UInt64})) - toInt64(greatest(first_offset, {first:UInt64}))), 0)
       FROM (SELECT DISTINCT first_offset, records FROM raw.dead_letters
             WHERE topic = {topic:String} AND redriven_at IS NULL AND first_offset < {end:UInt64} AND first_offset + records > {first:UInt64}))
) AS held`;

const SCHEMAS_QUERY = `
SELECT schema_id AS schemaId, toFloat64(min(offset)) AS first, toFloat64(max(offset) + 1) AS end
FROM raw.events WHERE ${IN_RANGE} GROUP BY schema_id ORDER BY first`;

/** For tables whose events alternate between schemas. */
const RUNS_QUERY = `
SELECT any(schema_id) AS schemaId, toFloat64(min(offset)) AS first, toFloat64(max(offset) + 1) AS end
FROM (
    SELECT schema_id, offset, sum(is_begin) OVER (ORDER BY offset ROWS UNBOUNDED PRECEDING) AS run
    FROM (
        SELECT schema_id, offset,
               schema_id != lagInFrame(schema_id, 1, 0) OVER (ORDER BY offset ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS is_begin
        FROM raw.events WHERE ${IN_RANGE}
    )
)
GROUP BY run ORDER BY first`;

export class RawEvents implements EventSource {
  readonly name = 'raw';
  readonly #warehouse: Warehouse;

  constructor(warehouse: Warehouse) {
    this.#warehouse = warehouse;
  }

  refresh(): Promise<void> {
    return Promise.resolve();
  }

  async end({ topic }: TopicTable): Promise<number> {
    const [row] = await this.#warehouse.rows<{ end: number }>(END_QUERY, { params: { topic } });
    return row!.end;
  }

  async lastTruncate({ topic }: TopicTable, range: EventRange): Promise<number | null> {
    const [row] = await this.#warehouse.rows<{ found: string; last: number }>(TRUNCATE_QUERY, {
      params: { topic, ...range },
    });
    return Number(row!.found) === 0 ? null : row!.last;
  }

  async missing({ topic }: TopicTable, range: EventRange): Promise<number> {
    if (range.end <= range.first) return 0;
    const [row] = await this.#warehouse.rows<{ held: number }>(HELD_QUERY, { params: { topic, ...range } });
    return Math.max(0, range.end - range.first - row!.held);
  }

  async runs({ topic }: TopicTable, range: EventRange): Promise<readonly EventRun[]> {
    const options = { params: { topic, ...range } };
    const schemas = await this.#warehouse.rows<EventRun>(SCHEMAS_QUERY, options);
    const isInOrder = schemas.every(({ end }, index) => end <= (schemas[index + 1]?.first ?? Infinity));
    return isInOrder ? schemas : this.#warehouse.rows<EventRun>(RUNS_QUERY, options);
  }

  lend({ topic }: TopicTable, run: EventRun, plan: TablePlan): LentRows {
    return (use) => use(rowsOfRaw(plan, topic, run));
  }
}
