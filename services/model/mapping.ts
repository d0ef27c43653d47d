/**
 * Which extrafield means what. Every Dolibarr has its own extrafields; the model knows meanings (estimated hours,
 * satisfaction, …), and the mapping names for each the columns that may hold it, the first one that exists wins.
 */
import { DolistreamError } from '../../core/errors.ts';

/** Meanings of the records of one kind: `ticket`, `intervention`, `project`. */
export type Mapping = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

function wrong(field: string, found: unknown, fix: string): DolistreamError {
  return new DolistreamError('CONFIG_INVALID', `The mapping has ${JSON.stringify(found)} at ${field}`, {
    fix,
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listOf = (names: readonly string[]): string => names.join(', ');

function parseColumns(field: string, value: unknown): string[] {
  const columns = typeof value === 'string' ? [value] : value;
  if (Array.isArray(columns) && columns.every((column) => typeof column === 'string')) return columns;
  throw wrong(field, value, 'Give the name of an extrafield, or a list of names.');
}

/**
 * Reads a mapping file over the built-in one: what it names replaces the built-in columns of that meaning, the rest
 * stays. Rejects with CONFIG_INVALID.
 */
export function parseMapping(text: string, builtIn: Mapping): Mapping {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new DolistreamError('CONFIG_INVALID', 'The mapping is not JSON', {
      fix: 'Write it as dolistream mapping suggest prints it.',
      cause: error,
    });
  }
  if (!isObject(given)) throw wrong('the top', given, 'Write an object of ticket, intervention and project.');
  const merged: Record<string, Record<string, readonly string[]>> = {};
  for (const [kind, meanings] of Object.entries(builtIn)) merged[kind] = { ...meanings };
  for (const [kind, meanings] of Object.entries(given)) {
    const known = merged[kind];
    if (!known) throw wrong(kind, meanings, `Use one of: ${listOf(Object.keys(merged))}.`);
    if (!isObject(meanings))
      throw wrong(kind, meanings, `Write an object of: ${listOf(Object.keys(known))}.`);
    for (const [meaning, columns] of Object.entries(meanings)) {
      const field = `${kind}.${meaning}`;
      if (!(meaning in known)) throw wrong(field, columns, `Use one of: ${listOf(Object.keys(known))}.`);
      known[meaning] = parseColumns(field, columns);
    }
  }
  return merged;
}
