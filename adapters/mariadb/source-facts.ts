/** What the source says of itself, by the names of the checks of preflight: for people who want to see what is well, too. */
import { type SourceAddress, connectSource, queryRows } from './connection.ts';
import {
  readClockSkew,
  readGrants,
  readVariables,
  retentionSeconds,
  type Variables,
} from './server-settings.ts';

export interface SourceFact {
  /** As in `Problem.check`. */
  readonly check: string;
  readonly value: string;
  /** More than capture needs: the statement that takes it away; null where there is nothing to say. */
  readonly advice: string | null;
}

/** Variables that are shown as they are. */
const SHOWN = ['version', 'log_bin', 'binlog_format', 'binlog_row_image', 'binlog_row_metadata', 'server_id'];

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
    const values = await readVariables(connection);
    const grants = await readGrants(connection);
    const skew = await readClockSkew(connection, nowMs);
    const [sizes] = await queryRows<{ tables: string; row_guess: string; bytes: string }>(
      connection,
      TABLES_SQL,
      [address.database],
    );
    return [
      ...SHOWN.map((name) => fact(name, values.get(name) ?? 'not known to this server')),
      fact('binlog retention', retentionOf(values)),
      describeGrants(grants),
      fact('clock', `${skew.toFixed(1)} s from this machine's`),
      fact('tables', `${sizes!.tables}, about ${sizes!.row_guess} rows, ${mebibytes(sizes!.bytes)} MiB`),
    ];
  } finally {
    connection.destroy();
  }
}

const fact = (check: string, value: string): SourceFact => ({ check, value, advice: null });

const mebibytes = (bytes: string): string => (Number(bytes) / 2 ** 20).toFixed(0);

function retentionOf(values: Variables): string {
  const seconds = retentionSeconds(values);
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
