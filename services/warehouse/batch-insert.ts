/** Inserts runs of segments of one topic and schema, and keeps aside what can never be read. */
import { avroContainer } from '../../core/avro-container.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { AvroInsert, Warehouse } from '../../core/ports/warehouse.ts';
import { type Attempt, type Turn, onceOnly, turnsOf } from './attempt.ts';
import type { DeadLetterBox } from './dead-letters/dead-letter-box.ts';
import { deadLetterInsert } from './dead-letters/dead-letter-insert.ts';
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

/** The insert of the runs as Avro, all into one table; `onceOnly` of each tells what keeps it from counting twice. */
function avroInsert(runs: readonly PlannedRun[], turn: Turn): AvroInsert {
  const plans = runs.map(({ run, plan }) => plan(rangeOf(run)));
  return {
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
  };
}

/** Inserts what of the run is not there, outside a lane. Rejects with WAREHOUSE_DATA. */
export async function insertAbsent(warehouse: Warehouse, planned: PlannedRun): Promise<void> {
  const insert = avroInsert([planned], { mark: '', isConditional: true });
  await warehouse.insertAvro({
    ...insert,
    sources: insert.sources.map((source) => ({ ...source, token: null })),
  });
}

/** Reads the run as an insert would, into nothing. Rejects with WAREHOUSE_DATA. */
export async function tryInsert(warehouse: Warehouse, planned: PlannedRun): Promise<void> {
  const { sources } = avroInsert([planned], { mark: '', isConditional: false });
  await warehouse.insertAvro({
    table: "FUNCTION null('read UInt8')",
    columns: ['read'],
    sources: sources.map(({ expressions, structure, container }) => ({
      ...{ structure, container, token: null },
      expressions: [`ignore(${expressions.join(', ')})`],
    })),
  });
}

export interface BatchInsertOptions {
  readonly warehouse: Warehouse;
  /** Gets what is put aside, too. */
  readonly letters: DeadLetterBox;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Attempts to find the unreadable records of one batch; what is still in doubt then is put aside together. */
const MAX_FAILURES = 40;

export class BatchInsert {
  readonly #options: BatchInsertOptions;

  constructor(options: BatchInsertOptions) {
    this.#options = options;
  }

  /** A round begins, perhaps again. */
  startRound(): void {
    this.#options.letters.clear();
  }

  /**
   * Inserts the runs once, all into one table. Records that the engine cannot read are put aside, the others go in; what
   * of them was in before the failure keeps its token and counts once.
   */
  async insert(runs: readonly PlannedRun[], attempt: Attempt): Promise<void> {
    const reason = await this.#attempt(runs, attempt);
    if (reason === null) return;
    const [only] = runs;
    if (runs.length > 1) {
      for (const planned of runs) await this.insert([planned], attempt);
    } else if (only!.run.length > 1) {
      for (const segment of only!.run) await this.insert([{ ...only!, run: [segment] }], attempt);
    } else {
      await this.#narrow(only!, reason, { attempt, failures: 1 });
    }
  }

  /** Why the engine cannot read the runs; null: they are in. */
  async #attempt(runs: readonly PlannedRun[], attempt: Attempt): Promise<string | null> {
    try {
      for (const turn of turnsOf(attempt)) {
        if (!(await this.#insertAsText(runs, turn))) {
          await this.#options.warehouse.insertAvro(avroInsert(runs, turn));
        }
      }
      return null;
    } catch (error) {
      if (error instanceof DolistreamError && error.code === 'WAREHOUSE_DATA') return error.message;
      throw error;
    }
  }

  /** Halves a segment that cannot be read until the records that are to blame are alone. */
  async #narrow(
    planned: PlannedRun,
    reason: string,
    search: { readonly attempt: Attempt; failures: number },
  ): Promise<void> {
    const [segment] = planned.run as readonly [Segment];
    if (segment.end - segment.start === 1 || search.failures >= MAX_FAILURES) {
      await this.putAside(segment, reason, search.attempt);
      return;
    }
    const middle = segment.start + Math.ceil((segment.end - segment.start) / 2);
    for (const half of [
      { ...segment, end: middle },
      { ...segment, start: middle },
    ]) {
      const piece = { ...planned, run: [half] };
      const failure = await this.#attempt([piece], search.attempt);
      if (failure === null) continue;
      search.failures += 1;
      await this.#narrow(piece, failure, search);
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

  /** Writes the segment to raw.dead_letters, once however often it is repeated, and to the topic with the round's end. */
  async putAside(segment: Segment, reason: string, attempt: Attempt): Promise<void> {
    const { letters, logger, metrics, warehouse } = this.#options;
    const { batch, start, end } = segment;
    for (const turn of turnsOf(attempt)) {
      await warehouse.insertAvro(deadLetterInsert(segment, rangeOf([segment]), { reason, turn }));
    }
    letters.add(segment, reason);
    metrics.count('warehouse_dead_letters_total', end - start, { topic: batch.topic });
    logger.error(
      { topic: batch.topic, offset: firstOffset(segment), records: end - start, reason },
      'records put aside',
    );
  }
}
