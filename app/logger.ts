/**
 * The log: pino, pretty on a terminal and JSON otherwise, on standard error (standard output is for results), and
 * always JSON in daily files. Every line passes the redaction before it goes anywhere.
 */
import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/ports/logger.ts';
import { DailyLogFile } from './daily-log-file.ts';
import { createRedaction } from './redaction.ts';

export const LOG_DAYS_KEPT = 30;

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** null: no files. */
  readonly folder: string | null;
  /** Where lines for people go; null: nowhere, as while the demo draws on the terminal. */
  readonly terminal: LogTarget | null;
  readonly secrets: readonly string[];
  readonly clock: Clock;
}

export interface LogTarget {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface Log {
  readonly logger: Logger;
  /** Closes the file. Lines that come later go to the terminal only. */
  close(): void;
}

export function openLog(options: LogOptions): Log {
  const redact = createRedaction(options.secrets);
  const file =
    options.folder === null
      ? null
      : new DailyLogFile({ folder: options.folder, keepDays: LOG_DAYS_KEPT, clock: options.clock });
  const writeTerminal = terminalWriter(options.terminal);
  let closed = false;
  const destination = {
    write(line: string): void {
      const safe = redact(line);
      if (!closed) file?.write(safe);
      writeTerminal(safe);
    },
  };
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date(options.clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
    },
    destination,
  );
  const close = (): void => {
    closed = true;
    file?.close();
  };
  return { logger, close };
}

function terminalWriter(terminal: LogTarget | null): (line: string) => void {
  if (terminal === null) return () => undefined;
  if (terminal.isTTY !== true) return (line) => void terminal.write(line);
  const colorize = process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb';
  const prettify = pretty.prettyFactory({
    colorize,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    singleLine: true,
  });
  return (line) => void terminal.write(String(prettify(line)));
}
