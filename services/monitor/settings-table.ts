/**
 * `system.settings` as the endpoint has it. The engine runs every query under readonly = 1 and so calls all its settings
 * unchangeable; clients that look (clickhouse-connect) would then send none of those that may well be sent here.
 */
import { quoteText } from '../../core/clickhouse-sql.ts';
import { CHANGEABLE_SETTINGS } from './query-settings.ts';
import { isName, isSymbol, type SqlToken, tokeniseSql, wordOf } from './sql-tokens.ts';

const NAMES = CHANGEABLE_SETTINGS.map(quoteText).join(', ');
const TABLE = `(SELECT * REPLACE (toUInt8(name NOT IN (${NAMES})) AS readonly) FROM system.settings)`;

/** Words that may follow a table without being its alias. */
const AFTER_TABLE = new Set(
  'any array asof cross except final full global group having inner intersect join left limit offset order paste prewhere qualify right sample semi settings union where window format anti all'.split(
    ' ',
  ),
);

const isNamed = (token: SqlToken | undefined, name: string): boolean =>
  isName(token) && token.text.toLowerCase() === name;

function hasAlias(next: SqlToken | undefined): boolean {
  return isName(next) && !AFTER_TABLE.has(wordOf(next) ?? '');
}

/** The statement, reading the endpoint's table in place of the engine's. */
export function withSettingsTable(sql: string): string {
  if (!/settings/i.test(sql)) return sql;
  const { text, tokens } = tokeniseSql(sql);
  let [result, from] = ['', 0];
  tokens.forEach((token, index) => {
    const [before, dot, table, next] = [index - 1, index + 1, index + 2, index + 3].map((at) => tokens[at]);
    const isTable = isNamed(token, 'system') && isSymbol(dot, '.') && isNamed(table, 'settings');
    if (!isTable || !['from', 'join'].includes(wordOf(before) ?? '') || isSymbol(next, '.')) return;
    result += `${text.slice(from, token.start)}${TABLE}${hasAlias(next) ? '' : ' AS settings'}`;
    from = table!.end;
  });
  return result + text.slice(from);
}
