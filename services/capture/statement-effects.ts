/**
 * What a statement in the binlog does to tables. Not a SQL parser: it knows the verbs and finds the table names, and for
 * ALTER it tells only whether existing rows may read differently afterwards. Everything about columns comes from the
 * table maps and the catalog, so no dialect detail can break it (peers fail on DDL their grammar lacks). Why not a
 * general SQL parser: docs/decisions/0004-statement-effects.md.
 */

export interface TableRef {
  readonly database: string;
  readonly table: string;
}

export type StatementEffect =
  | { readonly kind: 'create' | 'drop' | 'truncate'; readonly target: TableRef }
  /**
   * `rewrites`: existing rows may read differently, so the table must be copied anew. `columns`: the columns of before
   * in which they may, when it is certain that the rows themselves are the same ones; null otherwise.
   */
  | {
      readonly kind: 'alter';
      readonly target: TableRef;
      readonly rewrites: boolean;
      readonly columns: readonly string[] | null;
    }
  | { readonly kind: 'rename'; readonly target: TableRef; readonly to: TableRef }
  | { readonly kind: 'drop-database'; readonly database: string }
  /** Rows changed without row events. */
  | { readonly kind: 'dml'; readonly target: TableRef };

interface Token {
  /** Upper-case for bare words; the text itself for quoted names. */
  readonly text: string;
  readonly raw: string;
  readonly quoted: boolean;
}

/** Words, quoted names, numbers and single characters; comments are left out, but for MariaDB's executable ones. */
function tokenize(sql: string): Token[] {
  const pattern =
    /\/\*M?!\d*|\*\/|\/\*[^]*?\*\/|--[ \t][^\n]*|#[^\n]*|`((?:[^`]|``)*)`|"((?:[^"\\]|\\.|"")*)"|'(?:[^'\\]|\\.|'')*'|[\p{L}\p{N}_$@]+|[^\s]/gu;
  const tokens: Token[] = [];
  for (const match of sql.matchAll(pattern)) {
    const raw = match[0];
    if (raw.startsWith('/*') || raw === '*/' || raw.startsWith('--') || raw.startsWith('#')) continue;
    const quotedName = match[1] ?? match[2];
    if (quotedName === undefined) tokens.push({ text: raw.toUpperCase(), raw, quoted: false });
    else
      tokens.push({
        text: quotedName.replaceAll('``', '`'),
        raw: quotedName.replaceAll('``', '`'),
        quoted: true,
      });
  }
  return tokens;
}

class Statement {
  readonly #tokens: readonly Token[];
  readonly #database: string;
  #at = 0;

  constructor(sql: string, database: string) {
    this.#tokens = tokenize(sql);
    this.#database = database;
  }

  get next(): string {
    const token = this.#tokens[this.#at];
    return token && !token.quoted ? token.text : '';
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  skip(...words: string[]): boolean {
    if (!words.includes(this.next)) return false;
    this.#at++;
    return true;
  }

  skipAll(...words: string[]): void {
    while (this.skip(...words));
  }

  advance(): void {
    this.#at++;
  }

  /** `table` or `database.table` */
  name(): TableRef {
    const first = this.#tokens[this.#at++]?.raw ?? '';
    if (this.next !== '.') return { database: this.#database, table: first };
    this.#at++;
    return { database: first, table: this.#tokens[this.#at++]?.raw ?? '' };
  }

  rest(): readonly Token[] {
    return this.#tokens.slice(this.#at);
  }
}

const DML = ['INSERT', 'UPDATE', 'DELETE', 'REPLACE', 'LOAD'];

/** @param database the one the statement ran in. */
export function statementEffects(sql: string, database: string): StatementEffect[] {
  const statement = new Statement(sql, database);
  if (statement.skip('CREATE')) return createEffects(statement);
  if (statement.skip('DROP')) return dropEffects(statement);
  if (statement.skip('ALTER')) return alterEffects(statement);
  if (statement.skip('RENAME')) return renameEffects(statement);
  if (statement.skip('TRUNCATE')) {
    statement.skip('TABLE');
    return [{ kind: 'truncate', target: statement.name() }];
  }
  if (DML.includes(statement.next)) return dmlEffects(statement);
  return [];
}

function createEffects(statement: Statement): StatementEffect[] {
  const replaces = statement.next === 'OR';
  statement.skipAll('OR', 'REPLACE');
  if (!statement.skip('TABLE')) return [];
  statement.skipAll('IF', 'NOT', 'EXISTS');
  const target = statement.name();
  const create: StatementEffect = { kind: 'create', target };
  return replaces ? [{ kind: 'drop', target }, create] : [create];
}

function dropEffects(statement: Statement): StatementEffect[] {
  if (statement.skip('DATABASE', 'SCHEMA')) {
    statement.skipAll('IF', 'EXISTS');
    return [{ kind: 'drop-database', database: statement.name().table }];
  }
  if (!statement.skip('TABLE', 'TABLES')) return [];
  statement.skipAll('IF', 'EXISTS');
  const effects: StatementEffect[] = [];
  do effects.push({ kind: 'drop', target: statement.name() });
  while (statement.skip(','));
  return effects;
}

function renameEffects(statement: Statement): StatementEffect[] {
  if (!statement.skip('TABLE', 'TABLES')) return [];
  statement.skipAll('IF', 'EXISTS');
  const effects: StatementEffect[] = [];
  do {
    const target = statement.name();
    while (!statement.done && !statement.skip('TO')) statement.advance();
    effects.push({ kind: 'rename', target, to: statement.name() });
  } while (statement.skip(','));
  return effects;
}

function alterEffects(statement: Statement): StatementEffect[] {
  statement.skip('ONLINE');
  // With IGNORE, rows that a new key does not allow go without a word.
  const ignores = statement.skip('IGNORE');
  if (!statement.skip('TABLE')) return [];
  statement.skipAll('IF', 'EXISTS');
  const target = statement.name();
  while (statement.skip('WAIT', 'NOWAIT')) if (/^\d+$/.test(statement.next)) statement.advance();
  const clauses = splitClauses(statement.rest());
  const renamed = clauses.find((clause) => clause[0]?.text === 'RENAME' && !isColumnOrIndex(clause[1]));
  const rewriting = clauses.filter(rewritesRows);
  const alter: StatementEffect = {
    kind: 'alter',
    target,
    rewrites: rewriting.length > 0 || ignores,
    columns: ignores ? null : columnsOf(rewriting),
  };
  if (!renamed) return [alter];
  const name = renamed.slice(['TO', 'AS', '='].includes(renamed[1]?.text ?? '') ? 2 : 1);
  const to =
    name[1]?.raw === '.'
      ? { database: name[0]!.raw, table: name[2]!.raw }
      : { database: target.database, table: name[0]!.raw };
  return [{ kind: 'rename', target, to }];
}

const isColumnOrIndex = (token: Token | undefined): boolean =>
  token !== undefined && !token.quoted && ['COLUMN', 'INDEX', 'KEY'].includes(token.text);

function splitClauses(tokens: readonly Token[]): Token[][] {
  const clauses: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (!token.quoted && token.text === '(') depth++;
    if (!token.quoted && token.text === ')') depth--;
    if (!token.quoted && token.text === ',' && depth === 0) clauses.push([]);
    else clauses.at(-1)!.push(token);
  }
  return clauses;
}

const INDEX_WORDS = new Set(['INDEX', 'KEY', 'UNIQUE', 'FULLTEXT', 'SPATIAL', 'FOREIGN', 'CHECK']);
const HARMLESS_CLAUSES = new Set([
  'COMMENT',
  'ENGINE',
  'AUTO_INCREMENT',
  'ROW_FORMAT',
  'ALGORITHM',
  'LOCK',
  'ENABLE',
  'DISABLE',
  'FORCE',
  'STATS_PERSISTENT',
  'KEY_BLOCK_SIZE',
]);

/** True unless it is certain that every existing row reads as before (new columns as NULL, dropped ones gone). */
function rewritesRows(clause: readonly Token[]): boolean {
  const words = clause.map((token) => (token.quoted ? '' : token.text));
  const [verb, second] = words;
  if (verb === undefined || HARMLESS_CLAUSES.has(verb)) return false;
  if (verb === 'DROP') return second === 'PRIMARY' || second === 'PARTITION';
  if (verb === 'RENAME') return second !== 'INDEX' && second !== 'KEY';
  if (verb !== 'ADD') return true;
  if (INDEX_WORDS.has(second!) || (second === 'CONSTRAINT' && !words.includes('PRIMARY'))) return false;
  const otherDefault = words.some((word, index) => word === 'DEFAULT' && words[index + 1] !== 'NULL');
  return (
    otherDefault ||
    words.includes('NOT') ||
    words.includes('PRIMARY') ||
    words.includes('AS') ||
    words.includes('AUTO_INCREMENT') ||
    words.includes('TIMESTAMP')
  );
}

/** The columns that the clauses name, when all of them are about columns; null when one is about more. */
function columnsOf(clauses: readonly (readonly Token[])[]): string[] | null {
  const columns: string[] = [];
  for (const clause of clauses) {
    const words = clause.map((token) => (token.quoted ? '' : token.text));
    if (words[0] === 'ADD') {
      if (words.includes('PRIMARY') || words.includes('AUTO_INCREMENT')) return null;
      continue;
    }
    if (!['MODIFY', 'CHANGE', 'ALTER', 'RENAME'].includes(words[0] ?? '')) return null;
    let at = 1;
    while (['COLUMN', 'IF', 'EXISTS'].includes(words[at] ?? '')) at++;
    const name = clause[at]?.raw;
    if (name === undefined) return null;
    columns.push(name);
  }
  return columns;
}

function dmlEffects(statement: Statement): StatementEffect[] {
  if (statement.skip('LOAD')) {
    while (!statement.done && !statement.skip('TABLE')) statement.advance();
    return [{ kind: 'dml', target: statement.name() }];
  }
  statement.advance();
  statement.skipAll('LOW_PRIORITY', 'DELAYED', 'HIGH_PRIORITY', 'IGNORE', 'QUICK', 'INTO', 'FROM');
  return [{ kind: 'dml', target: statement.name() }];
}
