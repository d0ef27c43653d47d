/**
 * Keeps `mirror` what the source is now. Row order inside a table needs no care, because the newest seq of a key
 * wins; what needs it is what changes a table as a whole, TRUNCATE and DDL, so those begin a new round.
 */
import avro, { type Type } from 'avsc';
import { DolistreamError } from '../../core/errors.ts';
import type { Cursor, LoggedBatch } from '../../core/ports/change-log.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { alertsTopic, schemaChangeTopic } from '../../core/topics.ts';
import { alertInsert } from './alert-insert.ts';
import { type BatchInsert, type Run, findRuns } from './batch-insert.ts';
import type { LaneWork } from './lane.ts';
import { type Segment, type SegmentKind, segmentsOf, valuesOf } from './segment.ts';
import type { TablePlans } from './table-plans.ts';
import { type TablePlan, mirrorTableName, truncateStatement } from './table-plan.ts';
import type { WarehouseCatalog } from './warehouse-catalog.ts';

export interface MirrorLaneOptions {
  readonly prefix: string;
  readonly warehouseDatabase: string;
  readonly qualifyTables: boolean;
  readonly warehouse: Warehouse;
  readonly registry: SchemaRegistry;
  readonly plans: TablePlans;
  readonly catalog: WarehouseCatalog;
  readonly inserts: BatchInsert;
  readonly logger: Logger;
}

interface SchemaChange {
  readonly databaseName: string;
  readonly tableChanges: readonly {
    readonly type: string;
    readonly id: string;
    readonly valueSchemaId: number | null;
  }[];
}

/** An envelope whose two images are null is a TRUNCATE: both unions start it with branch 0. */
function truncatesIn(batch: LoggedBatch): number[] {
  const found: number[] = [];
  for (let record = 0; record < batch.count; record++) {
    const at = record === 0 ? 0 : batch.valueEnds[record - 1]!;
    if (batch.values[at] === 0 && batch.values[at + 1] === 0) found.push(record);
  }
  return found;
}

export class MirrorLane implements LaneWork {
  readonly #options: MirrorLaneOptions;

  constructor(options: MirrorLaneOptions) {
    this.#options = options;
  }

  wants(): boolean {
    return true;
  }

  split(batch: LoggedBatch, before: Cursor | null): Segment[] {
    const { prefix } = this.#options;
    const whole = (kind: SegmentKind) => segmentsOf(batch, before, [{ kind, end: batch.count }]);
    if (batch.topic === schemaChangeTopic(prefix)) return whole('schema-change');
    if (batch.topic === alertsTopic(prefix)) return whole('alerts');
    const pieces: { kind: SegmentKind; end: number }[] = [];
    let end = 0;
    for (const record of truncatesIn(batch)) {
      if (record > end) pieces.push({ kind: 'rows', end: record });
      pieces.push({ kind: 'truncate', end: record + 1 });
      end = record + 1;
    }
    if (end < batch.count) pieces.push({ kind: 'rows', end: batch.count });
    return segmentsOf(batch, before, pieces);
  }

  isCut(round: readonly Segment[], next: Segment): boolean {
    const isBarrier = (segment: Segment) => segment.kind === 'schema-change' || segment.kind === 'truncate';
    if (isBarrier(next) || isBarrier(round[0]!)) return round[0]!.kind !== next.kind;
    return round.some(
      ({ batch }) => batch.topic === next.batch.topic && batch.valueSchemaId !== next.batch.valueSchemaId,
    );
  }

  async apply(round: readonly Segment[]): Promise<void> {
    if (round[0]!.kind === 'schema-change') {
      for (const segment of round) await this.#applySchemaChanges(segment);
      return;
    }
    const chains = new Map<string, Run[]>();
    for (const run of findRuns(round)) {
      const { topic } = run[0]!.batch;
      chains.set(topic, [...(chains.get(topic) ?? []), run]);
    }
    await settleAll([...chains.values()].map((runs) => this.#applyRuns(runs)));
  }

  async #applyRuns(runs: readonly Run[]): Promise<void> {
    for (const run of runs) {
      if (run[0]!.kind === 'alerts') await this.#insertAlerts(run);
      else await this.#applyTableRun(run);
    }
  }

  async #applyTableRun(run: Run): Promise<void> {
    const { inserts, plans, warehouse } = this.#options;
    const { valueSchemaId } = run[0]!.batch;
    const loaded = await plans.get(valueSchemaId);
    if ('reason' in loaded) {
      for (const segment of run) await inserts.putAside(segment, loaded.reason);
      return;
    }
    await this.#follow(loaded.plan);
    if (run[0]!.kind === 'truncate') await warehouse.command(truncateStatement(loaded.plan));
    else await inserts.insert([{ run, schemaText: loaded.schemaText, plan: () => loaded.plan.insert }]);
  }

  async #follow(plan: TablePlan): Promise<void> {
    const outcome = await this.#options.catalog.follow(plan);
    if (outcome === 'altered' || outcome === 'rebuilt') {
      this.#options.logger.info({ table: plan.name, outcome }, 'mirror table follows its source');
    }
  }

  async #insertAlerts(run: Run): Promise<void> {
    const { inserts, registry, warehouseDatabase } = this.#options;
    const schemaText = await registry.schemaById(run[0]!.batch.valueSchemaId);
    await inserts.insert([{ run, schemaText, plan: () => alertInsert(warehouseDatabase) }]);
  }

  async #applySchemaChanges({ batch, start, end }: Segment): Promise<void> {
    const type = avro.Type.forSchema(
      JSON.parse(await this.#options.registry.schemaById(batch.valueSchemaId)),
      {
        wrapUnions: false,
      },
    );
    for (let record = start; record < end; record++) {
      const datum = valuesOf(batch, record, record + 1);
      await this.#applySchemaChange(decode(type, datum, `${batch.topic}:${batch.baseOffset + record}`));
    }
  }

  async #applySchemaChange(change: SchemaChange): Promise<void> {
    const { catalog, plans, qualifyTables } = this.#options;
    for (const { type, id, valueSchemaId } of change.tableChanges) {
      if (type === 'DROP') {
        const table = id.startsWith(`${change.databaseName}.`)
          ? id.slice(change.databaseName.length + 1)
          : id;
        await catalog.drop(mirrorTableName({ database: change.databaseName, table }, qualifyTables));
      } else if (type !== 'TRUNCATE' && valueSchemaId !== null) {
        const loaded = await plans.get(valueSchemaId);
        if ('plan' in loaded) await this.#follow(loaded.plan);
      }
    }
  }
}

function decode(type: Type, datum: Uint8Array, place: string): SchemaChange {
  try {
    return type.fromBuffer(Buffer.from(datum.buffer, datum.byteOffset, datum.length)) as SchemaChange;
  } catch (error) {
    throw new DolistreamError('LOG_CORRUPT', `The schema change at ${place} cannot be read`, {
      cause: error,
    });
  }
}

/** Waits for all, then rejects with the first failure: nothing may still run when a round is tried again. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(work);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}
