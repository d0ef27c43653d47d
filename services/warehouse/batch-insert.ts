/**
 * Inserts runs of segments of one topic and schema, and keeps aside what can never be read.
 *
 * ClickHouse counts an insert once by its token, also when an attempt whose answer was lost still runs. But it notes the
 * token before the part has its name, so a kill -9 in between leaves a token without rows. What is repeated is
 * therefore inserted once more after that, and then only what is not there.
 */
import { avroContainer, avroLong } from '../../core/avro-container.ts';
import { quoteText } from '../../core/clickhouse-sql.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { AvroSource, Warehouse } from '../../core/ports/warehouse.ts';
import { type Segment, valuesOf } from './segment.ts';
import type { InsertPlan, OffsetRange } from './table-plan.ts';
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

/** A run and how its records become rows, given their offsets. */
export interface PlannedRun {
  readonly run: Run;
  readonly schemaText: string;
  readonly plan: (range: OffsetRange) => InsertPlan;
  /** The run as text rows, where it may go that way. */
  readonly text?: TextRows | null;
}

function rangeOf(run: Run): OffsetRange {
  const { topic, partition } = run[0]!.batch;
  return { topic, partition, first: firstOffset(run[0]!), end: endOffset(run.at(-1)!) };
}

/** `again` after `first`, for what an earlier attempt may have begun. */
type Turn = 'first' | 'again';

/** Names what is inserted: the same records always have the same token, alone or with others. */
function tokenOf({ topic, partition, first, end }: OffsetRange, turn: Turn): string {
  return `${topic}:${partition}:${first}-${end}${turn === 'again' ? ':again' : ''}`;
}

/** Rows that change nothing where they are in need no token then: they are inserted whatever it says. */
function onceOnly(plan: InsertPlan, range: OffsetRange, turn: Turn): Pick<AvroSource, 'token' | 'where'> {
  if (turn === 'first') return { token: tokenOf(range, turn) };
  return plan.absent === null ? { token: null } : { token: tokenOf(range, turn), where: plan.absent };
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

function deadLetterInsert(segment: Segment, reason: string): InsertPlan {
  const { topic, partition, first, end } = rangeOf([segment]);
  const values: Readonly<Record<string, string>> = {
    topic: quoteText(topic),
    partition: String(partition),
    first_offset: String(first),
    records: String(end - first),
    schema_id: String(segment.batch.valueSchemaId),
    reason: quoteText(reason.slice(0, 2000)),
    payload: 'payload',
  };
  const place = ['topic', 'partition', 'first_offset'];
  return {
    table: 'raw.dead_letters',
    columns: Object.keys(values),
    expressions: Object.values(values),
    structure: 'payload String',
    absent:
      `(SELECT count() FROM raw.dead_letters WHERE ` +
      `${place.map((name) => `${name} = ${values[name]}`).join(' AND ')}) = 0`,
  };
}

const turnsOf = (isRepeated: boolean): readonly Turn[] => (isRepeated ? ['first', 'again'] : ['first']);

export class BatchInsert {
  readonly #options: BatchInsertOptions;

  constructor(options: BatchInsertOptions) {
    this.#options = options;
  }

  /**
   * Inserts the runs once, all into one table. Segments that the engine cannot read go to raw.dead_letters, the
   * others in; what of them was in before the failure keeps its token and counts once. `isRepeated`: an earlier attempt
   * may have inserted any of them.
   */
  async insert(runs: readonly PlannedRun[], isRepeated: boolean): Promise<void> {
    try {
      for (const turn of turnsOf(isRepeated)) {
        if (!(await this.#insertAsText(runs, turn))) await this.#insertTogether(runs, turn);
      }
    } catch (error) {
      if (!(error instanceof DolistreamError) || error.code !== 'WAREHOUSE_DATA') throw error;
      const [only] = runs;
      if (runs.length > 1) {
        for (const planned of runs) await this.insert([planned], isRepeated);
      } else if (only!.run.length > 1) {
        for (const segment of only!.run) await this.insert([{ ...only!, run: [segment] }], isRepeated);
      } else {
        await this.putAside(only!.run[0]!, error.message, isRepeated);
      }
    }
  }

  /** False: it has to go as Avro. */
  async #insertAsText(runs: readonly PlannedRun[], turn: Turn): Promise<boolean> {
    const [{ run, plan, text }] = runs as readonly [PlannedRun];
    const rows = text && isFew(run) ? text.write(run) : null;
    if (!text || !rows) return false;
    const { table, columns } = text;
    const range = rangeOf(run);
    const { token } = onceOnly(plan(range), range, turn);
    await this.#options.warehouse.insertText({ database: 'mirror', table, columns, rows, token });
    return true;
  }

  async #insertTogether(runs: readonly PlannedRun[], turn: Turn): Promise<void> {
    const plans = runs.map(({ run, plan }) => plan(rangeOf(run)));
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
        ...onceOnly(plans[index]!, rangeOf(run), turn),
      })),
    });
  }

  /** Writes the segment to raw.dead_letters, once however often it is repeated. */
  async putAside(segment: Segment, reason: string, isRepeated: boolean): Promise<void> {
    const { batch, start, end } = segment;
    const { logger, metrics, warehouse } = this.#options;
    const range = rangeOf([segment]);
    const plan = deadLetterInsert(segment, reason);
    const payload = valuesOf(batch, start, end);
    const length = avroLong(payload.length);
    const datum = new Uint8Array(length.length + payload.length);
    datum.set(length);
    datum.set(payload, length.length);
    const container = avroContainer(DEAD_LETTER_SCHEMA, [{ count: 1, data: datum }]);
    for (const turn of turnsOf(isRepeated)) {
      const source = { ...plan, container, ...onceOnly(plan, range, turn) };
      await warehouse.insertAvro({ table: plan.table, columns: plan.columns, sources: [source] });
    }
    metrics.count('warehouse_dead_letters_total', end - start, { topic: batch.topic });
    logger.error(
      { topic: batch.topic, offset: firstOffset(segment), records: end - start, reason },
      'records put aside',
    );
  }
}
