/** CSV as the analytics tasks exchange it: a header, commas, quotes where needed, one line per row. */
import { readFileSync, writeFileSync } from 'node:fs';

export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Splits into records of cells; throws on a quote that is not closed. */
function splitCells(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') cell += text[at++]!;
      else quoted = false;
    } else if (sign === '"' && cell === '') {
      quoted = true;
    } else if (sign === ',') {
      record.push(cell);
      cell = '';
    } else if (sign === '\n') {
      records.push([...record, cell]);
      record = [];
      cell = '';
    } else if (sign !== '\r' || text[at + 1] !== '\n') {
      cell += sign;
    }
  }
  if (quoted) throw new RangeError('CSV ends inside quotes');
  if (cell !== '' || record.length > 0) records.push([...record, cell]);
  return records;
}

/** Throws RangeError naming the line when a row is not as wide as the header. */
export function parseCsv(text: string): CsvTable {
  const [header, ...rows] = splitCells(text.replace(/^\uFEFF/, ''));
  if (!header) throw new RangeError('CSV is empty: a header line is needed');
  rows.forEach((row, index) => {
    if (row.length !== header.length) {
      throw new RangeError(`CSV line ${index + 2} has ${row.length} cells, the header ${header.length}`);
    }
  });
  return { header, rows };
}

export const readCsv = (path: string): CsvTable => parseCsv(readFileSync(path, 'utf8'));

const quote = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

export function writeCsv(
  path: string,
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void {
  const lines = [header, ...rows].map((row) => row.map((cell) => quote(String(cell))).join(','));
  writeFileSync(path, `${lines.join('\n')}\n`);
}

/** The cell as a finite number; an empty one is NaN. Throws RangeError naming the column. */
export function readNumber(cell: string, column: string): number {
  if (cell.trim() === '' || cell.trim().toLowerCase() === 'nan') return Number.NaN;
  const value = Number(cell);
  if (!Number.isFinite(value)) throw new RangeError(`Column "${column}" holds "${cell}", not a number`);
  return value;
}

/** Index of a column. Throws RangeError when there is none of that name. */
export function columnOf(table: CsvTable, name: string): number {
  const index = table.header.indexOf(name);
  if (index < 0) throw new RangeError(`Column "${name}" is missing; there are: ${table.header.join(', ')}`);
  return index;
}
