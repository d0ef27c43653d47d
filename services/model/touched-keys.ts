/**
 * Which rows of the model a change of the source touches. Keys are collected until they are derived; a table of which
 * too much was touched, or of which it is not known what, is marked to be derived as a whole.
 */
import type { Change, Image } from './change-decoder.ts';
import type { KeyPart, ModelTable, TouchRule } from './model-table.ts';
import type { ResolvedSource } from './source-columns.ts';

/** Parts of a key, in the order of the table's key columns. */
export type Key = readonly number[];

export interface TouchedTable {
  readonly keys: ReadonlyMap<string, Key>;
  /** Those whose row may be gone. */
  readonly removed: ReadonlyMap<string, Key>;
}

/** Above this many keys of a table, deriving all of it is not slower. */
const MOST_KEYS = 50_000;

interface Touched {
  readonly keys: Map<string, Key>;
  readonly removed: Map<string, Key>;
}

/** Values that name rows of another table, whose keys are touched. */
export interface IndirectTouch {
  readonly table: string;
  readonly rule: TouchRule;
  readonly values: Set<number>;
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
}

const changed = ({ before, after }: Change, columns: Iterable<string>): boolean => {
  if (!before || !after) return true;
  for (const column of columns) if (!isSame(before[column], after[column])) return true;
  return false;
};

/** A key's part: the first alternative that names a row, else 0. Null for what cannot be a key. */
function partOf(image: Image, part: KeyPart, source: ResolvedSource): number | null {
  for (const name of part) {
    const raw = source.columns.get(name);
    const value = raw == null ? null : image[raw];
    if (value === null || value === undefined || value === '') continue;
    const number = Number(value);
    if (!Number.isSafeInteger(number)) return null;
    if (number > 0) return number;
  }
  return 0;
}

export class TouchedKeys {
  readonly #tables: readonly ModelTable[];
  #touched = new Map<string, Touched>();
  #indirect: IndirectTouch[] = [];
  readonly #whole: Set<string>;

  /** `whole`: tables that are to be derived as a whole already. */
  constructor(tables: readonly ModelTable[], whole: Iterable<string> = []) {
    this.#tables = tables;
    this.#whole = new Set(whole);
  }

  get whole(): ReadonlySet<string> {
    return this.#whole;
  }

  get isEmpty(): boolean {
    return this.#touched.size === 0 && this.#indirect.length === 0;
  }

  get count(): number {
    let count = 0;
    for (const { keys } of this.#touched.values()) count += keys.size;
    for (const { values } of this.#indirect) count += values.size;
    return count;
  }

  markWhole(table: string): void {
    this.#whole.add(table);
    this.#touched.delete(table);
    this.#indirect = this.#indirect.filter((touch) => touch.table !== table);
  }

  markDone(table: string): void {
    this.#whole.delete(table);
  }

  /** Marks every table that follows the source. */
  markSource(source: string): void {
    for (const table of this.#tables) {
      const rules = [...table.touches, ...table.rebuilds];
      if (rules.some((rule) => rule.source === source)) this.markWhole(table.name);
    }
  }

  /** False when all that follow the source are marked: then its changes need not be looked at. */
  needs(source: string): boolean {
    return this.#tables.some(
      (table) =>
        !this.#whole.has(table.name) &&
        [...table.touches, ...table.rebuilds].some((rule) => rule.source === source),
    );
  }

  note(change: Change, source: ResolvedSource, columns: ReadonlySet<string>): void {
    // A copied row tells nothing of what was there before it, a TRUNCATE nothing at all.
    if (change.op === 'r' || change.op === 't') {
      this.markSource(source.source.name);
      return;
    }
    if (!changed(change, columns)) return;
    for (const table of this.#tables) {
      if (this.#whole.has(table.name)) continue;
      for (const rule of table.touches) {
        if (rule.source === source.source.name) this.#touch(table, rule, { change, source });
      }
      if (table.rebuilds.some((rule) => this.#rebuilds(rule, change, source))) this.markWhole(table.name);
    }
  }

  #rebuilds(rule: ModelTable['rebuilds'][number], change: Change, source: ResolvedSource): boolean {
    if (rule.source !== source.source.name) return false;
    if (rule.isOnChangeOnly && !change.before) return false;
    const raw = rule.columns.map((name) => source.columns.get(name)).filter((name) => name != null);
    return rule.columns.length === 0 || changed(change, raw);
  }

  #touch(
    table: ModelTable,
    rule: TouchRule,
    { change, source }: { readonly change: Change; readonly source: ResolvedSource },
  ): void {
    if (rule.isOnChangeOnly && !change.before) return;
    const keyOf = (image: Image | null): Key | null | undefined => {
      if (
        !image ||
        !rule.when.every(({ column, value }) => image[source.columns.get(column) ?? ''] === value)
      )
        return undefined;
      const key = rule.parts.map((part) => partOf(image, part, source));
      return key.includes(null) ? null : (key as number[]);
    };
    const before = keyOf(change.before);
    const after = keyOf(change.after);
    if (before === null || after === null) {
      this.markWhole(table.name);
      return;
    }
    if (rule.via) {
      for (const key of [before, after]) if (key) this.#addIndirect(table, rule, key[0]!);
      return;
    }
    if (before) this.#add(table, before, !after || before.some((part, index) => part !== after[index]));
    if (after) this.#add(table, after, false);
  }

  #add(table: ModelTable, key: Key, isRemoved: boolean): void {
    let touched = this.#touched.get(table.name);
    if (!touched) this.#touched.set(table.name, (touched = { keys: new Map(), removed: new Map() }));
    const text = key.join(' ');
    touched.keys.set(text, key);
    if (isRemoved) touched.removed.set(text, key);
    if (touched.keys.size > MOST_KEYS) this.markWhole(table.name);
  }

  #addIndirect(table: ModelTable, rule: TouchRule, value: number): void {
    let touch = this.#indirect.find((known) => known.table === table.name && known.rule === rule);
    if (!touch) this.#indirect.push((touch = { table: table.name, rule, values: new Set() }));
    touch.values.add(value);
    if (touch.values.size > MOST_KEYS) this.markWhole(table.name);
  }

  /** Hands over what was touched and starts anew. */
  take(): { readonly touched: Map<string, TouchedTable>; readonly indirect: readonly IndirectTouch[] } {
    const taken = { touched: new Map<string, TouchedTable>(this.#touched), indirect: this.#indirect };
    this.#touched = new Map();
    this.#indirect = [];
    return taken;
  }
}
