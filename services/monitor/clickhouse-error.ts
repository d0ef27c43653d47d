/**
 * Errors as ClickHouse's HTTP interface tells them: a number, a name, an HTTP status, and a text that clients take
 * apart. Numbers: https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp
 */
import { asDolistreamError, DolistreamError } from '../../core/errors.ts';

/** The errors that the endpoint itself gives; all others come from the engine with their own names. */
const NUMBERS = {
  BAD_ARGUMENTS: 36,
  CANNOT_DECOMPRESS: 271,
  SYNTAX_ERROR: 62,
  UNKNOWN_SETTING: 115,
  READONLY: 164,
  REQUIRED_PASSWORD: 194,
  SESSION_NOT_FOUND: 372,
  SESSION_IS_LOCKED: 373,
  QUERY_WAS_CANCELLED: 394,
  TOO_MANY_ROWS_OR_BYTES: 396,
  ACCESS_DENIED: 497,
  AUTHENTICATION_FAILED: 516,
  UNKNOWN_EXCEPTION: 1002,
} as const;

export type ClickHouseErrorName = keyof typeof NUMBERS;

/** Error numbers by HTTP status, as ClickHouse's server gives them; all others are 500. */
const NUMBERS_BY_STATUS: Readonly<Record<number, readonly number[]>> = {
  400: [6, 20, 25, 26, 27, 32, 36, 38, 41, 42, 43, 44, 53, 62, 69, 70, 72, 117, 131, 386, 452, 456, 457],
  401: [194],
  403: [192, 193, 291, 497, 516],
  404: [16, 46, 47, 50, 60, 73, 81, 115],
  408: [159],
  413: [307],
  501: [48],
  503: [202, 209],
};

const STATUS: ReadonlyMap<number, number> = new Map(
  Object.entries(NUMBERS_BY_STATUS).flatMap(([status, numbers]) =>
    numbers.map((number) => [number, Number(status)] as const),
  ),
);

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
    return { status: STATUS.get(number) ?? 500, number, body };
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
  return { status: STATUS.get(number) ?? 500, number, body: text };
}
