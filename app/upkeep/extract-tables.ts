/** Writes tables of the mirror, as they are now, into files for other programs: Parquet, CSV or JSON lines. */
import { createWriteStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { quoteName, quoteTable } from '../../core/clickhouse-sql.ts';
import type { Clock } from '../../core/clock.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { selectTables } from '../name-rules.ts';

/** In the data folder. */
export const EXTRACT_FOLDER = 'extract';

export type ExtractFormat = 'parquet' | 'csv' | 'jsonl';

export interface ExtractRequest {
  readonly format: ExtractFormat;
  /** Globs over table names. */
  readonly tables: readonly string[];
  readonly excludeTables: readonly string[];
  /** In CSV, a text that a spreadsheet would take for a formula gets an apostrophe before it. */
  readonly csvSafe: boolean;
}

export interface ExtractedFile {
  readonly table: string;
  readonly path: string;
  readonly bytes: number;
}

export interface ExtractReport {
  readonly folder: string;
  readonly files: readonly ExtractedFile[];
}

export interface ExtractPlace {
  readonly warehouse: Warehouse;
  readonly clock: Clock;
  /** Each extract gets a folder of its own in it. */
  readonly folder: string;
}

const FORMATS: Readonly<Record<ExtractFormat, string>> = {
  parquet: 'Parquet',
  csv: 'CSVWithNames',
  jsonl: 'JSONEachRow',
};

interface MirrorColumns {
  readonly table: string;
  readonly columns: readonly (readonly [name: string, type: string])[];
}

const COLUMNS_QUERY = `
SELECT table, groupArray((name, type)) AS columns
FROM (SELECT * FROM system.columns WHERE database = 'mirror' AND name NOT IN ('_seq', '_deleted') ORDER BY table, position)
GROUP BY table ORDER BY table`;

/** Signs with which a spreadsheet lets a formula begin. */
const FORMULA = "'^[=+@\\\\t\\\\r-]'";

function selectOf({ table, columns }: MirrorColumns, { format, csvSafe }: ExtractRequest): string {
  const values = columns.map(([name, type]) => {
    const column = quoteName(name);
    if (format !== 'csv' || !csvSafe || !type.includes('String')) return column;
    return `if(match(ifNull(${column}, ''), ${FORMULA}), concat('\\'', ${column}), ${column}) AS ${column}`;
  });
  return `SELECT ${values.join(', ')} FROM ${quoteTable('mirror', table)}`;
}

/** Rejects with CONFIG_INVALID when no table of the mirror is meant. */
export async function extractTables(
  { warehouse, clock, folder }: ExtractPlace,
  request: ExtractRequest,
  signal: AbortSignal,
): Promise<ExtractReport> {
  const selects = selectTables(request);
  const all = await warehouse.rows<MirrorColumns>(COLUMNS_QUERY);
  const wanted = all.filter(({ table }) => selects(table));
  if (wanted.length === 0) {
    throw new DolistreamError(
      'CONFIG_INVALID',
      `No table of the mirror is meant by ${request.tables.join(',')}`,
      {
        fix: 'See which there are: dolistream query "SELECT name FROM system.tables WHERE database = \'mirror\'"',
      },
    );
  }
  const target = join(folder, new Date(clock.now()).toISOString().slice(0, 19).replaceAll(':', '-'));
  await mkdir(target, { recursive: true });
  const files: ExtractedFile[] = [];
  for (const entry of wanted) {
    const path = join(target, `${entry.table}.${request.format}`);
    const answer = await warehouse.stream(selectOf(entry, request), FORMATS[request.format], {
      settings: { final: 1 },
      signal,
    });
    await pipeline(Readable.from(answer), createWriteStream(path, { mode: 0o640 }), { signal });
    files.push({ table: entry.table, path, bytes: (await stat(path)).size });
  }
  return { folder: target, files };
}
