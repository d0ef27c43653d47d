/**
 * The folder that holds everything dolistream keeps, and the rule that one process at a time owns it.
 *
 * The lock is the kernel's (flock on an open file), so it ends with the process however that dies: a lock left by
 * kill -9 or by a crashed machine never has to be guessed at from ages or process ids.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { hostname, platform } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DolistreamError } from '../core/errors.ts';

/** Where the process that owns the folder can be reached; in run.json while it listens. */
export interface RunRecord {
  readonly pid: number;
  /** Base URL, e.g. `http://127.0.0.1:8686`. */
  readonly http: string;
  /** The certificate that it shows, PEM; null when it speaks plain HTTP. Commands trust this one and no other. */
  readonly cert: string | null;
}

export type DataPurpose = 'demo' | 'source';

export interface DataDir {
  readonly path: string;
  /** Number by which the source knows this reader; drawn when the folder was made and kept in it. */
  readonly serverId: number;
  /** Path of a subfolder, which is created. */
  folder(name: string): string;
  /**
   * Ties the folder to the demo's simulated firm or to a real source, for good. Throws DATA_DIR_UNUSABLE when it is
   * tied to the other: figures of an invented firm must never mix with real ones.
   */
  claim(purpose: DataPurpose): void;
  /** Tells other processes of this machine where this one listens. */
  publish(http: string, cert: string | null): void;
  /** Gives the folder up. Idempotent. */
  release(): void;
}

const LOCK_FILE = 'lock';
const RUN_FILE = 'run.json';
const PURPOSE_FILE = 'purpose';
const SERVER_ID_FILE = 'server-id';

/** BSD and macOS lock in open(2) itself; Node has no name for these flags. */
const BSD_O_EXLOCK = 0x20;
const BSD_O_NONBLOCK = 0x4;

/**
 * Creates the folder when there is none and takes it. Rejects with DATA_DIR_UNUSABLE when it cannot be written and
 * with DATA_DIR_LOCKED when another process has it.
 */
export function openDataDir(path: string): DataDir {
  createFolder(path);
  const lock = takeLock(path);
  try {
    rmSync(join(path, RUN_FILE), { force: true });
    const serverId = readServerId(path);
    return new OpenDataDir(path, serverId, lock);
  } catch (error) {
    closeSync(lock);
    throw unusable(path, error);
  }
}

/** The record of the process that owns the folder, or null when it does not listen. */
export function readRunRecord(path: string): RunRecord | null {
  let content: string;
  try {
    content = readFileSync(join(path, RUN_FILE), 'utf8');
  } catch {
    return null;
  }
  const record = parseJson(content) as Partial<RunRecord> | null;
  if (typeof record?.pid !== 'number' || typeof record.http !== 'string') return null;
  return { pid: record.pid, http: record.http, cert: record.cert ?? null };
}

class OpenDataDir implements DataDir {
  readonly path: string;
  readonly serverId: number;
  readonly #lock: number;
  #released = false;

  constructor(path: string, serverId: number, lock: number) {
    this.path = path;
    this.serverId = serverId;
    this.#lock = lock;
  }

  folder(name: string): string {
    const path = join(this.path, name);
    createFolder(path);
    return path;
  }

  claim(purpose: DataPurpose): void {
    const file = join(this.path, PURPOSE_FILE);
    const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
    if (kept === null) replaceFile(file, `${purpose}\n`);
    if (kept === null || kept === purpose) return;
    const holds = kept === 'demo' ? "the demo's simulated firm" : 'a real source';
    throw new DolistreamError(
      'DATA_DIR_UNUSABLE',
      `The data folder ${this.path} holds the data of ${holds}.`,
      {
        fix: 'Choose another folder with --data DIR.',
      },
    );
  }

  publish(http: string, cert: string | null): void {
    const record: RunRecord = { pid: process.pid, http, cert };
    replaceFile(join(this.path, RUN_FILE), `${JSON.stringify(record)}\n`);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    rmSync(join(this.path, RUN_FILE), { force: true });
    closeSync(this.#lock);
  }
}

function createFolder(path: string): void {
  try {
    makeFolders(resolve(path));
  } catch (error) {
    throw unusable(path, error);
  }
}

/** mkdir's own `recursive` never returns below a folder like /proc, where a new one "does not exist". */
function makeFolders(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  if (dirname(path) !== path) makeFolders(dirname(path));
  try {
    mkdirSync(path, { mode: 0o750 });
  } catch (error) {
    const made = (error as NodeJS.ErrnoException).code === 'EEXIST' && statSync(path).isDirectory();
    if (!made) throw error;
  }
}

function takeLock(path: string): number {
  const file = join(path, LOCK_FILE);
  const lock = platform() === 'linux' ? lockWithFlock(path, file) : lockWithOpen(path, file);
  ftruncateSync(lock);
  writeSync(lock, `${JSON.stringify({ pid: process.pid, host: hostname() })}\n`, 0);
  return lock;
}

/**
 * A flock belongs to the open file, not to the process that asked for it: the `flock` program locks the file through
 * the descriptor it is given and exits, and the lock stays with our descriptor.
 */
function lockWithFlock(path: string, file: string): number {
  const descriptor = openLockFile(path, file, constants.O_RDWR | constants.O_CREAT);
  const { status, error } = spawnSync('flock', ['--exclusive', '--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', descriptor],
  });
  if (status === 0) return descriptor;
  closeSync(descriptor);
  if (status === 1) throw lockedBy(path, file);
  throw new DolistreamError(
    'MISSING_PROGRAM',
    `The data folder ${path} cannot be locked: flock does not work.`,
    {
      fix: 'Install util-linux: apt-get install util-linux',
      cause: error,
    },
  );
}

function lockWithOpen(path: string, file: string): number {
  const flags = constants.O_RDWR | constants.O_CREAT | BSD_O_EXLOCK | BSD_O_NONBLOCK;
  return openLockFile(path, file, flags);
}

function openLockFile(path: string, file: string, flags: number): number {
  try {
    return openSync(file, flags, 0o640);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') throw lockedBy(path, file);
    throw unusable(path, error);
  }
}

function lockedBy(path: string, file: string): DolistreamError {
  const owner = parseJson(readFileSync(file, 'utf8')) as { pid?: number; host?: string } | null;
  const who =
    owner?.pid === undefined ? 'another process' : `process ${owner.pid} on ${owner.host ?? 'this machine'}`;
  const stop = owner?.pid === undefined ? 'Stop it' : `Stop it (kill ${owner.pid})`;
  return new DolistreamError('DATA_DIR_LOCKED', `The data folder ${path} is in use by ${who}.`, {
    fix: `${stop}, or choose another folder with --data DIR.`,
    retryable: true,
  });
}

/** Far from the small numbers that people give to servers by hand. */
function readServerId(path: string): number {
  const file = join(path, SERVER_ID_FILE);
  try {
    const kept = Number(readFileSync(file, 'utf8').trim());
    if (Number.isInteger(kept) && kept >= 1 && kept <= 0xffff_ffff) return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const drawn = 1_000_000 + (randomBytes(4).readUInt32LE() % 4_000_000_000);
  replaceFile(file, `${drawn}\n`);
  return drawn;
}

/** The file appears whole or not at all. */
function replaceFile(path: string, content: string): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, content, { mode: 0o640 });
  renameSync(temporary, path);
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return null;
  }
}

function unusable(path: string, error: unknown): DolistreamError {
  if (error instanceof DolistreamError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new DolistreamError('DATA_DIR_UNUSABLE', `The data folder ${path} cannot be used: ${reason}`, {
    fix: 'Choose a folder that this user may write with --data DIR, or give the user the right to write there.',
    cause: error,
  });
}
