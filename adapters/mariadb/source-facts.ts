/** What the source says of itself, by the names of the checks of preflight: for people who want to see what is well, too. */
import { type SourceAddress, connectSource, queryRows } from './connection.ts';

export interface SourceFact {
  /** As in `Problem.check`. */
  readonly check: string;
  readonly value: string;
  /** More than capture needs: the statement that takes it away; null where there is nothing to say. */
  readonly advice: string | null;
}

const VARIABLES = [
  ...['version', 'log_bin', 'binlog_format', 'binlog_row_image', 'binlog_row_metadata', 'server_id'],
  ...['binlog_expire_logs_seconds', 'expire_logs_days', 'gtid_strict_mode', 'character_set_server'],
];

/** Rights that capture has no use for: with one of them a stolen password could change the ERP. */
const TOO_MUCH =
  /\b(ALL PRIVILEGES|SUPER|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|FILE|RELOAD|GRANT OPTION|SHUTDOWN)\b/;

const TABLES_SQL = `
  SELECT COUNT(*) AS tables, COALESCE(SUM(TABLE_ROWS), 0) AS row_guess,
         COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0) AS bytes
  FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE'`;

/** Reads only. Rejects with SOURCE_UNREACHABLE or SOURCE_AUTH. */
export async function readSourceFacts(address: SourceAddress, nowMs: number): Promise<SourceFact[]> {
  const connection = await connectSource(address);
  try {
    const rows = await queryRows<{ Variable_name: string; Value: string }>(
      connection,
      `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${VARIABLES.map(() => '?').join(', ')})`,
      VARIABLES,
    );
    const values = new Map(rows.map((row) => [row.Variable_name.toLowerCase(), row.Value]));
    const grants = await queryRows<Record<string, string>>(connection, 'SHOW GRANTS FOR CURRENT_USER()');
    const [clock] = await queryRows<{ now: string }>(connection, 'SELECT UNIX_TIMESTAMP(NOW(6)) AS now');
    const [sizes] = await queryRows<{ tables: string; row_guess: string; bytes: string }>(
      connection,
      TABLES_SQL,
      [address.database],
    );
    const plain = [
      'version',
      'log_bin',
      'binlog_format',
      'binlog_row_image',
      'binlog_row_metadata',
      'server_id',
    ];
    return [
      ...plain.map((name) => fact(name, values.get(name) ?? 'not known to this server')),
      fact('binlog retention', retentionOf(values)),
      describeGrants(grants.map((grant) => Object.values(grant)[0]!)),
      fact('clock', `${(Number(clock!.now) - nowMs / 1000).toFixed(1)} s from this machine's`),
      fact('tables', `${sizes!.tables}, about ${sizes!.row_guess} rows, ${mebibytes(sizes!.bytes)} MiB`),
    ];
  } finally {
    connection.destroy();
  }
}

const fact = (check: string, value: string): SourceFact => ({ check, value, advice: null });

const mebibytes = (bytes: string): string => (Number(bytes) / 2 ** 20).toFixed(0);

function retentionOf(values: ReadonlyMap<string, string>): string {
  const seconds =
    Number(values.get('binlog_expire_logs_seconds') ?? 0) ||
    Number(values.get('expire_logs_days') ?? 0) * 86_400;
  return seconds === 0 ? 'kept for ever' : `${(seconds / 86_400).toFixed(1)} days`;
}

/** Names of rights only: the line of a grant may hold the hash of the password. */
function describeGrants(lines: readonly string[]): SourceFact {
  const granted = lines
    .map((line) => /^GRANT (.*?) TO /is.exec(line)?.[1] ?? '')
    .filter((text) => text !== '');
  const excess = granted.filter((text) => TOO_MUCH.test(text.replace(/ ON .*$/s, '').toUpperCase()));
  const value = granted.join('; ');
  return { check: 'grants', value, advice: excess.length === 0 ? null : excess.join('; ') };
}
