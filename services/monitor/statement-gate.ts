/**
 * Decides what may run on the read-only endpoint, before the engine sees it: one statement that reads, calls nothing
 * that reaches outside, writes no file, and changes no setting by itself. The engine's `readonly` stands behind it as
 * a second barrier; it is not enough alone (see forbidden-functions.ts).
 */
import { ClickHouseError } from './clickhouse-error.ts';
import { checkFunctions, identifierPlaceholders } from './forbidden-functions.ts';
import { isName, isSymbol, type SqlToken, tokeniseSql, wordOf } from './sql-tokens.ts';

export interface AdmittedStatement {
  /** What may run: without comments, FORMAT, SETTINGS and the last semicolon. */
  readonly sql: string;
  /** The FORMAT clause, or null when there was none. */
  readonly format: string | null;
  /** The SETTINGS clause, not yet checked. */
  readonly settings: ReadonlyMap<string, string>;
  /** Placeholders whose values become names; their values must be checked by `checkIdentifier`. */
  readonly identifiers: readonly string[];
}

const STARTS = ['select', 'with', 'from', 'show', 'describe', 'desc', 'exists', 'explain'];
const EXPLAIN_KINDS = ['ast', 'syntax', 'query', 'tree', 'plan', 'pipeline', 'estimate'];

const syntaxError = (message: string): never => {
  throw new ClickHouseError('SYNTAX_ERROR', `Syntax error: ${message}`);
};

const readonlyError = (what: string): never => {
  throw new ClickHouseError(
    'READONLY',
    `${what} cannot run here: this endpoint only reads (SELECT, WITH, SHOW, DESCRIBE, EXISTS, EXPLAIN)`,
  );
};

function withoutSemicolons(tokens: readonly SqlToken[]): readonly SqlToken[] {
  let end = tokens.length;
  while (end > 0 && isSymbol(tokens[end - 1], ';')) end--;
  const rest = tokens.slice(0, end);
  if (rest.length === 0) return syntaxError('the query is empty');
  if (rest.some((token) => isSymbol(token, ';'))) return syntaxError('only one statement at a time');
  return rest;
}

/** What EXPLAIN explains must read as well: skips its kind and its `name = number` settings. */
function checkExplained(tokens: readonly SqlToken[], from: number): void {
  for (let index = from; index < tokens.length; index++) {
    const token = tokens[index];
    const word = wordOf(token);
    if (word === 'select' || word === 'with' || isSymbol(token, '(')) return;
    const isSetting =
      word !== null && isSymbol(tokens[index + 1], '=') && tokens[index + 2]?.kind === 'number';
    if (isSetting) {
      index += isSymbol(tokens[index + 3], ',') ? 3 : 2;
    } else if (word === null || !EXPLAIN_KINDS.includes(word)) {
      readonlyError(`EXPLAIN ${token?.text.toUpperCase()}`);
    }
  }
  syntaxError('EXPLAIN needs a SELECT');
}

function checkStart(tokens: readonly SqlToken[]): void {
  const first = tokens.findIndex((token) => !isSymbol(token, '('));
  const start = wordOf(tokens[first]);
  if (start === null || !STARTS.includes(start)) readonlyError(tokens[first]?.text.toUpperCase() ?? '(');
  if (start === 'explain') checkExplained(tokens, first + 1);
}

/** INSERT after WITH, INTO OUTFILE, PARALLEL WITH: parts that write although the statement starts as a query. */
function checkWords(tokens: readonly SqlToken[]): void {
  tokens.forEach((token, index) => {
    const word = wordOf(token);
    if (isSymbol(tokens[index - 1], '.')) return;
    if (word === 'into') readonlyError('INTO');
    if (word === 'insert' && !isSymbol(tokens[index + 1], '(')) readonlyError('INSERT');
    if (word === 'parallel' && wordOf(tokens[index + 1]) === 'with') readonlyError('PARALLEL WITH');
  });
}

const BEFORE_TABLE = ['from', 'join', 'table', 'describe', 'desc', 'exists', 'in'];

/**
 * The embedded engine takes a table name that is a path for the file at that path. `readonly` stops it from reading
 * the file, not from telling that there is one (EXISTS).
 */
function checkTableNames(tokens: readonly SqlToken[]): void {
  tokens.forEach((token, index) => {
    if (token.kind !== 'quoted' && token.kind !== 'string') return;
    const inDefault = isSymbol(tokens[index - 1], '.') && tokens[index - 2]?.text.toLowerCase() === 'default';
    const before = wordOf(tokens[index - 1]);
    const isTable = inDefault || (before !== null && BEFORE_TABLE.includes(before));
    const isFile = token.kind === 'string' || /[/\\]|\.[A-Za-z0-9]{1,8}$/.test(token.text);
    if (isTable && isFile) {
      const name = token.text.slice(0, 100);
      throw new ClickHouseError('ACCESS_DENIED', `${name} is no table here; files cannot be queried`);
    }
  });
}

/** True at the SETTINGS of a clause, false for a column or table of that name. */
function startsSettings(tokens: readonly SqlToken[], index: number): boolean {
  if (wordOf(tokens[index]) !== 'settings' || isSymbol(tokens[index - 1], '.')) return false;
  const name = tokens[index + 1];
  if (isSymbol(name, '{')) return true;
  const after = tokens[index + 2];
  return (
    isName(name) &&
    (after === undefined || isSymbol(after, '=') || isSymbol(after, ',') || isSymbol(after, ')'))
  );
}

/** Index after the value that starts at `from`: up to a comma outside brackets, FORMAT or the end. */
function valueEnd(tokens: readonly SqlToken[], from: number): number {
  let depth = 0;
  for (let index = from; index < tokens.length; index++) {
    const token = tokens[index]!;
    if (token.kind === 'symbol' && '([{'.includes(token.text)) depth++;
    if (token.kind === 'symbol' && ')]}'.includes(token.text)) depth--;
    if (depth < 0) return syntaxError('SETTINGS must be the last clause of the whole statement');
    if (depth === 0 && index > from && (isSymbol(token, ',') || wordOf(token) === 'format')) return index;
  }
  return tokens.length;
}

/** True for one literal: a text, a number, a word, or one pair of brackets with what is in it. */
function isLiteral(tokens: readonly SqlToken[]): boolean {
  const [first, second] = tokens;
  if (tokens.length === 1) return first!.kind !== 'symbol' && first!.kind !== 'quoted';
  if (tokens.length === 2) return isSymbol(first, '-') && second!.kind === 'number';
  if (!isSymbol(first, '[') && !isSymbol(first, '{') && !isSymbol(first, '(')) return false;
  let depth = 0;
  return tokens.every((token, index) => {
    if (token.kind === 'symbol' && '([{'.includes(token.text)) depth++;
    if (token.kind === 'symbol' && ')]}'.includes(token.text)) depth--;
    return depth > 0 || index === tokens.length - 1;
  });
}

function valueText(text: string, tokens: readonly SqlToken[]): string {
  if (!isLiteral(tokens))
    return syntaxError('SETTINGS takes name = literal, as the last clause of the statement');
  const [first] = tokens;
  return first!.kind === 'string' ? first!.text : text.slice(first!.start, tokens.at(-1)!.end);
}

interface SettingsClause {
  readonly settings: ReadonlyMap<string, string>;
  /** What is left of the statement's tokens. */
  readonly rest: readonly SqlToken[];
}

/** Takes the SETTINGS clause out. It must be at the end; FORMAT may stand before or after it. */
function takeSettings(text: string, tokens: readonly SqlToken[]): SettingsClause {
  const starts = tokens.flatMap((_token, index) => (startsSettings(tokens, index) ? [index] : []));
  const [start] = starts;
  if (start === undefined) return { settings: new Map(), rest: tokens };
  if (starts.length > 1) return syntaxError('one SETTINGS clause at most, at the end of the whole statement');
  const { settings, end } = readSettings(text, tokens, start + 1);
  const after = tokens.slice(end);
  if (after.length !== 0 && after.length !== 2) syntaxError('SETTINGS must be the last clause');
  return { settings, rest: [...tokens.slice(0, start), ...after] };
}

/** Reads `name = value, …` from there on; `end`: the token after it. */
function readSettings(
  text: string,
  tokens: readonly SqlToken[],
  from: number,
): { readonly settings: ReadonlyMap<string, string>; readonly end: number } {
  const settings = new Map<string, string>();
  for (let index = from; ;) {
    const name = tokens[index];
    if (!isName(name) || !isSymbol(tokens[index + 1], '=')) {
      return syntaxError('SETTINGS needs name = value');
    }
    const end = valueEnd(tokens, index + 2);
    if (end === index + 2) syntaxError(`the setting ${name.text} has no value`);
    settings.set(name.text, valueText(text, tokens.slice(index + 2, end)));
    if (!isSymbol(tokens[end], ',')) return { settings, end };
    index = end + 1;
  }
}

/** What SET and USE change in a session. */
export type SessionStatement =
  { readonly settings: ReadonlyMap<string, string> } | { readonly database: string };

/** A statement that changes nothing but the session it comes in; null: another. Throws SYNTAX_ERROR. */
export function readSessionStatement(sql: string): SessionStatement | null {
  if (!/^\s*(set|use)\b/i.test(sql)) return null;
  const { text, tokens: all } = tokeniseSql(sql);
  const tokens = withoutSemicolons(all);
  const [keyword, name] = tokens;
  if (wordOf(keyword) === 'use') {
    return tokens.length === 2 && isName(name)
      ? { database: name.text }
      : syntaxError('USE takes a database');
  }
  const { settings, end } = readSettings(text, tokens, 1);
  return end === tokens.length ? { settings } : syntaxError('SET takes name = value, …');
}

/** Takes `FORMAT name` from the end. */
function takeFormat(tokens: readonly SqlToken[]): { format: string | null; rest: readonly SqlToken[] } {
  const [keyword, name] = tokens.slice(-2);
  const before = tokens.at(-3);
  const isClause =
    tokens.length > 2 &&
    wordOf(keyword) === 'format' &&
    isName(name) &&
    !isSymbol(before, '.') &&
    !isSymbol(before, ',');
  return isClause ? { format: name!.text, rest: tokens.slice(0, -2) } : { format: null, rest: tokens };
}

/**
 * Admits a statement or throws: SYNTAX_ERROR for what cannot be read plainly, READONLY for what is no query,
 * ACCESS_DENIED for what reaches outside. `forbidden`: see `forbiddenNames`.
 */
export function admitStatement(sql: string, forbidden: ReadonlySet<string>): AdmittedStatement {
  const { text, tokens: all } = tokeniseSql(sql);
  const tokens = withoutSemicolons(all);
  checkStart(tokens);
  checkWords(tokens);
  checkTableNames(tokens);
  checkFunctions(tokens, forbidden);
  const { settings, rest } = takeSettings(text, tokens);
  const { format, rest: query } = takeFormat(rest);
  if (query.length === 0) syntaxError('the query is empty');
  return {
    sql: text.slice(query[0]!.start, query.at(-1)!.end),
    format,
    settings,
    identifiers: identifierPlaceholders(tokens),
  };
}

/** The value of an Identifier placeholder: a name like any other, so it may not be a forbidden function's. */
export function checkIdentifier(value: string, forbidden: ReadonlySet<string>): void {
  if (forbidden.has(value.toLowerCase()) || value.includes('/')) {
    throw new ClickHouseError('ACCESS_DENIED', `${value} may not be named by a placeholder here`);
  }
}
