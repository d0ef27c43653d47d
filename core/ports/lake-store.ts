/**
 * The lake: Parquet files of change events under one root, a folder or a bucket. Paths are relative to the root, with
 * `/`. A file is there as a whole or not at all, and never changes.
 */
import type { DatumBlock } from '../avro-container.ts';
import type { Erasure } from '../erasure.ts';

export interface LakeFile {
  readonly path: string;
  readonly bytes: number;
}

/** Events of one topic that were written with one schema, at consecutive offsets. */
export interface EventFile {
  readonly path: string;
  readonly schemaId: number;
  /** JSON text of the envelope schema of the events (core/avro-schema.ts). */
  readonly schema: string;
  /** Offset of the first event; the others follow without a gap. */
  readonly firstOffset: number;
  /** Bare Avro datums, as the change log holds them. */
  readonly blocks: readonly DatumBlock[];
}

export interface LakeStore {
  /**
   * Writes the events as Parquet; durable when it resolves. A file of the same path is replaced.
   * Rejects with LAKE_WRITE_FAILED; then there is no new file.
   */
  write(file: EventFile): Promise<LakeFile>;
  /**
   * Writes the events of `parts`, which have one schema, into one new file, in the order of their offsets.
   * Leaves the parts where they are. Rejects with LAKE_WRITE_FAILED.
   */
  merge(parts: readonly string[], path: string): Promise<LakeFile>;
  /**
   * Writes the file anew under its name without what is to be erased; false: there was nothing of it, and the file stays.
   * `dryRun`: only looks. Rejects with LAKE_WRITE_FAILED.
   */
  erase(path: string, erasure: Erasure, dryRun: boolean): Promise<boolean>;
  /**
   * Lends the events of files of one schema as what stands behind FROM in the engine that makes the lake's files: columns
   * `event_offset`, `seq`, `op`, and the tuples `before` and `after` with the types of `mapForParquet`, all null where the
   * event has no such image. Rejects with LAKE_CORRUPT.
   */
  lend<Result>(paths: readonly string[], use: (from: string) => Promise<Result>): Promise<Result>;
  /** The schemaId that the file was written with. Rejects with LAKE_CORRUPT when it is not a file of this product. */
  schemaId(path: string): Promise<number>;
  /** All files under `folder` (the root when empty); leftovers of interrupted writes are not listed. */
  list(folder: string): Promise<readonly LakeFile[]>;
  /** Removes files; one that is not there is no error. */
  remove(paths: readonly string[]): Promise<void>;
}
