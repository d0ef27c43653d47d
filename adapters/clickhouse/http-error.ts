/** What goes wrong between us and a ClickHouse server, under our codes. No text of these holds a password. */
import { ClickHouseError } from '@clickhouse/client';
import { translateClickhouseError } from '../../core/clickhouse-errors.ts';
import { DolistreamError } from '../../core/errors.ts';

/** Node's and OpenSSL's codes for a certificate that is not trusted, not valid or not this server's. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ERR_SSL|EPROTO/;

/** Longest part of a foreign answer (a proxy's page) that is repeated in a message. */
const SHOWN_LENGTH = 300;

/** The code and the text of an error of Node; refused connections to several addresses come as one AggregateError. */
function describeCause(error: unknown): { readonly code: string; readonly text: string } {
  const { code } = error as { code?: unknown };
  const message = error instanceof Error ? error.message : String(error);
  const name = typeof code === 'string' ? code : '';
  return { code: name, text: (message || name).slice(0, SHOWN_LENGTH) };
}

/**
 * `server`: its address, for the message. `whileInserting`: unreadable data becomes WAREHOUSE_DATA.
 * An answer that does not come from ClickHouse at all, of a proxy perhaps, counts as no answer.
 */
export function translateHttpError(error: unknown, server: string, whileInserting = false): DolistreamError {
  if (error instanceof DolistreamError) return error;
  if (error instanceof ClickHouseError) {
    // As the engine in the process words it: who reads the text need not know which of the two it was.
    const { code, message, type } = error;
    const text = `Code: ${code}. DB::Exception: ${message.trim()} (${type ?? 'UNKNOWN_EXCEPTION'})`;
    return translateClickhouseError(new Error(text, { cause: error }), whileInserting);
  }
  const { code, text } = describeCause(error);
  if (CERTIFICATE.test(code)) {
    return new DolistreamError(
      'WAREHOUSE_UNREACHABLE',
      `The certificate of ${server} is not accepted: ${text}`,
      {
        fix: 'Give the certificate of the authority that signed it, or use the name that the certificate is for.',
        cause: error,
      },
    );
  }
  return new DolistreamError(
    'WAREHOUSE_UNREACHABLE',
    `The ClickHouse server ${server} does not answer: ${text}`,
    {
      fix: 'Start the server or check its address; it is tried again by itself.',
      retryable: true,
      cause: error,
    },
  );
}

/** The error of a statement that the caller itself gave up. */
export function abortedError(cause: unknown): DolistreamError {
  return new DolistreamError('WAREHOUSE_FAILED', 'The statement was given up before it had ended', { cause });
}
