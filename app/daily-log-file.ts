/**
 * The destination of log lines on disk: one file per day (UTC), the old ones removed. Lines are written at once and
 * in order, so the last words of a process that dies are there.
 */
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';

const DAY_MS = 86_400_000;
const FILE_NAME = /^dolistream-(\d{4}-\d{2}-\d{2})\.log$/;

export interface DailyLogFileOptions {
  readonly folder: string;
  readonly keepDays: number;
  readonly clock: Clock;
}

export class DailyLogFile {
  readonly #options: DailyLogFileOptions;
  #day = '';
  #descriptor: number | null = null;

  constructor(options: DailyLogFileOptions) {
    this.#options = options;
  }

  /**
   * Never throws: a full disk must not stop capture because of its log, and the same lines go to standard error.
   */
  write(line: string): void {
    try {
      writeSync(this.#descriptorOfToday(), line);
    } catch {
      this.close(); // Opened again with the next line.
    }
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
    this.#day = '';
  }

  #descriptorOfToday(): number {
    const now = this.#options.clock.now();
    const day = dayOf(now);
    if (this.#descriptor !== null && this.#day === day) return this.#descriptor;
    this.close();
    mkdirSync(this.#options.folder, { recursive: true });
    this.#removeOlderThan(dayOf(now - this.#options.keepDays * DAY_MS));
    this.#descriptor = openSync(join(this.#options.folder, `dolistream-${day}.log`), 'a', 0o640);
    this.#day = day;
    return this.#descriptor;
  }

  #removeOlderThan(firstKept: string): void {
    for (const name of readdirSync(this.#options.folder)) {
      const day = FILE_NAME.exec(name)?.[1];
      if (day !== undefined && day < firstKept) rmSync(join(this.#options.folder, name), { force: true });
    }
  }
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
