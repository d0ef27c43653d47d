import { DolistreamError, type ErrorDetails } from './errors.ts';

/** ClickHouse's error numbers after which the same statement may succeed: memory, space, parts, time, files. */
const RETRYABLE = new Set([3, 74, 75, 76, 159, 202, 209, 210, 236, 241, 243, 252, 319, 394, 425, 439]);

/** Error numbers that say that the bytes of an insert are not what they should be: repeating cannot help. */
const UNREADABLE_DATA = new Set([6, 26, 27, 33, 69, 117, 128, 131, 321, 407, 748, 1000, 1001]);

/** No such user, wrong password, no password, host not allowed, not enough rights, failed authentication. */
const REFUSED_LOGIN = new Set([192, 193, 194, 195, 497, 516]);

/** What the file system says, to the engine or to Node, under whatever number: never of the data or the statement. */
const DISK_TROUBLE =
  /No space left on device|Disk quota exceeded|Input\/output error|Read-only file system|Too many open files|\b(ENOSPC|EDQUOT|EIO|EROFS|EMFILE|ENFILE)\b/;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** ClickHouse's number of the error, from its text or from the client's error; null when there is none. */
export function clickhouseErrorNumber(error: unknown): number | null {
  const match = /Code: (\d+)/.exec(messageOf(error));
  if (match) return Number(match[1]);
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^\d+$/.test(code) ? Number(code) : null;
}

/** What the engine or its client threw, under one of our codes. `whileInserting`: unreadable data is WAREHOUSE_DATA. */
export function translateClickhouseError(error: unknown, whileInserting = false): DolistreamError {
  if (error instanceof DolistreamError) return error;
  const number = clickhouseErrorNumber(error);
  const text = `ClickHouse${number === null ? '' : ` error ${number}`}: ${messageOf(error)}`;
  const isDisk = DISK_TROUBLE.test(text);
  const details: ErrorDetails = {
    cause: error,
    retryable: isDisk || (number !== null && RETRYABLE.has(number)),
  };
  if (number !== null && REFUSED_LOGIN.has(number)) {
    const fix =
      'Check the user and the password of the ClickHouse server, and what it has granted to the user.';
    return new DolistreamError('WAREHOUSE_AUTH', text, { ...details, fix });
  }
  const isUnreadable = whileInserting && !isDisk && number !== null && UNREADABLE_DATA.has(number);
  return new DolistreamError(isUnreadable ? 'WAREHOUSE_DATA' : 'WAREHOUSE_FAILED', text, details);
}
