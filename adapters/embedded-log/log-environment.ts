/**
 * The LMDB environment under the change log and the registry: one file, several tables, one writer.
 * Commits are asynchronous and reach the disk before they resolve (`overlappingSync` off: with it, LMDB resolves
 * before the flush).
 */
import { mkdirSync } from 'node:fs';
import { rename, rm, statfs } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { type Database, type RootDatabase, open } from 'lmdb';
import { asDolistreamError, DolistreamError } from '../../core/errors.ts';
import { checkDataFile } from './check-data-file.ts';
import { CORRUPT_LOG_FIX, sealRecord, unsealRecord } from './sealed-record.ts';

const { errno } = constants;
const FORMAT = 1;
const DATA_FILE = 'log.mdb';
/** What lmdb passes on from the system when it cannot write; other numbers are about the file's content. */
const SYSTEM_ERRORS: ReadonlySet<number> = new Set([
  errno.EPERM,
  errno.EACCES,
  errno.ENOMEM,
  errno.ENOSPC,
  errno.EROFS,
]);
const NEARLY_FULL_BYTES = 16 * 1024 * 1024;

export type Table<Key extends string | number> = Database<Buffer, Key>;

export interface LogTables {
  /** Entry number → sealed BatchHead. */
  readonly heads: Table<number>;
  /** Entry number → body. */
  readonly bodies: Table<number>;
  /** `format`, `journal`. */
  readonly meta: Table<string>;
  /** Topic → sealed counters. */
  readonly topics: Table<string>;
  /** Owner → sealed state. */
  readonly states: Table<string>;
  /** Schema id → sealed schema text. */
  readonly schemas: Table<number>;
  /** Subject → sealed list of schema ids, in the order of their versions. */
  readonly subjects: Table<string>;
}

export class LogEnvironment {
  readonly dir: string;
  readonly tables: LogTables;
  #root: RootDatabase<Buffer, string>;
  #lastCommit: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  private constructor(dir: string, root: RootDatabase<Buffer, string>, tables: LogTables) {
    this.dir = dir;
    this.#root = root;
    this.tables = tables;
  }

  static async open(dir: string): Promise<LogEnvironment> {
    const path = join(dir, DATA_FILE);
    try {
      mkdirSync(dir, { recursive: true });
    } catch (error) {
      throw asDolistreamError(error, 'DATA_DIR_UNUSABLE', {
        fix: `Make ${dir} a folder this user may write.`,
      });
    }
    // LMDB trusts its file: on a damaged one it ends the process with a memory fault instead of an error.
    checkDataFile(path);
    const environment = LogEnvironment.#openFile(dir, path);
    try {
      await environment.#checkFormat();
      return environment;
    } catch (error) {
      await environment.close();
      throw error;
    }
  }

  /**
   * Runs `prepare`, which queues puts and removes, as one durable transaction. Commits run one after the other, and
   * `prepare` only starts when the one before has settled, so it may rely on what that one left.
   */
  async commit<T>(prepare: (write: TableWriter) => T): Promise<T> {
    const commit = this.#lastCommit.then(() => this.#commitNow(prepare));
    this.#lastCommit = commit.catch(() => undefined);
    return commit;
  }

  /**
   * Writes the file anew with what it holds now and nothing of what it held before: what was removed stays in the pages of the
   * old one. Nobody may read meanwhile; commits wait.
   */
  async compact(): Promise<void> {
    const path = join(this.dir, DATA_FILE);
    const compacting = this.#lastCommit.then(async () => {
      await rm(`${path}.new`, { force: true });
      await this.#root.backup(`${path}.new`, true);
      await this.#root.close();
      await rename(`${path}.new`, path);
      const { root, tables } = openTables(path);
      this.#root = root;
      Object.assign(this.tables, tables);
    });
    this.#lastCommit = compacting.catch(() => undefined);
    await compacting;
  }

  /** Writes what it holds now into a folder of its own, as a file that can be opened. Commits wait meanwhile. */
  async copyInto(folder: string): Promise<void> {
    const copying = this.#lastCommit.then(async () => {
      await this.#root.backup(join(folder, DATA_FILE), true);
    });
    this.#lastCommit = copying.catch(() => undefined);
    await copying;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#lastCommit;
    await this.#root.close();
  }

  static #openFile(dir: string, path: string): LogEnvironment {
    try {
      const { root, tables } = openTables(path);
      return new LogEnvironment(dir, root, tables);
    } catch (error) {
      const isSystems = SYSTEM_ERRORS.has(Number((error as { code?: unknown }).code));
      if (!isSystems) throw asDolistreamError(error, 'LOG_CORRUPT', { fix: CORRUPT_LOG_FIX });
      throw asDolistreamError(error, 'DATA_DIR_UNUSABLE', {
        fix: `Make ${dir} a folder this user may write, on a disk with free space.`,
      });
    }
  }

  async #commitNow<T>(prepare: (write: TableWriter) => T): Promise<T> {
    const writer = new TableWriter();
    const result = prepare(writer);
    // lmdb never settles a batch without writes.
    if (writer.isEmpty) return result;
    try {
      await this.#root.batch(() => {
        writer.flush();
      });
    } catch (error) {
      throw await this.#writeError(error);
    }
    writer.settle();
    return result;
  }

  async #writeError(error: unknown): Promise<DolistreamError> {
    const cause = await commitCause(error);
    const { bavail, bsize } = await statfs(this.dir);
    const isFull = bavail * bsize < NEARLY_FULL_BYTES;
    const reason = isFull ? 'the disk is full' : cause instanceof Error ? cause.message : String(cause);
    return new DolistreamError(
      'LOG_WRITE_FAILED',
      `Could not write the change log in ${this.dir}: ${reason}`,
      {
        fix: `Free space on the disk that holds ${this.dir}; nothing was lost, writing goes on by itself.`,
        retryable: true,
        cause,
      },
    );
  }

  async #checkFormat(): Promise<void> {
    const sealed = this.tables.meta.getBinary('format');
    if (sealed) {
      const format = unsealRecord<number>(sealed, 'the format record');
      if (format === FORMAT) return;
      throw new DolistreamError(
        'LOG_FORMAT_UNKNOWN',
        `The change log in ${this.dir} has format ${format}; this version reads format ${FORMAT}`,
        { fix: 'Use the version of dolistream that wrote it, or another data folder.' },
      );
    }
    await this.commit((write) => {
      write.put(this.tables.meta, 'format', sealRecord(FORMAT));
    });
  }
}

/** Collects the writes of one transaction; the values stay referenced until it has ended. */
export class TableWriter {
  readonly #writes: (() => Promise<boolean>)[] = [];
  readonly #afterCommit: (() => void)[] = [];

  put<Key extends string | number>(table: Table<Key>, key: Key, value: Buffer): void {
    this.#writes.push(() => table.put(key, value));
  }

  remove<Key extends string | number>(table: Table<Key>, key: Key): void {
    this.#writes.push(() => table.remove(key));
  }

  /** `action` runs when the transaction is on disk, before the next one is prepared; not at all when it fails. */
  afterCommit(action: () => void): void {
    this.#afterCommit.push(action);
  }

  get isEmpty(): boolean {
    return this.#writes.length === 0;
  }

  settle(): void {
    for (const action of this.#afterCommit) action();
  }

  /** The promise of each write fails together with the batch's own, which is the one that is awaited. */
  flush(): void {
    for (const write of this.#writes) write().catch(() => undefined);
  }
}

function openTables(path: string): { root: RootDatabase<Buffer, string>; tables: LogTables } {
  const root = open<Buffer, string>({
    path,
    noSubdir: true,
    overlappingSync: false,
    // With it, lmdb makes a promise of its own per turn, which nobody can catch when a commit fails.
    eventTurnBatching: false,
    maxDbs: 8,
    encoding: 'binary',
  });
  const table = <Key extends string | number>(name: string): Table<Key> =>
    root.openDB<Buffer, string | number>(name, { encoding: 'binary' }) as unknown as Table<Key>;
  const tables: LogTables = {
    heads: table('heads'),
    bodies: table('bodies'),
    meta: table('meta'),
    topics: table('topics'),
    states: table('states'),
    schemas: table('schemas'),
    subjects: table('subjects'),
  };
  return { root, tables };
}

/** lmdb hides the reason of a failed commit in a promise that rejects with it. */
async function commitCause(error: unknown): Promise<unknown> {
  const hidden = (error as { commitError?: Promise<unknown> }).commitError;
  if (!hidden) return error;
  try {
    await hidden;
    return error;
  } catch (cause) {
    return cause;
  }
}
