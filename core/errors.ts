/**
 * The one error family. Every failure a user can meet has a code, says what to do about it, and knows
 * whether trying again may help; the supervisor and the exit code depend on those fields, never on text.
 */

/** Every code, with what it means to the operator. `docs/errors.md` is generated from this table. */
export const ERROR_CODES = {
  CONFIG_INVALID: 'An option has a value it cannot take, or is not known.',
  SOURCE_UNREACHABLE: 'The MariaDB/MySQL server does not answer.',
  SOURCE_AUTH: 'The source refused the user or the password.',
  SOURCE_NOT_READY:
    'The source is reachable but not set up for change data capture; every problem is listed.',
  SOURCE_DISCONNECTED: 'The binlog connection broke; capture resumes from the last committed transaction.',
  SOURCE_STALE: 'Neither an event nor a heartbeat came from the source in time; the connection is renewed.',
  SOURCE_POSITION_LOST: 'The server no longer has the binlog that comes after the saved position.',
  SOURCE_HISTORY_CHANGED:
    "The source's binlog is another one than was read: begun anew, restored from a backup, or that of a replica that lacks transactions.",
  SOURCE_SERVER_ID_TAKEN: 'Another reader uses the same server id.',
  SOURCE_EVENT_UNSUPPORTED: 'The binlog holds an event that cannot be decoded without losing data.',
  SOURCE_TABLE_CHANGED:
    'A table was altered, renamed or dropped while it was copied; its copy is read again by itself.',
  SOURCE_STATEMENT_FORMAT: 'A row change was written as a statement, so its rows are not in the binlog.',
  DATA_DIR_UNUSABLE: 'The data folder cannot be created, read or written.',
  DATA_DIR_LOCKED: 'Another dolistream process uses the data folder.',
  LOG_CORRUPT: 'The change log cannot be read.',
  LOG_WRITE_FAILED: 'The change log could not be written.',
  LOG_FORMAT_UNKNOWN: 'The change log was written by another version of dolistream.',
  LOG_UNREACHABLE: 'The Kafka brokers that hold the change log do not answer.',
  LOG_AUTH: 'The Kafka brokers refused the user or the password.',
  LOG_FENCED: 'Another process took over writing the change log under the same transactional id.',
  LOG_TRIMMED: 'Records that a consumer has not read are no longer in the change log.',
  SCHEMA_INCOMPATIBLE: 'A schema does not fit the earlier versions of its subject.',
  SCHEMA_UNKNOWN: 'A record names a schema that the registry does not have.',
  REGISTRY_UNREACHABLE: 'The schema registry does not answer, or answers that it cannot.',
  REGISTRY_AUTH:
    'The schema registry refused the user, the password or the token, or does not let that user do it.',
  REGISTRY_FAILED:
    'The server at the address of the schema registry refused a request or answered what no registry does.',
  WAREHOUSE_UNREACHABLE: 'The ClickHouse server does not answer.',
  WAREHOUSE_AUTH: 'The ClickHouse server refused the user, the password or what the user wanted to do.',
  WAREHOUSE_FAILED: 'The ClickHouse engine refused or failed a statement.',
  WAREHOUSE_DATA: 'The ClickHouse engine cannot read the records of a batch.',
  WAREHOUSE_QUERY: 'A query sent by a user is wrong or not allowed.',
  LAKE_UNREACHABLE: 'The S3 server of the lake does not answer.',
  LAKE_AUTH: 'The S3 server of the lake refused the key, or the key may not do what is needed.',
  LAKE_BUCKET_MISSING: 'The bucket of the lake does not exist.',
  LAKE_WRITE_FAILED: 'A lake file could not be written.',
  LAKE_CORRUPT: 'A file in the lake is not one that dolistream wrote, or it is damaged.',
  ACCESS_DENIED: 'The HTTP port asked for a token that was not given or is not the right one.',
  NOTIFY_FAILED: 'An alert could not be delivered.',
  NOT_RUNNING: 'The command needs a running `dolistream up` on this data folder.',
  NOT_CAUGHT_UP: 'Source and warehouse could not be compared, because one of them never stood still.',
  MISSING_PROGRAM: 'A program that is needed is not installed.',
  MODEL_UNUSABLE: 'A saved analytics model is missing, damaged or of another version.',
  VERIFY_DIFFERENT: 'Source and warehouse differ.',
  INTERNAL: 'A state that should be impossible: please report it.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Exit codes of the command line, documented in README and docs/05-operations.md. */
export const EXIT = { done: 0, failed: 1, usage: 2, sourceNotReady: 3 } as const;

const EXIT_BY_CODE: Partial<Record<ErrorCode, number>> = {
  CONFIG_INVALID: EXIT.usage,
  SOURCE_UNREACHABLE: EXIT.sourceNotReady,
  SOURCE_AUTH: EXIT.sourceNotReady,
  SOURCE_NOT_READY: EXIT.sourceNotReady,
};

export interface ErrorDetails {
  /** What the user should do, in one sentence or command. */
  readonly fix?: string;
  /** True when the same action may succeed later without anybody changing anything. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

export class DolistreamError extends Error {
  readonly code: ErrorCode;
  readonly fix: string | undefined;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = 'DolistreamError';
    this.code = code;
    this.fix = details.fix;
    this.retryable = details.retryable ?? false;
  }

  get exitCode(): number {
    return EXIT_BY_CODE[this.code] ?? EXIT.failed;
  }
}

/** The error as a DolistreamError: itself, or wrapped under `code` with its message kept. */
export function asDolistreamError(
  error: unknown,
  code: ErrorCode,
  details: ErrorDetails = {},
): DolistreamError {
  if (error instanceof DolistreamError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new DolistreamError(code, message, { ...details, cause: error });
}
