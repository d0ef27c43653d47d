/**
 * The model's tables in the warehouse: made, filled for some keys, or derived as a whole beside and swapped in.
 *
 * Rows carry a version that only grows; a row that is gone is written again as deleted. Deriving the same keys twice, or
 * after a crash once more, does no harm.
 */
import { createHash } from 'node:crypto';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { type Selection, type TemplateContext, driverOf, expandTemplate } from './expand-template.ts';
import { readMirrorTables } from './mirror-tables.ts';
import { type ModelTable, namesIn } from './model-table.ts';
import { quoteName, quoteTable } from '../../core/clickhouse-sql.ts';
import { type ResolvedSource, type SourceTable, resolveSource } from './source-columns.ts';
import type { IndirectTouch, Key, TouchedTable } from './touched-keys.ts';

/** Database of the tables that are not for users. */
export const INTERNAL_DATABASE = 'model';

const BOOKKEEPING = '_version UInt64,\n    _deleted UInt8';
const ENGINE = 'ReplacingMergeTree(_version, _deleted)';
/** Tables that are asked for a few keys at a time: fewer and smaller files, merged eight at a time (as the loader's). */
const LOOKUP_SETTINGS = [
  'compress_per_column_in_compact_parts = 0',
  'write_marks_for_substreams_in_compact_parts = 0',
  'min_parts_to_merge_at_once = 8',
].join(', ');
/** Tables whose columns are read from end to end: each column by itself as soon as a part is not tiny. */
const SCAN_SETTINGS = 'min_bytes_for_wide_part = 4194304';

/** Keys in one statement. */
const KEYS_AT_ONCE = 2000;
/** Rows of the driving table that one statement of a rebuild derives: bounds the memory of its joins. */
const ROWS_AT_ONCE = 200_000;
const BUCKET = 50_000;

export interface ModelStoreOptions {
  readonly warehouse: Warehouse;
  readonly database: string;
  readonly tables: readonly ModelTable[];
  readonly sources: ReadonlyMap<string, SourceTable>;
  /** Runs what writes; repeats it when the warehouse was busy. */
  readonly attempt: (work: () => Promise<void>) => Promise<void>;
}

export class ModelStore implements TemplateContext {
  readonly #options: ModelStoreOptions;
  readonly tables: ReadonlyMap<string, string>;
  #sources: ReadonlyMap<string, ResolvedSource> = new Map();
  #version = 0;

  constructor(options: ModelStoreOptions) {
    this.#options = options;
    this.tables = new Map(options.tables.map((table) => [table.name, this.nameOf(table)]));
  }

  /** Whether it has looked at the mirror: before, no table has a fingerprint. */
  get hasReadMirror(): boolean {
    return this.#sources.size > 0;
  }

  get sources(): ReadonlyMap<string, ResolvedSource> {
    return this.#sources;
  }

  /** Versions of the rows written from now on are above this. */
  startVersions(above: number): void {
    this.#version = above;
  }

  nameOf(table: ModelTable, suffix = ''): string {
    return quoteTable(table.isInternal ? INTERNAL_DATABASE : this.#options.database, table.name + suffix);
  }

  /** Looks at what the mirror has now. */
  async readMirror(): Promise<void> {
    const { warehouse, sources } = this.#options;
    const names = [...sources.values()].flatMap((source) => source.names);
    const mirrors = await readMirrorTables(warehouse, names);
    this.#sources = new Map([...sources].map(([name, source]) => [name, resolveSource(source, mirrors)]));
  }

  /** Changes when the table would be derived in another way, or from another mirror table, than before. */
  fingerprint(table: ModelTable): string {
    const seen = new Set<string>();
    const parts: string[] = [];
    const add = (current: ModelTable): void => {
      if (seen.has(current.name)) return;
      seen.add(current.name);
      parts.push(current.create, expandTemplate(current.select, this, { kind: 'all' }));
      for (const name of namesIn(current.select)) {
        parts.push(this.#sources.get(name)?.mirror?.uuid ?? '');
        const read = this.#options.tables.find((candidate) => candidate.name === name);
        if (read) add(read);
      }
    };
    add(table);
    return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
  }

  #run(sql: string): Promise<void> {
    return this.#options.attempt(() => this.#options.warehouse.command(sql));
  }

  async create(table: ModelTable, suffix = ''): Promise<void> {
    const sql = table.create
      .replace('CREATE TABLE', 'CREATE TABLE IF NOT EXISTS')
      .replace('{table}', this.nameOf(table, suffix))
      .replace('{bookkeeping}', BOOKKEEPING)
      .replace('{engine}', ENGINE)
      .replace('{settings}', table.isInternal ? LOOKUP_SETTINGS : SCAN_SETTINGS);
    await this.#run(sql);
  }

  /** The keys of the model's own that rows named by another table's value belong to. */
  async findKeys(table: ModelTable, { rule, values }: IndirectTouch): Promise<Key[]> {
    const { table: read, column } = rule.via!;
    const from = expandTemplate(`{${read}}`, this, { kind: 'all' });
    const keys: Key[] = [];
    for (const ids of chunksOf([...values])) {
      const rows = await this.#options.warehouse.rows<Record<string, string | number>>(
        `SELECT DISTINCT ${table.key.map(quoteName).join(', ')} FROM ${from} WHERE ${quoteName(column)} IN (${ids.join(',')})`,
      );
      keys.push(...rows.map((row) => table.key.map((part) => Number(row[part]))));
    }
    return keys;
  }

  /** Derives the touched keys from the mirror as it is now. */
  async update(table: ModelTable, { keys, removed }: TouchedTable): Promise<void> {
    for (const some of chunksOf([...keys.values()])) {
      const ids = [...new Set(some.map((key) => key.at(-1)!))];
      const gone = table.isKeyUnique ? some.filter((key) => removed.has(key.join(' '))) : some;
      const old = gone.length === 0 ? null : this.#deleteRows(table, gone);
      await this.#insert(this.nameOf(table), table, { selection: { kind: 'ids', ids }, old });
    }
  }

  /** What there is of the keys, as deleted: what is derived anew has a higher version and wins. */
  #deleteRows(table: ModelTable, keys: readonly Key[]): string {
    const columns = table.key.map(quoteName);
    const tuples = keys.map((key) => (key.length === 1 ? String(key[0]) : `(${key.join(',')})`));
    const name = columns.length === 1 ? columns[0]! : `(${columns.join(', ')})`;
    const version = `toUInt64(${this.#version + 1}) AS _version, toUInt8(1) AS _deleted`;
    return `SELECT * REPLACE (${version}) FROM ${this.nameOf(table)} FINAL WHERE ${name} IN (${tuples.join(',')})`;
  }

  async #insert(
    target: string,
    table: ModelTable,
    { selection, old }: { readonly selection: Selection; readonly old: string | null },
  ): Promise<void> {
    const derived = expandTemplate(table.select, this, selection);
    const rows = `SELECT *, toUInt64(${this.#version + 2}), toUInt8(0) FROM (\n${derived}\n)`;
    this.#version += 2;
    await this.#run(`INSERT INTO ${target} ${old === null ? rows : `${rows}\nUNION ALL\n${old}`}`);
  }

  /** Derives the table as a whole into a new one and swaps the two, so that queries go on. */
  async rebuild(table: ModelTable, signal: AbortSignal): Promise<void> {
    const [name, fresh] = [this.nameOf(table), this.nameOf(table, '__new')];
    await this.#run(`DROP TABLE IF EXISTS ${fresh} SYNC`);
    await this.create(table, '__new');
    for (const selection of await this.#ranges(table)) {
      signal.throwIfAborted();
      await this.#insert(fresh, table, { selection, old: null });
    }
    // What was written in ranges of one key is merged by another here, and a single part needs no merging when it is read.
    await this.#run(`OPTIMIZE TABLE ${fresh} FINAL`);
    await this.create(table);
    await this.#run(`EXCHANGE TABLES ${fresh} AND ${name}`);
    await this.#run(`DROP TABLE IF EXISTS ${fresh} SYNC`);
  }

  /** Ranges of keys that together are all rows, each of about so many that its joins fit into memory. */
  async #ranges(table: ModelTable): Promise<Selection[]> {
    const driver = driverOf(table.select, this);
    if (!driver) return [];
    const buckets = await this.#options.warehouse.rows<{ bucket: string; rows: string }>(
      `SELECT intDiv(toInt64(${driver.column}), ${BUCKET}) AS bucket, count() AS rows FROM ${driver.from} GROUP BY bucket ORDER BY bucket`,
    );
    const ranges: { kind: 'range'; from: number; to: number }[] = [];
    let rows = Infinity;
    for (const next of buckets) {
      const from = Number(next.bucket) * BUCKET;
      rows += Number(next.rows);
      if (rows > ROWS_AT_ONCE) {
        ranges.push({ kind: 'range', from, to: from + BUCKET });
        rows = Number(next.rows);
      } else {
        ranges.at(-1)!.to = from + BUCKET;
      }
    }
    return ranges;
  }
}

function* chunksOf<Item>(items: readonly Item[]): Iterable<readonly Item[]> {
  for (let at = 0; at < items.length; at += KEYS_AT_ONCE) yield items.slice(at, at + KEYS_AT_ONCE);
}
