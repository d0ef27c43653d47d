/**
 * Errors as ClickHouse's HTTP interface tells them: a number, a name, an HTTP status, and a text that clients take
 * apart. Numbers: https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp
 */
import { asDolistreamError, DolistreamError } from '../../core/errors.ts';

/** The errors that the endpoint itself gives; all others come from the engine with their own names. */
const NUMBERS = {
  BAD_ARGUMENTS: 36,
  SYNTAX_ERROR: 62,
  UNKNOWN_SETTING: 115,
  READONLY: 164,
  REQUIRED_PASSWORD: 194,
  TOO_BIG_QUERY: 307,
  DATABASE_ACCESS_DENIED: 291,
  CANNOT_PARSE_TEXT: 6,
  ACCESS_DENIED: 497,
  AUTHENTICATION_FAILED: 516,
  QUERY_WAS_CANCELLED: 394,
  UNKNOWN_EXCEPTION: 1002,
} as const;

export type ClickHouseErrorName = keyof typeof NUMBERS;

/** HTTP statuses by error number, as ClickHouse's server gives them; 500 for all others. */
const STATUS: Readonly<Record<number, number>> = {
  ...Object.fromEntries([194].map((code) => [code, 401])),
  ...Object.fromEntries([192, 193, 291, 497, 516].map((code) => [code, 403])),
  ...Object.fromEntries(
    [6, 20, 25, 26, 27, 32, 36, 38, 41, 42, 43, 44, 53, 62, 69, 70, 72, 117, 131, 386, 452, 456, 457].map(
      (code) => [code, 400],
    ),
  ),
  ...Object.fromEntries([16, 46, 47, 50, 60, 73, 81, 115].map((code) => [code, 404])),
  ...Object.fromEntries([159].map((code) => [code, 408])),
  ...Object.fromEntries([307].map((code) => [code, 413])),
  ...Object.fromEntries([48].map((code) => [code, 501])),
  ...Object.fromEntries([202, 209].map((code) => [code, 503])),
};

/** An error that a client of the endpoint is shown. */
export class ClickHouseError extends DolistreamError {
  readonly number: number;
  readonly errorName: string;

  constructor(name: ClickHouseErrorName, message: string) {
    super(name === 'AUTHENTICATION_FAILED' ? 'ACCESS_DENIED' : 'WAREHOUSE_QUERY', message);
    this.number = NUMBERS[name];
    this.errorName = name;
  }
}

export interface ErrorAnswer {
  readonly status: number;
  readonly number: number;
  /** `Code: 60. DB::Exception: … (UNKNOWN_TABLE) (version 26.7.2.1 (dolistream))` */
  readonly body: string;
}

const ENGINE_TEXT =
  /Code: (\d+)\. (DB::Exception: [^]*?)(?:\s*\(([A-Z][A-Z0-9_]+)\))?\s*(?:\(version [^)]*\)+)?\s*$/;

/** How an error is told to a client. `version` is the engine's. */
export function errorAnswer(error: unknown, version: string): ErrorAnswer {
  const suffix = `(version ${version} (dolistream))\n`;
  if (error instanceof ClickHouseError) {
    const { number, errorName, message } = error;
    const body = `Code: ${number}. DB::Exception: ${message} (${errorName}) ${suffix}`;
    return { status: STATUS[number] ?? 500, number, body };
  }
  const { message } = asDolistreamError(error, 'INTERNAL');
  const match = ENGINE_TEXT.exec(message);
  if (!match) {
    const number = NUMBERS.UNKNOWN_EXCEPTION;
    const body = `Code: ${number}. DB::Exception: ${message} (UNKNOWN_EXCEPTION) ${suffix}`;
    return { status: 500, number, body };
  }
  const number = Number(match[1]);
  const text = `Code: ${number}. ${match[2]!.trim()} (${match[3] ?? 'UNKNOWN_EXCEPTION'}) ${suffix}`;
  return { status: STATUS[number] ?? 500, number, body: text };
}
