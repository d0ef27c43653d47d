/** Connections as Dolibarr opens them, except that one round trip may carry a whole transaction. */
import mysql, { type Connection } from 'mysql2/promise';
import { DolistreamError, type ErrorCode } from '../core/errors.ts';

/**
 * `url` is `mysql://user:password@host:port/database`. Sessions run in UTC, so that TIMESTAMPs are written as
 * instants, and READ COMMITTED, so that two writers never lock each other's gaps.
 */
export async function openConnection(url: string, database?: string): Promise<Connection> {
  const place = parseUrl(url);
  try {
    const connection = await mysql.createConnection({
      ...place,
      database: database ?? place.database,
      charset: 'utf8mb4',
      dateStrings: true,
      multipleStatements: true,
    });
    // A connection that breaks between two queries must not end the process: the next query reports it.
    connection.on('error', () => {});
    await connection.query("SET SESSION time_zone = '+00:00', SESSION tx_isolation = 'READ-COMMITTED'");
    return connection;
  } catch (error) {
    throw describeSqlError(error);
  }
}

/** What the server calls the refusals that an operator can act on; the rest are faults of the simulator. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  ER_ACCESS_DENIED_ERROR: 'SOURCE_AUTH',
  ER_DBACCESS_DENIED_ERROR: 'SOURCE_AUTH',
  ER_TABLEACCESS_DENIED_ERROR: 'SOURCE_AUTH',
  ER_BAD_DB_ERROR: 'CONFIG_INVALID',
  ER_NO_SUCH_TABLE: 'CONFIG_INVALID',
};

/** The server's own words for going away; other losses of a connection come without a number of the server's. */
const SERVER_LEAVES = new Set(['ER_SERVER_SHUTDOWN', 'ER_CONNECTION_KILLED', 'ER_NORMAL_SHUTDOWN']);

/**
 * An error of mysql2 as one of ours. The statement it carries is left behind: it may be megabytes, and holds data.
 * A lost connection is SOURCE_UNREACHABLE and retryable.
 */
export function describeSqlError(error: unknown): DolistreamError {
  if (error instanceof DolistreamError) return error;
  const {
    code,
    errno = 0,
    fatal,
    message,
  } = error as {
    code?: string;
    errno?: number;
    fatal?: boolean;
    message: string;
  };
  const text = code === undefined ? message : `${code}: ${message}`;
  const isLost = SERVER_LEAVES.has(code ?? '') || (errno < 1000 && (code !== undefined || fatal === true));
  if (isLost) return new DolistreamError('SOURCE_UNREACHABLE', text, { retryable: true });
  if (code !== undefined) return new DolistreamError(CODES[code] ?? 'INTERNAL', text);
  return new DolistreamError('INTERNAL', text, { cause: error });
}

/** Host, user and the rest of a source URL. The error never repeats the URL, which holds a password. */
export function parseUrl(url: string): {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
} {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['mysql:', 'mariadb:'].includes(parsed.protocol)) {
    throw new DolistreamError('CONFIG_INVALID', "The simulator's database URL is not a mysql:// URL", {
      fix: 'Give it as mysql://user:password@host:port/database',
    });
  }
  return {
    host: parsed.hostname,
    port: Number(parsed.port || 3306),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database: decodeURIComponent(parsed.pathname.slice(1)),
  };
}
