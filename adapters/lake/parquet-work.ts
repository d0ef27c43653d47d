/**
 * Makes the Parquet files of a lake in a work folder of this machine; where they go from there is the store's matter.
 * The engine of the warehouse converts Avro to Parquet: see docs/decisions/0003.
 */
import { type FileHandle, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { avroContainer } from '../../core/avro-container.ts';
import { quoteText } from '../../core/clickhouse-sql.ts';
import type { Erasure } from '../../core/erasure.ts';
import { asDolistreamError, DolistreamError } from '../../core/errors.ts';
import type { EventFile } from '../../core/ports/lake-store.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { eraseColumns } from './erase-columns.ts';
import { eventColumns } from './event-columns.ts';
import { accessFile, finishFooter, type RandomAccess, readMetadata } from './parquet-footer.ts';

/** Name of the work folder. Begins with a dot, so that tools that read all of a lake pass it by. */
export const WORK_FOLDER = '.work';

/** Ends the name of every lake file. */
export const SUFFIX = '.parquet';

const METADATA = { schemaId: 'dolistream.schema_id', schema: 'dolistream.avro_schema' } as const;

/**
 * Measured on 100,000 rows of 18 columns: without bloom filters half the time and two thirds of the size.
 * Given as settings of the query, not in its text: the warehouse then runs it beside the loader's statements.
 */
const WRITE_SETTINGS: Readonly<Record<string, string | number>> = {
  // One thread keeps the order of the file, on which rowNumberInAllBlocks() relies.
  max_threads: 1,
  enable_nullable_tuple_type: 1,
  output_format_parquet_compression_method: 'zstd',
  output_format_parquet_write_bloom_filter: 0,
  output_format_parquet_parallel_encoding: 0,
  engine_file_truncate_on_insert: 1,
  log_queries: 0,
};

const MERGE_SETTINGS = { ...WRITE_SETTINGS, max_bytes_before_external_sort: 64 * 1024 * 1024 };

/** What the footer of a lake file says about its events. */
export interface LakeMetadata {
  readonly schemaId: number;
  readonly schema: string;
}

/** `path`: for the message. Rejects with LAKE_CORRUPT when it is not a file of this product. */
export async function readLakeMetadata(bytes: RandomAccess, path: string): Promise<LakeMetadata> {
  const metadata = await readMetadata(bytes);
  const schemaId = metadata.get(METADATA.schemaId);
  const schema = metadata.get(METADATA.schema);
  if (schemaId !== undefined && schema !== undefined) return { schemaId: Number(schemaId), schema };
  throw new DolistreamError('LAKE_CORRUPT', `${path} is not a lake file of dolistream`, {
    fix: 'Move it out of the lake.',
  });
}

export interface EraseRequest {
  /** Path on this machine. */
  readonly file: string;
  readonly metadata: LakeMetadata;
  readonly erasure: Erasure;
  readonly dryRun: boolean;
}

export class ParquetWork {
  readonly #dir: string;
  readonly #engine: Warehouse;
  #last = 0;

  private constructor(dir: string, engine: Warehouse) {
    this.#dir = dir;
    this.#engine = engine;
  }

  /**
   * Empties or makes the work folder. `engine`: a ClickHouse that reads and writes this machine's files.
   * Rejects with DATA_DIR_UNUSABLE, or CONFIG_INVALID for a path that the engine cannot name.
   */
  static async open(dir: string, engine: Warehouse): Promise<ParquetWork> {
    const folder = resolve(dir);
    if (/[{}*?[\]]/.test(folder)) {
      throw new DolistreamError('CONFIG_INVALID', `The folder ${folder} has one of {}*?[] in its path`, {
        fix: 'Choose a data folder without these characters.',
      });
    }
    try {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
    } catch (error) {
      throw asDolistreamError(error, 'DATA_DIR_UNUSABLE', {
        fix: `Make ${folder} a folder this user may write.`,
      });
    }
    return new ParquetWork(folder, engine);
  }

  /** Hands the finished, flushed file of these events to `publish` by its path; afterwards the file is gone. */
  async writeEvents<Result>(file: EventFile, publish: (path: string) => Promise<Result>): Promise<Result> {
    const columns = eventColumns(file.schema);
    const selection = columns.selection.replace('{first}', String(file.firstOffset));
    return this.withFile(async (work) => {
      const source = `${work}.avro`;
      try {
        await writeFile(source, avroContainer(file.schema, file.blocks), { mode: 0o600 });
        await this.#engine.command(
          `INSERT INTO FUNCTION file(${quoteText(work)}, Parquet)\nSELECT ${selection}\n` +
            `FROM file(${quoteText(source)}, Avro, ${quoteText(columns.avroStructure)})`,
          { settings: WRITE_SETTINGS },
        );
      } finally {
        await rm(source, { force: true });
      }
      await finishFile(work, file);
      return publish(work);
    });
  }

  /** The same with the events of `parts`: paths of this machine of files with this metadata. */
  async mergeParts<Result>(
    parts: readonly string[],
    metadata: LakeMetadata,
    publish: (path: string) => Promise<Result>,
  ): Promise<Result> {
    const columns = eventColumns(metadata.schema);
    return this.withFile(async (work) => {
      await this.#engine.command(
        `INSERT INTO FUNCTION file(${quoteText(work)}, Parquet)\n` +
          `SELECT ${columns.parquetSelection}\nFROM ${readFiles(parts, metadata.schema)}\n` +
          `ORDER BY event_offset`,
        { settings: MERGE_SETTINGS },
      );
      await finishFile(work, metadata);
      return publish(work);
    });
  }

  /** The file without what is to be erased, handed to `publish`; false: there was nothing of it. */
  async eraseFrom(
    { file, metadata, erasure, dryRun }: EraseRequest,
    publish: (path: string) => Promise<unknown>,
  ): Promise<boolean> {
    const columns = eraseColumns(metadata.schema, erasure);
    const source = `file(${quoteText(file)}, Parquet, ${quoteText(columns.parquetStructure)})`;
    const [found] = await this.#engine.rows<{ rows: string }>(
      `WITH ${columns.forms} SELECT countIf(${columns.condition}) AS rows FROM ${source}`,
      { settings: MERGE_SETTINGS },
    );
    if (Number(found!.rows) === 0) return false;
    if (dryRun) return true;
    await this.withFile(async (work) => {
      await this.#engine.command(
        `INSERT INTO FUNCTION file(${quoteText(work)}, Parquet)\n` +
          `SELECT ${columns.parquetSelection}\nFROM (WITH ${columns.forms} SELECT ${columns.replaced} FROM ${source})\nORDER BY event_offset`,
        { settings: MERGE_SETTINGS },
      );
      await finishFile(work, metadata);
      await publish(work);
    });
    return true;
  }

  /** Lends a name in the work folder that nobody else has; what is there afterwards is removed. */
  async withFile<Result>(use: (path: string) => Promise<Result>): Promise<Result> {
    this.#last += 1;
    const path = join(this.#dir, String(this.#last));
    try {
      return await use(path);
    } finally {
      await rm(path, { force: true });
    }
  }
}

/** What stands behind FROM to read the events of files of this machine, which have one schema. */
export function readFiles(files: readonly string[], schema: string): string {
  const { parquetStructure } = eventColumns(schema);
  const sources = pathPatterns(files).map(
    (path) => `SELECT * FROM file(${quoteText(path)}, Parquet, ${quoteText(parquetStructure)})`,
  );
  return `(${sources.join('\nUNION ALL\n')})`;
}

/**
 * The files as few patterns: one for each folder. A day may have hundreds of parts, and a source for each would repeat the
 * columns of a wide table until the statement is longer than ClickHouse takes.
 */
function pathPatterns(files: readonly string[]): string[] {
  const folders = new Map<string, string[]>();
  for (const file of files) {
    const names = folders.get(dirname(file));
    if (names) names.push(basename(file));
    else folders.set(dirname(file), [basename(file)]);
  }
  return [...folders].map(([folder, names]) =>
    join(folder, names.length === 1 ? names[0]! : `{${names.join(',')}}`),
  );
}

async function finishFile(path: string, { schemaId, schema }: LakeMetadata): Promise<void> {
  const { corrections } = eventColumns(schema);
  const metadata = { [METADATA.schemaId]: String(schemaId), [METADATA.schema]: schema };
  await withOpenFile(path, 'r+', async (file) => {
    await finishFooter(file, corrections, metadata);
    await file.sync();
  });
}

/** Metadata of a lake file on this machine; see `readLakeMetadata`. */
export function readFileMetadata(file: string, path: string): Promise<LakeMetadata> {
  return withOpenFile(file, 'r', async (handle) => readLakeMetadata(await accessFile(handle), path));
}

export async function withOpenFile<Result>(
  path: string,
  flags: string,
  work: (file: FileHandle) => Promise<Result>,
): Promise<Result> {
  const file = await open(path, flags);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}
