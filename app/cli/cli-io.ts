/** The outside of a command: results go to `stdout`, talk goes to `stderr`, questions are asked on a terminal. */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { Writable } from 'node:stream';

export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

export interface CliIo {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Resolves when standard output takes more; needed after `write` returned false. */
  readonly drained: () => Promise<void>;
  /** Asks on the terminal; null when nobody can answer. */
  readonly ask: ((question: string) => Promise<boolean>) | null;
  /** The first line of standard input; '' when there is none. On a terminal it asks, and does not show what is typed. */
  readonly readPassword?: () => Promise<string>;
}

export function processIo(): CliIo {
  const interactive = process.stdin.isTTY && process.stderr.isTTY;
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    drained: () => drain(process.stdout),
    ask: interactive ? askOnTerminal : null,
    readPassword,
  };
}

async function drain(stream: Writable): Promise<void> {
  if (stream.writableNeedDrain) await once(stream, 'drain');
}

/** Enter alone means yes. */
async function askOnTerminal(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [Y/n] `);
    return /^(y|yes|o|oui)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

async function readPassword(): Promise<string> {
  const isTyped = process.stdin.isTTY;
  if (isTyped) process.stderr.write('Password: ');
  // With `terminal` the terminal stops echoing, and without an output nothing of ours echoes.
  const lines = createInterface({ input: process.stdin, terminal: isTyped });
  const closed = once(lines, 'close').then(() => '');
  const line = await Promise.race([once(lines, 'line').then(([text]) => String(text)), closed]);
  lines.close();
  if (isTyped) process.stderr.write('\n');
  return line;
}

/** One JSON value per line, so that results of any number can be read as they come. */
export function printJson(io: CliIo, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value)}\n`);
}

export function printLine(io: CliIo, line: string): void {
  io.stdout.write(`${line}\n`);
}

/** A line for the user that is no result. */
export function say(io: CliIo, line: string): void {
  io.stderr.write(`${line}\n`);
}
