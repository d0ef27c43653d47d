/** Where a mirror table is filled from anew: the history in the warehouse, or the lake. Offsets are those of the log. */
import type { TablePlan } from '../table-plan.ts';
import type { EventRange } from './event-values.ts';

/** Consecutive events of a topic that were written with one schema. */
export interface EventRun extends EventRange {
  readonly schemaId: number;
}

export interface TopicTable {
  readonly topic: string;
  readonly database: string;
  readonly table: string;
}

export interface EventSource {
  readonly name: 'raw' | 'lake';
  /** Looks again at what there is, where that is kept. */
  refresh(): Promise<void>;
  /** Offset behind the last event of the table; 0 when there is none. */
  end(table: TopicTable): Promise<number>;
  /** Offset of the last event that emptied the table; null: none did in this range. */
  lastTruncate(table: TopicTable, range: EventRange): Promise<number | null>;
  /** How many events of the range are not there and were not put aside as unreadable either. */
  missing(table: TopicTable, range: EventRange): Promise<number>;
  /** In the order of offsets. */
  runs(table: TopicTable, range: EventRange): Promise<readonly EventRun[]>;
  /** Lends the row events of a run as a SELECT of what the insert plan of the schema's table reads. */
  lend(table: TopicTable, run: EventRun, plan: TablePlan): LentRows;
}

export type LentRows = <Result>(use: (rows: string) => Promise<Result>) => Promise<Result>;
