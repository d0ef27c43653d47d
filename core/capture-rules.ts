/** Which tables are captured, and which columns never leave the source. Patterns have `*` for any run of characters. */

/**
 * Dropped unless the user says otherwise: what lets somebody log in. Dolibarr keeps passwords and keys of users,
 * members and API clients in these columns; its binlog carries them in every row image.
 */
export const SECRET_COLUMNS: readonly string[] = [
  'llx_user.pass',
  'llx_user.pass_crypted',
  'llx_user.pass_temp',
  'llx_user.api_key',
  'llx_user.pass_encoding',
  'llx_adherent.pass',
  'llx_adherent.pass_crypted',
  'llx_societe_account.pass_*',
  'llx_oauth_token.token*',
  'llx_oauth_token.tokenstring_refresh',
  'llx_session.*session_variable*',
];

export interface CaptureRules {
  captures(table: string): boolean;
  /** True for a column that must not leave the source. */
  drops(table: string, column: string): boolean;
}

export interface CaptureRuleOptions {
  /** Patterns of table names; empty: all. */
  readonly includeTables: readonly string[];
  readonly excludeTables: readonly string[];
  /** Patterns `table.column`. */
  readonly dropColumns: readonly string[];
}

const toPattern = (glob: string): RegExp =>
  new RegExp(`^${glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 'i');

export function createCaptureRules(options: CaptureRuleOptions): CaptureRules {
  const include = options.includeTables.map(toPattern);
  const exclude = options.excludeTables.map(toPattern);
  const drop = options.dropColumns.map(toPattern);
  const matches = (patterns: readonly RegExp[], name: string): boolean =>
    patterns.some((pattern) => pattern.test(name));
  return {
    captures: (table) => (include.length === 0 || matches(include, table)) && !matches(exclude, table),
    drops: (table, column) => matches(drop, `${table}.${column}`),
  };
}
