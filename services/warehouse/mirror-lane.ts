/**
 * Keeps `mirror` what the source is now. Row order inside a table needs no care, because the newest seq of a key
 * wins; what needs it is what changes a table as a whole, TRUNCATE and DDL, so those begin a new round.
 */
import type { Cursor, LoggedBatch } from '../../core/ports/change-log.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { alertAnswersTopic, alertsTopic, schemaChangeTopic, tableOfTopic } from '../../core/topics.ts';
import { alertInsert } from './alert-insert.ts';
import { answerInsert } from './answer-insert.ts';
import type { Attempt } from './attempt.ts';
import { type BatchInsert, type Run, findRuns } from './batch-insert.ts';
import type { LaneWork } from './lane-options.ts';
import { SchemaChangeReader } from './schema-changes.ts';
import { type Segment, type SegmentKind, segmentsOf } from './segment.ts';
import type { TablePlans } from './table-plans.ts';
import { type TablePlan, mirrorTableName, truncateStatement } from './table-plan.ts';
import type { WarehouseCatalog } from './warehouse-catalog.ts';

export interface MirrorLaneOptions {
  readonly prefix: string;
  /** Topics of the lane's shard. */
  readonly owns: (topic: string) => boolean;
  readonly warehouseDatabase: string;
  readonly qualifyTables: boolean;
  readonly warehouse: Warehouse;
  readonly registry: SchemaRegistry;
  readonly plans: TablePlans;
  readonly catalog: WarehouseCatalog;
  readonly inserts: BatchInsert;
  readonly logger: Logger;
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
  readonly #schemaChanges: SchemaChangeReader;
  #selected: ReadonlySet<string> | null = null;

  constructor(options: MirrorLaneOptions) {
    this.#options = options;
    this.#schemaChanges = new SchemaChangeReader(options.registry);
  }

  /** A schema change may be about tables of several shards: each takes its own out of it. */
  wants(topic: string): boolean {
    return topic === schemaChangeTopic(this.#options.prefix) || this.#loads(topic);
  }

  select(topics: readonly string[] | null): void {
    this.#selected = topics && new Set(topics);
  }

  /** Rows with a key are replaced by their newer ones, and those without know how far they are counted. */
  forget(): Promise<void> {
    return Promise.resolve();
  }

  #loads(topic: string): boolean {
    const { owns, prefix } = this.#options;
    const isAlerts = topic === alertsTopic(prefix) || topic === alertAnswersTopic(prefix);
    const isLoaded = isAlerts || tableOfTopic(prefix, topic) !== null;
    return isLoaded && owns(topic) && (this.#selected === null || this.#selected.has(topic));
  }

  async split(batch: LoggedBatch, before: Cursor | null): Promise<Segment[]> {
    const { prefix } = this.#options;
    const whole = (kind: SegmentKind) => segmentsOf(batch, before, [{ kind, end: batch.count }]);
    if (batch.topic === alertsTopic(prefix) || batch.topic === alertAnswersTopic(prefix)) {
      return whole('alerts');
    }
    if (batch.topic === schemaChangeTopic(prefix)) {
      const changes = (await this.#schemaChanges.read(batch)).filter(({ topic }) => this.#loads(topic));
      return whole('schema-change').map((segment) => ({ ...segment, changes }));
    }
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

  /**
   * In one round a table gets either rows of one schema, or one TRUNCATE, or one schema change. So repeating a round
   * can neither remove rows that it inserted itself nor take a table back to a schema that it had left.
   */
  startRound(): (next: Segment) => boolean {
    const present = new Map<string, number | null>();
    return (next) => {
      const topics = next.changes ? next.changes.map(({ topic }) => topic) : [next.batch.topic];
      const isRows = next.kind === 'rows' || next.kind === 'alerts';
      const schemaId = isRows ? next.batch.valueSchemaId : null;
      if (
        topics.some((topic) => present.has(topic) && (schemaId === null || present.get(topic) !== schemaId))
      ) {
        return false;
      }
      for (const topic of topics) present.set(topic, schemaId);
      return true;
    };
  }

  async apply(round: readonly Segment[], attempt: Attempt): Promise<void> {
    this.#options.inserts.startRound();
    await settleAll(
      findRuns(round).map(async (run) => {
        if (run[0]!.kind === 'schema-change') await this.#applySchemaChanges(run);
        else if (run[0]!.kind === 'alerts') await this.#insertAlerts(run, attempt);
        else await this.#applyTableRun(run, attempt);
      }),
    );
  }

  async #applyTableRun(run: Run, attempt: Attempt): Promise<void> {
    const { inserts, plans, warehouse } = this.#options;
    const { valueSchemaId } = run[0]!.batch;
    const loaded = await plans.get(valueSchemaId);
    if ('reason' in loaded) {
      for (const segment of run) await inserts.putAside(segment, loaded.reason, attempt);
      return;
    }
    await this.#follow(loaded.plan);
    if (run[0]!.kind === 'truncate') await warehouse.command(truncateStatement(loaded.plan));
    else {
      const { plan, schemaText, textRows } = loaded;
      await inserts.insert([{ run, schemaText, plan: plan.insert, text: textRows }], attempt);
    }
  }

  async #follow(plan: TablePlan): Promise<void> {
    const outcome = await this.#options.catalog.follow(plan);
    if (outcome === 'altered' || outcome === 'rebuilt') {
      this.#options.logger.info({ table: plan.name, outcome }, 'mirror table follows its source');
    }
  }

  async #insertAlerts(run: Run, attempt: Attempt): Promise<void> {
    const { inserts, registry, warehouseDatabase, prefix } = this.#options;
    const { topic, valueSchemaId } = run[0]!.batch;
    const schemaText = await registry.schemaById(valueSchemaId);
    const planOf = topic === alertsTopic(prefix) ? alertInsert : answerInsert;
    await inserts.insert([{ run, schemaText, plan: () => planOf(warehouseDatabase) }], attempt);
  }

  async #applySchemaChanges(run: Run): Promise<void> {
    const { catalog, plans, qualifyTables } = this.#options;
    for (const { type, database, table, valueSchemaId } of run.flatMap(({ changes }) => changes ?? [])) {
      if (type === 'DROP') {
        await catalog.drop(mirrorTableName({ database, table }, qualifyTables));
      } else if (type !== 'TRUNCATE' && valueSchemaId !== null) {
        const loaded = await plans.get(valueSchemaId);
        if ('plan' in loaded) await this.#follow(loaded.plan);
      }
    }
  }
}

/** Waits for all, then rejects with the first failure: nothing may still run when a round is tried again. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(work);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}
