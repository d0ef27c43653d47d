/** One mirror table that is filled beside the one in use, up to a place in its topic, and then takes its place. */
import { quoteName } from '../../../core/clickhouse-sql.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import { storedType } from '../column-mapping.ts';
import { followSchema, storedAfter } from '../schema-following.ts';
import {
  COPY_CHANGES,
  type TablePlan,
  copiedValue,
  createStatements,
  createTable,
  markOf,
} from '../table-plan.ts';
import type { TablePlans } from '../table-plans.ts';
import type { EventRun, EventSource, TopicTable } from './event-source.ts';
import { rebuiltTable } from './leftovers.ts';

/** Events in one statement: bounds what it holds in memory. */
const EVENTS_AT_ONCE = 250_000;

/** Rows without a key may be equal in two blocks: ClickHouse must not take the second one for a repetition. */
const FILL_SETTINGS = {
  insert_deduplicate: 0,
  min_insert_block_size_rows: 65_000,
  min_insert_block_size_bytes: 16_777_216,
  max_threads: 2,
  log_queries: 0,
} as const;

/** Why a table is left as it is. */
export class CannotRebuild extends Error {}

export interface TableRebuildOptions {
  readonly warehouse: Warehouse;
  readonly source: EventSource;
  readonly plans: TablePlans;
  readonly table: TopicTable;
  /** The table as it is to be. */
  readonly plan: TablePlan;
}

export class TableRebuild {
  readonly #options: TableRebuildOptions;
  readonly #fresh: string;
  /** Up to where events are in. */
  #filled = 0;
  #events = 0;
  #lastSchema: number | null = null;

  constructor(options: TableRebuildOptions) {
    this.#options = options;
    this.#fresh = rebuiltTable(options.plan.name);
  }

  get plan(): TablePlan {
    return this.#options.plan;
  }

  get table(): TopicTable {
    return this.#options.table;
  }

  get filled(): number {
    return this.#filled;
  }

  /** Events that were read into it. */
  get events(): number {
    return this.#events;
  }

  /** Makes the new table, empty. */
  async begin(): Promise<void> {
    await this.drop();
    await this.#options.warehouse.command(createTable(this.plan, this.#fresh));
    this.#filled = 0;
    this.#events = 0;
    this.#lastSchema = null;
  }

  /**
   * Brings in the events before `end`, from the last one on that emptied the table. Throws CannotRebuild when some are not
   * there any more, or when the table's columns have changed since the last call: then begin again.
   */
  async fillTo(end: number): Promise<void> {
    if (end <= this.#filled) return;
    const { source, table } = this.#options;
    const truncated = await source.lastTruncate(table, { first: this.#filled, end });
    if (truncated !== null) await this.#startAt(truncated + 1);
    const runs = await source.runs(table, { first: this.#filled, end });
    const fitting = await this.#fittingRuns(runs);
    const missing = await source.missing(table, { first: this.#filled, end });
    if (missing > 0) throw new CannotRebuild(lacks(source.name, missing, this.#filled));
    if (this.#lastSchema !== null && runs.some(({ schemaId }) => schemaId !== this.#lastSchema)) {
      throw new CannotRebuild('its columns changed meanwhile: run it again');
    }
    for (const [index, run] of fitting.entries()) {
      const lasting = await this.#lastingColumns(run, fitting.slice(index + 1));
      for (const piece of piecesOf(run)) await this.#insert(piece, lasting);
    }
    this.#lastSchema = runs.at(-1)?.schemaId ?? this.#lastSchema;
    this.#filled = end;
  }

  /** Takes the place of the table in use. Nobody may write into that meanwhile. Queries see the one or the other. */
  async swap(): Promise<void> {
    const { warehouse } = this.#options;
    if (!this.plan.isKeyed && this.#filled > 0) {
      await warehouse.command(
        `INSERT INTO ${this.#fresh} (_hash, _copies) SELECT ${markOf(0)}, ${this.#filled}`,
        { settings: FILL_SETTINGS },
      );
    }
    for (const statement of createStatements(this.plan)) await warehouse.command(statement);
    await warehouse.command(`EXCHANGE TABLES ${this.#fresh} AND ${this.plan.target}`);
  }

  async drop(): Promise<void> {
    await this.#options.warehouse.command(`DROP TABLE IF EXISTS ${this.#fresh} SYNC`);
  }

  async #startAt(offset: number): Promise<void> {
    await this.#options.warehouse.command(`TRUNCATE TABLE ${this.#fresh} SYNC`);
    this.#filled = offset;
    this.#events = 0;
  }

  /** The loader begins with an empty table where the key changes, or any column of a table without one. */
  async #fittingRuns(runs: readonly EventRun[]): Promise<readonly EventRun[]> {
    const stored = storedAfter(this.plan);
    let begin = 0;
    for (const [index, { schemaId }] of runs.entries()) {
      const plan = await this.#planOf(schemaId);
      if (followSchema(stored, plan)?.isRebuild === true) begin = index + 1;
    }
    if (begin > 0) await this.#startAt(runs[begin - 1]!.end);
    return runs.slice(begin);
  }

  async #planOf(schemaId: number): Promise<TablePlan> {
    const loaded = await this.#options.plans.get(schemaId);
    if ('reason' in loaded) throw new CannotRebuild(loaded.reason);
    return loaded.plan;
  }

  /** Columns whose values of this run are still those of today: never gone, and of the same type, in all that follows. */
  async #lastingColumns(run: EventRun, later: readonly EventRun[]): Promise<LastingColumns> {
    const plan = await this.#planOf(run.schemaId);
    const followers = [this.plan];
    for (const { schemaId } of later) followers.push(await this.#planOf(schemaId));
    const lasts = (name: string, type: string): boolean =>
      followers.every(({ columns }) =>
        columns.some((column) => column.name === name && storedType(column) === type),
      );
    const names = plan.columns.filter((column) => lasts(column.name, storedType(column)));
    return { plan, names: new Set(names.map(({ name }) => name)) };
  }

  async #insert(run: EventRun, lasting: LastingColumns): Promise<void> {
    const { source, warehouse, table } = this.#options;
    const lend = source.lend(table, run, lasting.plan);
    await lend((rows) =>
      warehouse.command(insertOf(lasting, this.#fresh, rows), { settings: FILL_SETTINGS }),
    );
    this.#events += run.end - run.first;
  }
}

interface LastingColumns {
  readonly plan: TablePlan;
  readonly names: ReadonlySet<string>;
}

function insertOf({ plan, names }: LastingColumns, target: string, rows: string): string {
  if (!plan.isKeyed) {
    const columns = plan.columns.map(({ name }) => quoteName(name));
    const values = ['sipHash128(_change.2)', '_change.1', ...plan.columns.map(copiedValue)];
    return (
      `INSERT INTO ${target} (${['_hash', '_copies', ...columns].join(', ')})\n` +
      `SELECT ${values.join(', ')} FROM (SELECT arrayJoin(${COPY_CHANGES}) AS _change FROM (${rows}))`
    );
  }
  const { columns, expressions } = plan.insert({ topic: '', partition: 0, first: 0, end: 0 });
  const kept = columns.map((_, index) => {
    const column = plan.columns[index];
    return column === undefined || names.has(column.name);
  });
  const pick = (list: readonly string[]): string => list.filter((_, index) => kept[index]).join(', ');
  return `INSERT INTO ${target} (${pick(columns)})\nSELECT ${pick(expressions)} FROM (${rows})`;
}

function* piecesOf({ schemaId, first, end }: EventRun): Iterable<EventRun> {
  for (let at = first; at < end; at += EVENTS_AT_ONCE) {
    yield { schemaId, first: at, end: Math.min(end, at + EVENTS_AT_ONCE) };
  }
}

const lacks = (source: string, missing: number, first: number): string =>
  `${source} no longer has ${missing} of its events from offset ${first} on (cleanup removes old ones); ` +
  'copy the table again: dolistream backfill';
