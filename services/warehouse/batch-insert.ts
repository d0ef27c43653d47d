/** Inserts runs of segments of one topic and schema, and keeps aside what can never be read. */
import { avroContainer, avroLong } from '../../core/avro-container.ts';
import { quoteText } from '../../core/clickhouse-sql.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { type Segment, valuesOf } from './segment.ts';
import type { InsertPlan } from './table-plan.ts';
import { type TextRows, isFew } from './text-rows.ts';

/** Segments of one topic-partition and schema with contiguous offsets. Never empty. */
export type Run = readonly Segment[];

const firstOffset = (segment: Segment): number => segment.batch.baseOffset + segment.start;
const endOffset = (segment: Segment): number => segment.batch.baseOffset + segment.end;

/** True when `next` can join the run in one insert. */
export function continuesRun(run: Run, next: Segment): boolean {
  const last = run.at(-1)!;
  return (
    last.kind === next.kind &&
    last.batch.topic === next.batch.topic &&
    last.batch.partition === next.batch.partition &&
    last.batch.valueSchemaId === next.batch.valueSchemaId &&
    endOffset(last) === firstOffset(next)
  );
}

/** Runs of a round; within one topic they keep their order. */
export function findRuns(round: readonly Segment[]): Segment[][] {
  const runs: Segment[][] = [];
  const latest = new Map<string, Segment[]>();
  for (const segment of round) {
    const place = `${segment.batch.topic}:${segment.batch.partition}`;
    const run = latest.get(place);
    if (run && segment.kind !== 'truncate' && continuesRun(run, segment)) {
      run.push(segment);
      continue;
    }
    const started = [segment];
    latest.set(place, started);
    runs.push(started);
  }
  return runs;
}

/** A run and how its records become rows, given the offset of the first. */
export interface PlannedRun {
  readonly run: Run;
  readonly schemaText: string;
  readonly plan: (firstOffset: number) => InsertPlan;
  /** The run as text rows, where it may go that way. */
  readonly text?: TextRows | null;
}

/** Names what is inserted: the same records always have the same token, alone or with others. */
function tokenOf(run: Run): string {
  const { topic, partition } = run[0]!.batch;
  return `${topic}:${partition}:${firstOffset(run[0]!)}-${endOffset(run.at(-1)!)}`;
}

export interface BatchInsertOptions {
  readonly warehouse: Warehouse;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Schema of the one record that carries a batch into raw.dead_letters. */
const DEAD_LETTER_SCHEMA = JSON.stringify({
  type: 'record',
  name: 'DeadLetter',
  fields: [{ name: 'payload', type: 'bytes' }],
});

export class BatchInsert {
  readonly #options: BatchInsertOptions;

  constructor(options: BatchInsertOptions) {
    this.#options = options;
  }

  /**
   * Inserts the runs once, all into one table. Segments that the engine cannot read go to raw.dead_letters, the
   * others in; what of them was in before the failure keeps its token and counts once.
   */
  async insert(runs: readonly PlannedRun[]): Promise<void> {
    try {
      if (!(await this.#insertAsText(runs))) await this.#insertTogether(runs);
    } catch (error) {
      if (!(error instanceof DolistreamError) || error.code !== 'WAREHOUSE_DATA') throw error;
      const [only] = runs;
      if (runs.length > 1) {
        for (const planned of runs) await this.insert([planned]);
      } else if (only!.run.length > 1) {
        for (const segment of only!.run) await this.insert([{ ...only!, run: [segment] }]);
      } else {
        await this.putAside(only!.run[0]!, error.message);
      }
    }
  }

  /** False: it has to go as Avro. */
  async #insertAsText(runs: readonly PlannedRun[]): Promise<boolean> {
    const [{ run, text }] = runs as readonly [PlannedRun];
    const rows = text && isFew(run) ? text.write(run) : null;
    if (!text || !rows) return false;
    const { table, columns } = text;
    await this.#options.warehouse.insertText({
      database: 'mirror',
      table,
      columns,
      rows,
      token: tokenOf(run),
    });
    return true;
  }

  async #insertTogether(runs: readonly PlannedRun[]): Promise<void> {
    const plans = runs.map(({ run, plan }) => plan(firstOffset(run[0]!)));
    await this.#options.warehouse.insertAvro({
      table: plans[0]!.table,
      columns: plans[0]!.columns,
      sources: runs.map(({ run, schemaText }, index) => ({
        expressions: plans[index]!.expressions,
        structure: plans[index]!.structure,
        container: avroContainer(
          schemaText,
          run.map(({ batch, start, end }) => ({ count: end - start, data: valuesOf(batch, start, end) })),
        ),
        token: tokenOf(run),
      })),
    });
  }

  /** Writes the segment to raw.dead_letters, once however often it is repeated. */
  async putAside(segment: Segment, reason: string): Promise<void> {
    const { batch, start, end } = segment;
    const { logger, metrics, warehouse } = this.#options;
    const payload = valuesOf(batch, start, end);
    const length = avroLong(payload.length);
    const datum = new Uint8Array(length.length + payload.length);
    datum.set(length);
    datum.set(payload, length.length);
    await warehouse.insertAvro({
      table: 'raw.dead_letters',
      columns: ['topic', 'partition', 'first_offset', 'records', 'schema_id', 'reason', 'payload'],
      sources: [
        {
          expressions: [
            quoteText(batch.topic),
            String(batch.partition),
            String(firstOffset(segment)),
            String(end - start),
            String(batch.valueSchemaId),
            quoteText(reason.slice(0, 2000)),
            'payload',
          ],
          structure: 'payload String',
          container: avroContainer(DEAD_LETTER_SCHEMA, [{ count: 1, data: datum }]),
          token: tokenOf([segment]),
        },
      ],
    });
    metrics.count('warehouse_dead_letters_total', end - start, { topic: batch.topic });
    logger.error(
      { topic: batch.topic, offset: firstOffset(segment), records: end - start, reason },
      'records put aside',
    );
  }
}
