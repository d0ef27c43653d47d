/** When source and warehouse were last compared as a whole, kept in the data folder for the pages that say so. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { Metrics } from '../core/ports/metrics.ts';
import type { DataDir } from './data-dir.ts';
import type { TableSelection, VerifyReport } from './runtime.ts';

export interface VerifyRecord {
  /** End of the comparison, ms since epoch. */
  readonly at: number;
  readonly equal: boolean;
  readonly tables: number;
  readonly rows: number;
  /** Names of tables that differ, at most twenty. */
  readonly different: readonly string[];
}

/** Figures of the last comparison for Prometheus; none before the first. */
export function gaugeVerified(metrics: Metrics, last: VerifyRecord | null): void {
  if (last === null) return;
  metrics.gauge('verify_timestamp_seconds', last.at / 1000);
  metrics.gauge('verify_different_tables', last.equal ? 0 : Math.max(1, last.different.length));
}

const FILE = 'last-verify.json';
const MAX_NAMES = 20;

export class VerifyRecords {
  readonly #path: string;
  readonly #clock: Clock;
  /** undefined: not read yet. */
  #last: VerifyRecord | null | undefined;

  constructor(dataDir: Pick<DataDir, 'path'>, clock: Clock) {
    this.#path = join(dataDir.path, FILE);
    this.#clock = clock;
  }

  /** null: never compared since the folder was made. */
  get last(): VerifyRecord | null {
    if (this.#last === undefined) this.#last = readRecord(this.#path);
    return this.#last;
  }

  /** Keeps the outcome when it is about every row of every table. */
  keep(selection: TableSelection, report: VerifyReport): void {
    const isWhole = selection.excludeTables.length === 0 && selection.tables.every((glob) => glob === '*');
    if (!isWhole || report.sampling !== null) return;
    this.#last = {
      at: this.#clock.now(),
      equal: report.equal,
      tables: report.tables.length,
      rows: report.tables.reduce((sum, table) => sum + table.sourceRows, 0),
      different: report.tables
        .filter((table) => !table.equal)
        .slice(0, MAX_NAMES)
        .map(({ table }) => table),
    };
    writeFileSync(`${this.#path}.tmp`, `${JSON.stringify(this.#last)}\n`);
    renameSync(`${this.#path}.tmp`, this.#path);
  }
}

/** A damaged record is none: the next comparison makes a new one. */
function readRecord(path: string): VerifyRecord | null {
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as VerifyRecord;
    return typeof record.at === 'number' && typeof record.equal === 'boolean' ? record : null;
  } catch {
    return null;
  }
}
