import { DolistreamError } from '../../core/errors.ts';

/** ClickHouse's error numbers after which the same statement may succeed: memory, space, parts, time, files. */
const RETRYABLE = new Set([3, 74, 75, 76, 159, 202, 209, 210, 236, 241, 243, 252, 319, 394, 425, 439]);

/** Error numbers that say that the bytes of an insert are not what they should be: repeating cannot help. */
const UNREADABLE_DATA = new Set([6, 26, 27, 33, 69, 117, 128, 131, 321, 407, 748, 1000, 1001]);

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** ClickHouse's number of the error, from its text or from the client's error; null when there is none. */
function engineCode(error: unknown, message: string): number | null {
  const match = /Code: (\d+)/.exec(message);
  if (match) return Number(match[1]);
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^\d+$/.test(code) ? Number(code) : null;
}

/** What the engine threw, under one of our codes. `whileInserting`: unreadable data becomes WAREHOUSE_DATA. */
export function translateEngineError(error: unknown, whileInserting = false): DolistreamError {
  if (error instanceof DolistreamError) return error;
  const message = messageOf(error);
  const code = engineCode(error, message);
  const text = `ClickHouse${code === null ? '' : ` error ${code}`}: ${message}`;
  if (whileInserting && code !== null && UNREADABLE_DATA.has(code)) {
    return new DolistreamError('WAREHOUSE_DATA', text, { cause: error });
  }
  return new DolistreamError('WAREHOUSE_FAILED', text, {
    cause: error,
    retryable: code !== null && RETRYABLE.has(code),
  });
}
