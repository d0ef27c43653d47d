/** The lake in a folder. A file is made under a temporary name, flushed, renamed, and its folder flushed. */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Erasure } from '../../core/erasure.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { EventFile, LakeFile, LakeStore } from '../../core/ports/lake-store.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import {
  type LakeMetadata,
  ParquetWork,
  readFileMetadata,
  readFiles,
  SUFFIX,
  withOpenFile,
  WORK_FOLDER,
} from './parquet-work.ts';

export interface LakeFolderOptions {
  /** Root of the lake, made when it is missing. */
  readonly dir: string;
  /** A ClickHouse that reads and writes this machine's files, as the embedded one does. */
  readonly engine: Warehouse;
}

/** Opens or creates the lake. Rejects with DATA_DIR_UNUSABLE, or CONFIG_INVALID for a path the engine cannot name. */
export async function openLakeFolder(options: LakeFolderOptions): Promise<LakeStore> {
  const dir = resolve(options.dir);
  return new LakeFolder(dir, await ParquetWork.open(join(dir, WORK_FOLDER), options.engine));
}

class LakeFolder implements LakeStore {
  readonly #dir: string;
  readonly #work: ParquetWork;

  constructor(dir: string, work: ParquetWork) {
    this.#dir = dir;
    this.#work = work;
  }

  async write(file: EventFile): Promise<LakeFile> {
    try {
      return await this.#work.writeEvents(file, (work) => this.#publish(work, file.path));
    } catch (error) {
      throw this.#writeFailed(file.path, error);
    }
  }

  async merge(parts: readonly string[], path: string): Promise<LakeFile> {
    const metadata = await this.#metadataOf(parts[0]!);
    const files = parts.map((part) => join(this.#dir, part));
    try {
      return await this.#work.mergeParts(files, metadata, (work) => this.#publish(work, path));
    } catch (error) {
      throw this.#writeFailed(path, error);
    }
  }

  async erase(path: string, erasure: Erasure, dryRun: boolean): Promise<boolean> {
    const metadata = await this.#metadataOf(path);
    const file = join(this.#dir, path);
    try {
      return await this.#work.eraseFrom({ file, metadata, erasure, dryRun }, (work) =>
        this.#publish(work, path),
      );
    } catch (error) {
      throw this.#writeFailed(path, error);
    }
  }

  async lend<Result>(paths: readonly string[], use: (from: string) => Promise<Result>): Promise<Result> {
    const { schema } = await this.#metadataOf(paths[0]!);
    return use(
      readFiles(
        paths.map((path) => join(this.#dir, path)),
        schema,
      ),
    );
  }

  async schemaId(path: string): Promise<number> {
    return (await this.#metadataOf(path)).schemaId;
  }

  async list(folder: string): Promise<readonly LakeFile[]> {
    const root = join(this.#dir, folder);
    try {
      const entries = await readdir(root, { recursive: true, withFileTypes: true });
      const paths = entries
        .filter((entry) => entry.isFile() && entry.name.endsWith(SUFFIX))
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((path) => !path.startsWith(join(this.#dir, WORK_FOLDER)));
      return await Promise.all(paths.sort().map((path) => this.#describe(path)));
    } catch (error) {
      if (isMissing(error)) return [];
      throw this.#writeFailed(root, error);
    }
  }

  async remove(paths: readonly string[]): Promise<void> {
    try {
      for (const path of paths) await rm(join(this.#dir, path), { force: true });
      for (const folder of new Set(paths.map((path) => dirname(join(this.#dir, path))))) {
        await removeWhenEmpty(folder);
      }
    } catch (error) {
      throw this.#writeFailed(this.#dir, error);
    }
  }

  async #publish(work: string, path: string): Promise<LakeFile> {
    const target = join(this.#dir, path);
    await this.#makeFolder(dirname(target));
    await rename(work, target);
    await syncFolder(dirname(target));
    return this.#describe(target);
  }

  /** Makes the folder and flushes the ones above it, in which the new names are. */
  async #makeFolder(folder: string): Promise<void> {
    const first = await mkdir(folder, { recursive: true });
    if (first === undefined) return;
    for (let made = folder; made !== dirname(first); made = dirname(made)) await syncFolder(dirname(made));
  }

  async #metadataOf(path: string): Promise<LakeMetadata> {
    try {
      return await readFileMetadata(join(this.#dir, path), path);
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw new DolistreamError('LAKE_CORRUPT', `${path} is not in the lake ${this.#dir}`, { cause: error });
    }
  }

  async #describe(path: string): Promise<LakeFile> {
    return { path: relative(this.#dir, path).split(sep).join('/'), bytes: (await stat(path)).size };
  }

  #writeFailed(path: string, cause: unknown): DolistreamError {
    const message = cause instanceof Error ? cause.message : String(cause);
    return new DolistreamError('LAKE_WRITE_FAILED', `Could not write ${path}: ${message}`, {
      fix: `Check the space and the permissions of ${this.#dir}; writing goes on by itself.`,
      retryable: true,
      cause,
    });
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

const syncFolder = (path: string): Promise<void> => withOpenFile(path, 'r', (folder) => folder.sync());

async function removeWhenEmpty(folder: string): Promise<void> {
  const left = await readdir(folder).catch(() => ['kept']);
  if (left.length === 0) await rm(folder, { recursive: true });
}
