/**
 * The events of the lake's files; what is not in a file yet comes from raw.events. A log that began anew counts from 0
 * again while the lake goes on, so offsets of the lake are the log's plus a base.
 */
import type { LakeStore } from '../../../core/ports/lake-store.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import type { TablePlan } from '../table-plan.ts';
import type { EventRun, EventSource, LentRows, TopicTable } from './event-source.ts';
import { type EventRange, rowsOfLake } from './event-values.ts';

/** A file of the lake, as its name tells; no event is in two of them. */
export interface EventFileRange {
  readonly path: string;
  /** Folder of the table. */
  readonly table: string;
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

export interface LakeEventsOptions {
  readonly store: LakeStore;
  /** The engine that makes the lake's files: it reads them, too. */
  readonly engine: Warehouse;
  /** All files of the lake, those of an interrupted merge left out. */
  readonly list: () => Promise<readonly EventFileRange[]>;
  /** By table folder; see above. */
  readonly bases: Readonly<Record<string, number>>;
  readonly folderOf: (table: TopicTable) => string;
  readonly rest: EventSource;
}

const settings = { max_threads: 2, log_queries: 0 };
const overlaps = (a: EventRange, b: EventRange): boolean => a.first < b.end && b.first < a.end;
const cut = (range: EventRange, to: EventRange): EventRange => ({
  first: Math.max(range.first, to.first),
  end: Math.min(range.end, to.end),
});

interface FileRun extends EventRun {
  readonly paths: readonly string[];
}

export class LakeEvents implements EventSource {
  readonly name = 'lake';
  readonly #options: LakeEventsOptions;
  #files = new Map<string, EventFileRange[]>();
  readonly #schemas = new Map<string, number>();

  constructor(options: LakeEventsOptions) {
    this.#options = options;
  }

  async refresh(): Promise<void> {
    this.#files = new Map();
    for (const file of await this.#options.list()) {
      const files = this.#files.get(file.table);
      if (files) files.push(file);
      else this.#files.set(file.table, [file]);
    }
    for (const files of this.#files.values()) files.sort((a, b) => a.first - b.first);
  }

  async end(table: TopicTable): Promise<number> {
    return Math.max(this.#end(table), await this.#options.rest.end(table));
  }

  async lastTruncate(table: TopicTable, range: EventRange): Promise<number | null> {
    const { engine, store, rest } = this.#options;
    const base = this.#base(table);
    const late = await rest.lastTruncate(table, this.#behind(table, range));
    if (late !== null) return late;
    for (const run of [...(await this.#fileRuns(table, range))].reverse()) {
      const { first, end } = cut(run, range);
      const condition = `op = 't' AND event_offset >= ${first + base} AND event_offset < ${end + base}`;
      const [row] = await store.lend(run.paths, (from) =>
        engine.rows<{ found: string; last: number }>(
          `SELECT count() AS found, toFloat64(max(event_offset)) AS last FROM ${from} WHERE ${condition}`,
          { settings },
        ),
      );
      if (Number(row!.found) > 0) return row!.last - base;
    }
    return null;
  }

  async missing(table: TopicTable, range: EventRange): Promise<number> {
    const behind = this.#behind(table, range);
    const held = this.#ranges(table)
      .map((file) => cut(file, range))
      .reduce((sum, { first, end }) => sum + Math.max(0, end - first), 0);
    const expected = Math.max(0, Math.min(range.end, behind.first) - range.first);
    return expected - held + (await this.#options.rest.missing(table, behind));
  }

  async runs(table: TopicTable, range: EventRange): Promise<readonly EventRun[]> {
    const inFiles = (await this.#fileRuns(table, range)).map(({ schemaId, ...run }) => ({
      schemaId,
      ...cut(run, range),
    }));
    return [...inFiles, ...(await this.#options.rest.runs(table, this.#behind(table, range)))];
  }

  lend(table: TopicTable, run: EventRun, plan: TablePlan): LentRows {
    if (run.first >= this.#end(table)) return this.#options.rest.lend(table, run, plan);
    const base = this.#base(table);
    const paths = this.#rangesOf(table, run).map(({ path }) => path);
    const range = { first: run.first + base, end: run.end + base };
    return (use) => this.#options.store.lend(paths, (from) => use(rowsOfLake(plan, from, range)));
  }

  #base(table: TopicTable): number {
    return this.#options.bases[this.#options.folderOf(table)] ?? 0;
  }

  /** The files' ranges by the log's offsets. */
  #ranges(table: TopicTable): (EventRange & { readonly path: string })[] {
    const base = this.#base(table);
    const files = this.#files.get(this.#options.folderOf(table)) ?? [];
    return files
      .map(({ path, first, last }) => ({ path, first: first - base, end: last + 1 - base }))
      .filter(({ end }) => end > 0);
  }

  #rangesOf(table: TopicTable, range: EventRange): (EventRange & { readonly path: string })[] {
    return this.#ranges(table).filter((file) => overlaps(file, range));
  }

  #end(table: TopicTable): number {
    return this.#ranges(table).at(-1)?.end ?? 0;
  }

  /** The part of a range that no file reaches. */
  #behind(table: TopicTable, { first, end }: EventRange): EventRange {
    const from = Math.max(first, this.#end(table));
    return { first: from, end: Math.max(from, end) };
  }

  /** Files after each other that have one schema are one run. */
  async #fileRuns(table: TopicTable, range: EventRange): Promise<FileRun[]> {
    const runs: FileRun[] = [];
    for (const { path, first, end } of this.#rangesOf(table, range)) {
      const schemaId = await this.#schemaOf(path);
      const last = runs.at(-1);
      if (last?.schemaId === schemaId) runs[runs.length - 1] = { ...last, end, paths: [...last.paths, path] };
      else runs.push({ schemaId, first, end, paths: [path] });
    }
    return runs;
  }

  async #schemaOf(path: string): Promise<number> {
    const known = this.#schemas.get(path) ?? (await this.#options.store.schemaId(path));
    this.#schemas.set(path, known);
    return known;
  }
}
