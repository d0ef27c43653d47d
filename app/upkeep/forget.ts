/**
 * Takes a person out of everything that this process keeps: warehouse, lake, change log, saved states, models and log files. The
 * stages stand still meanwhile, once all of them have read what there is; queries go on.
 *
 * What is left is told: Dolibarr itself, Kafka's topics until their retention, and what others have copied. What Dolibarr says of
 * the person's own row later is masked as it comes (services/privacy/masked-source.ts).
 */
import { readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { type Erasure, eraseFromText, textForms } from '../../core/erasure.ts';
import { asDolistreamError, DolistreamError } from '../../core/errors.ts';
import type { Cursor } from '../../core/ports/change-log.ts';
import type { LakeStore } from '../../core/ports/lake-store.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { type ErasedTable, eraseFromWarehouse } from '../../services/privacy/erase-warehouse.ts';
import { EXTRACT_FOLDER } from './extract-tables.ts';
import { erasureOf, type Person } from '../../services/privacy/person.ts';

export interface ForgetRequest extends Person {
  readonly dryRun: boolean;
}

export interface ForgetReport {
  readonly kind: Person['kind'];
  readonly id: number;
  readonly dryRun: boolean;
  readonly tables: readonly ErasedTable[];
  readonly lakeFiles: number;
  /** Saved states of stages that said something. */
  readonly states: number;
  /** Models, logs and other files of the data folder. */
  readonly files: number;
  /** Where the person may still be found, for people. */
  readonly remains: readonly string[];
}

export interface ForgetDependencies {
  readonly warehouse: Warehouse;
  readonly openLake: () => Promise<LakeStore>;
  readonly eraseLog: ((texts: readonly string[], passed: readonly Cursor[]) => Promise<number>) | null;
  readonly dataFolder: string;
  readonly tablePrefix: string;
  readonly warehouseDatabase: string;
  readonly clock: Clock;
  /** Has everything that the source says of the row from now on masked; resolves when that holds over a restart. */
  readonly remember: (table: string, record: number) => Promise<void>;
  /** Runs the work while no stage does, all of them having read the log to its end; gives it their cursors. */
  readonly whileStill: <Result>(work: (passed: readonly Cursor[]) => Promise<Result>) => Promise<Result>;
}

const RECORD_FILE = 'erasures.json';
/** Folders that are erased from by those who know their format, or that are the source itself. */
const NOT_TEXT = new Set([EXTRACT_FOLDER, 'log', 'lake', 'warehouse', 'parquet-engine', 'demo']);

async function eraseFromLake(lake: LakeStore, erasure: Erasure, dryRun: boolean): Promise<number> {
  let changed = 0;
  for (const { path } of await lake.list('')) if (await lake.erase(path, erasure, dryRun)) changed += 1;
  return changed;
}

/** A file that is being written to goes on under its name: its content is replaced in place. */
async function eraseFromFile(path: string, forms: readonly string[], dryRun: boolean): Promise<boolean> {
  const before = await readFile(path, 'utf8');
  const after = eraseFromText(before, forms);
  if (after === before) return false;
  if (!dryRun) await writeFile(path, after);
  return true;
}

async function eraseFromFiles(folder: string, forms: readonly string[], dryRun: boolean): Promise<number> {
  let changed = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (NOT_TEXT.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) changed += await eraseFromFiles(path, forms, dryRun);
    else if (entry.isFile() && (await eraseFromFile(path, forms, dryRun))) changed += 1;
  }
  return changed;
}

/** Copies of tables for other programs: there is no telling what became of them, and they can be made again. */
async function removeExtracts(dataFolder: string, dryRun: boolean): Promise<number> {
  const folder = join(dataFolder, EXTRACT_FOLDER);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  if (!dryRun) await rm(folder, { recursive: true, force: true });
  return entries.filter((entry) => entry.isFile()).length;
}

/** The loader hands its records over in files that it keeps and writes over. */
async function emptyHandovers(dataFolder: string): Promise<void> {
  const folder = join(dataFolder, 'warehouse', 'tmp');
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) await truncate(path);
  }
}

/** That it was done, without who it was. */
async function record(deps: ForgetDependencies, report: ForgetReport): Promise<void> {
  const path = join(deps.dataFolder, RECORD_FILE);
  const text = await readFile(path, 'utf8').catch(() => '[]');
  const { kind, id, lakeFiles, states, files } = report;
  const rows = report.tables.reduce((sum, table) => sum + table.rows, 0);
  const entry = { at: new Date(deps.clock.now()).toISOString(), kind, id, rows, lakeFiles, states, files };
  await writeFile(`${path}.new`, `${JSON.stringify([...(JSON.parse(text) as object[]), entry], null, 1)}\n`);
  await rename(`${path}.new`, path);
}

function remains({ kind, id }: Person, isOnKafka: boolean): string[] {
  return [
    `Dolibarr itself: take ${kind} ${id} out there as well. What it says of that row from now on comes masked, but a text elsewhere (a note, a ticket) that names the person and is changed, copied or repaired does not.`,
    ...(isOnKafka ? ['A capture in another process, until its next start: restart it now.'] : []),
    'The binlog of the source until it is purged.',
    ...(isOnKafka
      ? ['The topics on Kafka until their retention: kafka-configs or kafka-delete-records shortens it.']
      : []),
    'Messages already sent, backups of the data folder, and what others have copied.',
  ];
}

/** A failed statement is quoted in its error, and so is the person: neither the message nor a cause may get into a log. */
function withoutTexts(error: unknown, forms: readonly string[]): DolistreamError {
  const { code, message, fix, retryable } = asDolistreamError(error, 'INTERNAL');
  const [first = ''] = eraseFromText(message, [
    ...forms,
    ...forms.map((form) => form.replaceAll("'", "\\'")),
  ]).split(': In scope ');
  return new DolistreamError(code, first, {
    fix: fix ?? 'Forget again: what was done is not done twice.',
    retryable,
  });
}

/** Rejects with CONFIG_INVALID for a person who is not known, and NOT_CAUGHT_UP when the stages do not come to rest. */
export async function forgetPerson(
  deps: ForgetDependencies,
  { kind, id, dryRun }: ForgetRequest,
): Promise<ForgetReport> {
  const { warehouse, warehouseDatabase, tablePrefix } = deps;
  const erase = async (passed: readonly Cursor[]): Promise<ForgetReport> => {
    const erasure = await erasureOf({ kind, id }, { warehouse, tablePrefix });
    const forms = textForms(erasure.texts);
    try {
      // First, as the stages stand: nothing of the person may come in behind what is erased.
      if (!dryRun) await deps.remember(erasure.table, erasure.record);
      const tables = await eraseFromWarehouse(warehouse, erasure, { warehouseDatabase, dryRun });
      const lakeFiles = await eraseFromLake(await deps.openLake(), erasure, dryRun);
      const states = dryRun || !deps.eraseLog ? 0 : await deps.eraseLog(erasure.texts, passed);
      const extracts = await removeExtracts(deps.dataFolder, dryRun);
      const files = extracts + (await eraseFromFiles(deps.dataFolder, forms, dryRun));
      if (!dryRun) await emptyHandovers(deps.dataFolder);
      return {
        kind,
        id,
        dryRun,
        tables,
        lakeFiles,
        states,
        files,
        remains: remains({ kind, id }, !deps.eraseLog),
      };
    } catch (error) {
      throw withoutTexts(error, forms);
    }
  };
  if (dryRun) return erase([]);
  const report = await deps.whileStill(erase);
  await record(deps, report);
  return report;
}

/** For `whileStill`: the stages never came to rest. */
export const restless = (): DolistreamError =>
  new DolistreamError('NOT_CAUGHT_UP', 'The stages have not read the change log to its end', {
    fix: 'When nothing runs: dolistream pipeline, then again. Else wait until dolistream lag shows none behind.',
    retryable: true,
  });
