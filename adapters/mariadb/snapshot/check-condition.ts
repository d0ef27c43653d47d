/**
 * A condition that a user gives for a copy (`--where`) becomes part of a SELECT, so only what is plainly a condition
 * over captured columns is let through: no other query inside it, no comment, no variable, no column that must not
 * leave the source, and no function that waits or reads files.
 */
import type { Connection } from 'mysql2/promise';
import { DolistreamError } from '../../../core/errors.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import { readColumns } from '../catalog.ts';
import { queryRows } from '../connection.ts';
import { quoteName } from './select-expressions.ts';

const MAX_LENGTH = 4000;
const TOKENS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)+`|[\p{L}\p{N}_$]+|\s+|[^]/gu;
const FORBIDDEN_TEXT = [';', '\\', '#', '--', '/*', '*/', '@', '?'];
const FORBIDDEN_WORDS = new Set(
  'SELECT UNION INTO WITH VALUES TABLE PROCEDURE FOR LOCK LIMIT ORDER GROUP HAVING SLEEP BENCHMARK LOAD_FILE GET_LOCK RELEASE_LOCK'.split(
    ' ',
  ),
);

function refuse(where: string, why: string): DolistreamError {
  return new DolistreamError('CONFIG_INVALID', `--where ${JSON.stringify(where.slice(0, 200))} ${why}`, {
    fix: "Give one condition over the table's own columns, such as --where \"date_creation >= '2026-01-01'\"",
  });
}

/** Resolves when the server takes the condition. Rejects with CONFIG_INVALID, saying why not. */
export async function checkCondition(
  connection: Connection,
  table: TableSchema,
  where: string,
): Promise<void> {
  const captured = new Set(table.columns.map(({ name }) => name.toLowerCase()));
  const all = await readColumns(connection, table.database, [table.table]);
  const secret = new Set(all.map(({ name }) => name.toLowerCase()).filter((name) => !captured.has(name)));
  const why = findFault(where, secret);
  if (why !== null) throw refuse(where, why);
  const source = `${quoteName(table.database)}.${quoteName(table.table)}`;
  try {
    await queryRows(connection, `SELECT 1 FROM ${source} WHERE (${where}\n) LIMIT 0`);
  } catch (error) {
    throw refuse(where, `is not understood for ${table.table}: ${(error as Error).message}`);
  }
}

/** Why the text is no plain condition, or null. `secret`: lower-case names of columns that must not be asked about. */
export function findFault(where: string, secret: ReadonlySet<string>): string | null {
  if (where.trim() === '') return 'is empty';
  if (where.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  let depth = 0;
  let bare = '';
  for (const [token] of where.matchAll(TOKENS)) {
    if (token.length > 1 && (token.startsWith("'") || token.startsWith('"'))) {
      if (token.includes('\\')) return 'holds a backslash';
      bare += "''";
      continue;
    }
    if (token === "'" || token === '"' || token === '`') return 'has a quote without its end';
    if (token === '(') depth++;
    if (token === ')' && --depth < 0) return 'closes a parenthesis that it does not open';
    const name = token.replaceAll('`', '').toLowerCase();
    if (secret.has(name)) return `names ${name}, which is not captured`;
    if (!token.startsWith('`') && FORBIDDEN_WORDS.has(token.toUpperCase()))
      return `holds ${token.toUpperCase()}`;
    bare += token;
  }
  if (depth > 0) return 'opens a parenthesis that it does not close';
  const text = FORBIDDEN_TEXT.find((part) => bare.includes(part));
  return text === undefined ? null : `holds ${text}`;
}
