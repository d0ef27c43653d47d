/**
 * Splits a ClickHouse statement into tokens, as strictly as the statement gate needs: whatever could be read in two
 * ways is refused. Comments are taken out of the text, so the engine never sees what was not looked at.
 * ClickHouse's own: https://github.com/ClickHouse/ClickHouse/blob/master/src/Parsers/Lexer.cpp
 */
import { ClickHouseError } from './clickhouse-error.ts';

export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'symbol';

export interface SqlToken {
  readonly kind: TokenKind;
  /** A word or number as written, one character of a symbol, an identifier or a string without its quotes. */
  readonly text: string;
  /** Where it stands in the cleaned statement. */
  readonly start: number;
  readonly end: number;
}

export interface TokenisedSql {
  /** The statement without comments. */
  readonly text: string;
  readonly tokens: readonly SqlToken[];
}

/** The word in lower case; null: something else. */
export const wordOf = (token: SqlToken | undefined): string | null =>
  token?.kind === 'word' ? token.text.toLowerCase() : null;

export const isSymbol = (token: SqlToken | undefined, text: string): boolean =>
  token?.kind === 'symbol' && token.text === text;

/** A word or a quoted identifier. */
export const isName = (token: SqlToken | undefined): token is SqlToken =>
  token?.kind === 'word' || token?.kind === 'quoted';

const WORD = /[A-Za-z_][A-Za-z0-9_$]*/y;
const NUMBER = /0[xX][0-9a-fA-F]+|0[bB][01]+|(?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const BLANKS = /\s+/y;
const LINE_COMMENT = /(?:--|# |#!)[^\n]*/y;
const STRING = /'[^'\\]*(?:(?:\\[^]|'')[^'\\]*)*'/y;
const DOUBLE_QUOTED = /"[^"]*(?:""[^"]*)*"/y;
const BACK_QUOTED = /`[^`]*(?:``[^`]*)*`/y;
const SYMBOL = /[-+*/%=<>!()[\]{},.:;?|&^@~]/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', 0: '\0', b: '\b', f: '\f' };

function matchAt(pattern: RegExp, sql: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0] ?? null;
}

const refuse = (message: string): never => {
  throw new ClickHouseError('SYNTAX_ERROR', message);
};

/** Length of the comment that starts at `at`; comments nest, as they do in the engine. */
function blockCommentLength(sql: string, at: number): number {
  let depth = 0;
  for (let index = at; index < sql.length; index++) {
    if (sql.startsWith('/*', index)) {
      depth++;
      index++;
    } else if (sql.startsWith('*/', index)) {
      depth--;
      index++;
      if (depth === 0) return index + 1 - at;
    }
  }
  return refuse('Syntax error: a comment is not closed');
}

function unescapeString(body: string): string {
  return body.replace(/\\([^])|''/g, (whole, character: string | undefined) =>
    whole === "''" ? "'" : (ESCAPES[character!] ?? character!),
  );
}

interface Piece {
  readonly kind: TokenKind;
  readonly source: string;
  readonly text: string;
}

function quotedPiece(sql: string, at: number): Piece {
  const quote = sql[at]!;
  const source = matchAt(quote === '"' ? DOUBLE_QUOTED : BACK_QUOTED, sql, at);
  if (source === null) return refuse(`Syntax error: a quoted name is not closed at position ${at + 1}`);
  if (source.includes('\\')) return refuse('Syntax error: write quoted names without backslashes');
  return { kind: 'quoted', source, text: source.slice(1, -1).replaceAll(quote + quote, quote) };
}

function stringPiece(sql: string, at: number): Piece {
  const source = matchAt(STRING, sql, at);
  if (source === null) return refuse(`Syntax error: a text is not closed at position ${at + 1}`);
  return { kind: 'string', source, text: unescapeString(source.slice(1, -1)) };
}

function numberPiece(sql: string, at: number, source: string): Piece {
  // `1e`, `2x`, `1FROM`: the engine may take the letters for a word of its own.
  if (/[A-Za-z0-9_$]/.test(sql[at + source.length] ?? '')) {
    return refuse(
      `Syntax error: letters after a number at position ${at + 1}; quote names that start with a digit`,
    );
  }
  return { kind: 'number', source, text: source };
}

function nextPiece(sql: string, at: number, previous: SqlToken | undefined): Piece {
  const character = sql[at]!;
  if (character === "'") return stringPiece(sql, at);
  if (character === '"' || character === '`') return quotedPiece(sql, at);
  const word = matchAt(WORD, sql, at);
  if (word !== null) return { kind: 'word', source: word, text: word };
  // After a name or a bracket the dot of `t.1` is an operator, not the start of `.1`.
  const isMember = character === '.' && previous !== undefined && previous.end === at;
  const number = isMember ? null : matchAt(NUMBER, sql, at);
  if (number !== null) return numberPiece(sql, at, number);
  if (matchAt(SYMBOL, sql, at) !== null) return { kind: 'symbol', source: character, text: character };
  const shown = character.codePointAt(0)! < 0x20 ? `character ${character.codePointAt(0)}` : character;
  return refuse(`Syntax error: ${shown} at position ${at + 1} is neither SQL nor inside quotes`);
}

/** Length of the blanks or comment at `at`, 0 when there is something else. */
function skippedLength(sql: string, at: number): number {
  if (sql.startsWith('/*', at)) return blockCommentLength(sql, at);
  return (matchAt(BLANKS, sql, at) ?? matchAt(LINE_COMMENT, sql, at) ?? '').length;
}

/** Throws SYNTAX_ERROR for anything that is not plainly one reading. */
export function tokeniseSql(sql: string): TokenisedSql {
  const tokens: SqlToken[] = [];
  let text = '';
  for (let at = 0; at < sql.length;) {
    const skipped = skippedLength(sql, at);
    if (skipped > 0) {
      text += sql.slice(at, at + skipped).includes('\n') ? '\n' : ' ';
      at += skipped;
      continue;
    }
    const touching = tokens.at(-1);
    const previous = touching?.end === text.length ? { ...touching, end: at } : undefined;
    const piece = nextPiece(sql, at, previous);
    tokens.push({
      kind: piece.kind,
      text: piece.text,
      start: text.length,
      end: text.length + piece.source.length,
    });
    text += piece.source;
    at += piece.source.length;
  }
  return { text, tokens };
}
