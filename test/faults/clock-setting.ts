/** Sets the wall clock of processes that are started with `cli`, from outside and at any time. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { CliOptions } from '../support/cli-process.ts';

export class ClockSetting {
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
  }

  /** `file` is made, and holds the setting. */
  static async create(file: string): Promise<ClockSetting> {
    await writeFile(file, '0');
    return new ClockSetting(file);
  }

  get cli(): CliOptions {
    return {
      preload: fileURLToPath(new URL('./shifted-clock.ts', import.meta.url)),
      env: { SHIFTED_CLOCK_FILE: this.#file },
    };
  }

  /** Takes effect within a moment. */
  async shift(ms: number): Promise<void> {
    await writeFile(this.#file, String(Math.round(ms)));
  }
}
