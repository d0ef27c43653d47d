/**
 * Writes every row event to raw.events. A lane of its own: history may be a second late, so it gathers more per
 * insert, and the mirror, which may not, waits for half the work.
 */
import type { Cursor, LoggedBatch } from '../../core/ports/change-log.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { tableOfTopic } from '../../core/topics.ts';
import type { Attempt } from './attempt.ts';
import { type BatchInsert, type PlannedRun, type Run, findRuns } from './batch-insert.ts';
import { eventInsert } from './event-insert.ts';
import type { LaneWork } from './lane-options.ts';
import { type Segment, segmentsOf } from './segment.ts';
import type { TablePlans } from './table-plans.ts';

/** Bounds the text of the statement, which ClickHouse limits to 256 KiB. */
const RUNS_PER_INSERT = 8;

export interface RawLaneOptions {
  readonly prefix: string;
  /** Topics of the lane's shard. */
  readonly owns: (topic: string) => boolean;
  readonly plans: TablePlans;
  readonly inserts: BatchInsert;
  readonly warehouse: Warehouse;
}

/** Where a topic's rows are found by its offsets. */
const TABLES_BY_OFFSET = ['raw.events', 'raw.record_index'];

export class RawLane implements LaneWork {
  readonly #options: RawLaneOptions;
  #selected: ReadonlySet<string> | null = null;

  constructor(options: RawLaneOptions) {
    this.#options = options;
  }

  wants(topic: string): boolean {
    const { owns, prefix } = this.#options;
    const isSelected = this.#selected === null || this.#selected.has(topic);
    return tableOfTopic(prefix, topic) !== null && owns(topic) && isSelected;
  }

  select(topics: readonly string[] | null): void {
    this.#selected = topics && new Set(topics);
  }

  async forget(firsts: Readonly<Record<string, number>>): Promise<void> {
    for (const [topic, offset] of Object.entries(firsts)) {
      for (const table of TABLES_BY_OFFSET) {
        await this.#options.warehouse.command(
          `DELETE FROM ${table} WHERE topic = {topic:String} AND offset >= {offset:UInt64}`,
          { params: { topic, offset } },
        );
      }
    }
  }

  async split(batch: LoggedBatch, before: Cursor | null): Promise<Segment[]> {
    return segmentsOf(batch, before, [{ kind: 'rows', end: batch.count }]);
  }

  startRound(): () => boolean {
    return () => true;
  }

  /** Several topics share an insert: a part of raw.events per round costs less than one per table. */
  async apply(round: readonly Segment[], attempt: Attempt): Promise<void> {
    this.#options.inserts.startRound();
    const planned: PlannedRun[] = [];
    for (const run of findRuns(round)) {
      const one = await this.#plan(run, attempt);
      if (one) planned.push(one);
    }
    for (let at = 0; at < planned.length; at += RUNS_PER_INSERT) {
      await this.#options.inserts.insert(planned.slice(at, at + RUNS_PER_INSERT), attempt);
    }
  }

  async #plan(run: Run, attempt: Attempt): Promise<PlannedRun | null> {
    const { inserts, plans } = this.#options;
    const { batch } = run[0]!;
    const loaded = await plans.get(batch.valueSchemaId);
    if ('reason' in loaded) {
      for (const segment of run) await inserts.putAside(segment, loaded.reason, attempt);
      return null;
    }
    const { plan, schemaText } = loaded;
    return { run, schemaText, plan: (range) => eventInsert(plan, batch.valueSchemaId, range) };
  }
}
