/**
 * Turns many small files of a table's day into few big ones. Only neighbours without a gap and of one schema are
 * merged. While a day goes on, a run of small files is merged when its newer files together weigh as much as its
 * oldest, so that an event is rewritten a few times in all and not with every merge; a day that is over is merged
 * as far as the target size allows.
 */
import type { LakeStore } from '../../core/ports/lake-store.ts';
import { coveredFiles, groupBy, partitionFolder, type RangeFile, rangePath } from './lake-path.ts';

/** Merges before new events get their turn again. */
const MERGES_AT_ONCE = 10;

export interface CompactionOptions {
  /** Size of a merged file, about, in bytes of Parquet. */
  readonly targetBytes: number;
  /** A day that goes on is left alone until a run has this many files. */
  readonly minFiles: number;
}

/** Runs of files to merge, each in the order of offsets, for one partition. Schemas are not looked at. */
export function planMerges(
  partition: readonly RangeFile[],
  isOver: boolean,
  options: CompactionOptions,
): RangeFile[][] {
  const files = [...partition].sort((a, b) => a.first - b.first);
  return adjacentRuns(files, options.targetBytes).flatMap((run) => {
    const merged = isOver ? run : newestBalanced(run);
    return merged.length >= (isOver ? 2 : options.minFiles) ? [merged] : [];
  });
}

/** Cuts at gaps and where the target size would be passed. */
function adjacentRuns(files: readonly RangeFile[], targetBytes: number): RangeFile[][] {
  const runs: RangeFile[][] = [];
  let bytes = 0;
  for (const file of files) {
    const run = runs.at(-1);
    if (run && run.at(-1)!.last + 1 === file.first && bytes + file.bytes <= targetBytes) {
      run.push(file);
      bytes += file.bytes;
    } else {
      runs.push([file]);
      bytes = file.bytes;
    }
  }
  return runs;
}

/** The longest end of the run whose oldest file is not bigger than all newer ones together. */
function newestBalanced(run: readonly RangeFile[]): RangeFile[] {
  let best = run.length;
  let newer = 0;
  for (let index = run.length - 1; index >= 0; index--) {
    if (run[index]!.bytes <= newer) best = index;
    newer += run[index]!.bytes;
  }
  return run.slice(best);
}

/** Cuts a run where the schema changes. */
async function bySchema(store: LakeStore, run: readonly RangeFile[]): Promise<RangeFile[][]> {
  const pieces: { schemaId: number; files: RangeFile[] }[] = [];
  for (const file of run) {
    const schemaId = await store.schemaId(file.path);
    const piece = pieces.at(-1);
    if (piece?.schemaId === schemaId) piece.files.push(file);
    else pieces.push({ schemaId, files: [file] });
  }
  return pieces.map((piece) => piece.files).filter((files) => files.length > 1);
}

export interface CompactionRun extends CompactionOptions {
  readonly store: LakeStore;
  readonly files: readonly RangeFile[];
  /** Today's UTC date: partitions before it are over. */
  readonly today: string;
  readonly signal: AbortSignal;
}

/**
 * Merges what is worth it, a bounded number of runs. A crash at any point leaves files that the rule of lake-path.ts
 * tells apart.
 */
export async function compactLake(run: CompactionRun): Promise<{ mergedFiles: number; isDone: boolean }> {
  const { store, signal } = run;
  let merges = 0;
  let mergedFiles = 0;
  for (const partition of groupBy(run.files, partitionFolder).values()) {
    const covered = coveredFiles(partition);
    await store.remove(covered.map((file) => file.path));
    const left = partition.filter((file) => !covered.includes(file));
    for (const planned of planMerges(left, partition[0]!.date < run.today, run)) {
      for (const files of await bySchema(store, planned)) {
        if (signal.aborted || merges === MERGES_AT_ONCE) return { mergedFiles, isDone: false };
        await mergeFiles(store, files);
        merges += 1;
        mergedFiles += files.length;
      }
    }
  }
  return { mergedFiles, isDone: true };
}

async function mergeFiles(store: LakeStore, files: readonly RangeFile[]): Promise<void> {
  const paths = files.map((file) => file.path);
  await store.merge(paths, rangePath({ ...files[0]!, last: files.at(-1)!.last }));
  await store.remove(paths);
}
