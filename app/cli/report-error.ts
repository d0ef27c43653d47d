/** How a failure is told: what happened and what to do about it, for people or as JSON. */
import { asDolistreamError, DolistreamError } from '../../core/errors.ts';
import type { Redact } from '../redaction.ts';
import { type CliIo, say } from './cli-io.ts';

export interface ReportOptions {
  readonly json: boolean;
  readonly redact: Redact;
}

/** Prints the error on standard error and returns the exit code that belongs to it. */
export function reportError(io: CliIo, error: unknown, options: ReportOptions): number {
  const known = asDolistreamError(error, 'INTERNAL', {
    fix: 'This should not happen. Please report it with the lines above and the newest file in the logs folder.',
  });
  const { code, message, fix, retryable, exitCode } = known;
  const text = options.json
    ? JSON.stringify({ error: { code, message, ...(fix !== undefined && { fix }), retryable, exitCode } })
    : [
        ...stackOf(error),
        `error: ${message}`,
        ...(fix === undefined ? [] : [`  fix: ${fix}`]),
        `  code: ${code}`,
      ].join('\n');
  say(io, options.redact(text));
  return exitCode;
}

/** Only what nobody foresaw comes with its stack; to users a known failure's stack is noise. */
function stackOf(error: unknown): readonly string[] {
  const unforeseen = !(error instanceof DolistreamError) || error.code === 'INTERNAL';
  return unforeseen && error instanceof Error && error.stack !== undefined ? [error.stack] : [];
}
