/** Inserts runs of segments of one topic and schema, and keeps aside what can never be read. */
import { avroContainer, avroLong } from '../../core/avro-container.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { quoteText } from './quote.ts';
import { type Segment, valuesOf } from './segment.ts';
import type { InsertPlan } from './table-plan.ts';

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

  /** Inserts the run once; segments that the engine cannot read go to raw.dead_letters, the others in. */
  async insertRun(run: Run, schemaText: string, plan: (firstOffset: number) => InsertPlan): Promise<void> {
    try {
      await this.#insert(run, schemaText, plan(firstOffset(run[0]!)));
    } catch (error) {
      if (!(error instanceof DolistreamError) || error.code !== 'WAREHOUSE_DATA') throw error;
      if (run.length === 1) {
        await this.putAside(run[0]!, error.message);
        return;
      }
      for (const segment of run) await this.insertRun([segment], schemaText, plan);
    }
  }

  async #insert(run: Run, schemaText: string, plan: InsertPlan): Promise<void> {
    const { batch } = run[0]!;
    const blocks = run.map(({ batch: of, start, end }) => ({
      count: end - start,
      data: valuesOf(of, start, end),
    }));
    await this.#options.warehouse.insertAvro({
      ...plan,
      container: avroContainer(schemaText, blocks),
      token: `${batch.topic}:${batch.partition}:${firstOffset(run[0]!)}-${endOffset(run.at(-1)!)}`,
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
      token: `${batch.topic}:${batch.partition}:${firstOffset(segment)}-${endOffset(segment)}`,
    });
    metrics.count('warehouse_dead_letters_total', end - start, { topic: batch.topic });
    logger.error(
      { topic: batch.topic, offset: firstOffset(segment), records: end - start, reason },
      'records put aside',
    );
  }
}
