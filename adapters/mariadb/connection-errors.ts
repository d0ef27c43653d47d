/** Errors of the MySQL protocol as ours: by number and code where there is one, by message where zongji hides it. */
import { DolistreamError } from '../../core/errors.ts';

interface ProtocolError {
  readonly code?: string;
  readonly errno?: number;
  readonly message?: string;
}

const AUTH_ERRORS = new Set([1044, 1045, 1130, 1698, 1227]);
const UNKNOWN_DATABASE = 1049;

export function mapConnectError(
  error: unknown,
  address: { readonly host: string; readonly port: number; readonly user: string; readonly database: string },
): DolistreamError {
  const { errno, code, message } = error as ProtocolError;
  const where = `${address.host}:${address.port}`;
  if (errno === UNKNOWN_DATABASE) {
    return new DolistreamError(
      'SOURCE_NOT_READY',
      `The server at ${where} has no database "${address.database}"`,
      {
        fix: 'Correct the database in --source (or DOLIBARR_DB_NAME)',
        cause: error,
      },
    );
  }
  if (errno !== undefined && AUTH_ERRORS.has(errno)) {
    return new DolistreamError(
      'SOURCE_AUTH',
      `The server at ${where} refused user "${address.user}": ${message ?? code}`,
      {
        fix: 'Correct user and password in --source (or DOLIBARR_DB_USER and DOLIBARR_DB_PASSWORD), or create the user: see docs/05-operations.md',
        cause: error,
      },
    );
  }
  return new DolistreamError(
    'SOURCE_UNREACHABLE',
    `No MariaDB or MySQL answers at ${where}: ${code ?? message}`,
    {
      fix: 'Start the server, or correct host and port in --source (or DOLIBARR_DB_HOST)',
      retryable: true,
      cause: error,
    },
  );
}

const POSITION_LOST = 1236;

/** A broken stream: mostly worth a new connection, unless the position or the server id is the reason. */
export function mapStreamError(error: unknown): DolistreamError {
  if (error instanceof DolistreamError) return error;
  const { code, errno, message = String(error) } = error as ProtocolError;
  if (/same server_uuid\/server_id/i.test(message)) {
    return new DolistreamError('SOURCE_SERVER_ID_TAKEN', `Another reader uses this server id: ${message}`, {
      fix: 'Give this one another number with --server-id, or stop the other reader',
      cause: error,
    });
  }
  if (
    errno === POSITION_LOST ||
    code === 'ER_MASTER_FATAL_ERROR_READING_BINLOG' ||
    code === 'ER_SOURCE_FATAL_ERROR_READING_BINLOG'
  ) {
    return new DolistreamError(
      'SOURCE_POSITION_LOST',
      `The server cannot continue from the saved position: ${message}`,
      {
        fix: 'Copy everything anew from now on with: dolistream backfill --restart (raw events and the lake keep their history)',
        cause: error,
      },
    );
  }
  if (errno !== undefined && AUTH_ERRORS.has(errno)) {
    return new DolistreamError('SOURCE_AUTH', `The server refused the binlog: ${message}`, {
      fix: 'GRANT REPLICATION SLAVE, REPLICATION CLIENT (MariaDB: also BINLOG MONITOR) to the capture user',
      cause: error,
    });
  }
  return new DolistreamError('SOURCE_DISCONNECTED', `The binlog connection broke: ${message}`, {
    retryable: true,
    cause: error,
  });
}
