/** Reads the model's files: what there is in clickhouse/model, clickhouse/views and clickhouse/mapping. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Mapping, parseMapping } from './mapping.ts';
import { type ModelTable, parseModelTable, sortByDependency } from './model-table.ts';
import { type SourceTable, parseSources } from './source-columns.ts';

export interface ModelView {
  readonly name: string;
  /** The query, placeholders open. */
  readonly select: string;
}

export interface ModelFiles {
  /** Each after those that it reads. */
  readonly tables: readonly ModelTable[];
  readonly views: readonly ModelView[];
  readonly sources: ReadonlyMap<string, SourceTable>;
  /** Statements that make what does not depend on the source, in order. */
  readonly fixed: readonly string[];
}

export interface ModelFileOptions {
  /** Folder with model/, views/ and mapping/. */
  readonly folder: string;
  /** Text of the user's mapping file; null: the built-in mapping alone. */
  readonly mapping: string | null;
  readonly tablePrefix: string;
}

async function readSqlFiles(folder: string): Promise<{ name: string; text: string }[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => ({
      name: name.slice(0, -'.sql'.length),
      text: await readFile(join(folder, name), 'utf8'),
    })),
  );
}

export async function readBuiltInMapping(folder: string): Promise<Mapping> {
  return JSON.parse(await readFile(join(folder, 'mapping', 'default.json'), 'utf8')) as Mapping;
}

/** Each view after those that it reads. */
function sortViews(views: readonly ModelView[]): ModelView[] {
  const sorted = new Set<ModelView>();
  const visit = (view: ModelView): void => {
    for (const other of views) if (other !== view && view.select.includes(`{${other.name}}`)) visit(other);
    sorted.add(view);
  };
  for (const view of views) visit(view);
  return [...sorted];
}

/** Rejects with CONFIG_INVALID when the user's mapping cannot be read. */
export async function readModelFiles(options: ModelFileOptions): Promise<ModelFiles> {
  const { folder, tablePrefix } = options;
  const builtIn = await readBuiltInMapping(folder);
  const mapping = options.mapping === null ? builtIn : parseMapping(options.mapping, builtIn);
  const tables = await readSqlFiles(join(folder, 'model', 'tables'));
  const fixed = await readSqlFiles(join(folder, 'model', 'fixed'));
  const views = await readSqlFiles(join(folder, 'views'));
  const sources = await readFile(join(folder, 'model', 'sources.json'), 'utf8');
  return {
    tables: sortByDependency(tables.map(({ name, text }) => parseModelTable(name, text))),
    views: sortViews(views.map(({ name, text }) => ({ name, select: text.trim().replace(/;$/, '') }))),
    sources: parseSources(sources, mapping, tablePrefix),
    fixed: fixed.flatMap(({ text }) => text.split(/;\s*$/m).filter((statement) => statement.trim() !== '')),
  };
}
