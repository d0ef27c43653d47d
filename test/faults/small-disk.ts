/**
 * A small file system of its own, in a file: ext4 on a loop device, so that a full disk is a real one. A ballast file
 * fills it at once and without writing; taking the ballast away frees it.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, statfs, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isRunning } from '../support/is-running.ts';

const run = promisify(execFile);

const NAME = 'dolistream-small-disk-';
/** Of the file system; the file under it takes what is written. */
const SIZE_BYTES = 12 * 2 ** 30;
/** What the file system itself and others may free or take while it is filled. */
const SLACK_BYTES = 4 * 2 ** 20;
/** Of the room, taken in steps: 160 MiB a second. */
const GRADUAL_BYTES = 512 * 2 ** 20;
const STEP_BYTES = 16 * 2 ** 20;
const STEP_MS = 100;

export class SmallDisk implements AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;
  readonly #dir: string;

  private constructor(dir: string) {
    this.#dir = dir;
    this.path = join(dir, 'disk');
  }

  static async mount(): Promise<SmallDisk> {
    await removeStale();
    const disk = new SmallDisk(await mkdtemp(join(tmpdir(), `${NAME}${process.pid}-`)));
    const image = join(disk.#dir, 'image');
    try {
      await mkdir(disk.path);
      await writeFile(image, '');
      await truncate(image, SIZE_BYTES);
      await run('mkfs.ext4', ['-q', '-m', '0', image]);
      await run('mount', ['-o', 'loop', image, disk.path]);
    } catch (error) {
      await rm(disk.#dir, { recursive: true, force: true });
      throw new Error(
        `A full disk needs a small file system, which could not be made (${String(error)}). ` +
          'Run this as root where loop devices can be mounted, or choose other kinds with --kinds.',
        { cause: error },
      );
    }
    return disk;
  }

  /**
   * Leaves room for so many bytes and no more. The last half GiB goes as a busy program would take it, not in one moment:
   * what the engine has under way when a disk is full at once is damaged by the engine itself (see the decision on that).
   */
  async fill(roomBytes: number): Promise<void> {
    let free = await this.#freeBytes();
    for (let left = Math.min(free, GRADUAL_BYTES); ; left -= STEP_BYTES) {
      await this.#allocate(free - Math.max(left, roomBytes));
      if (left <= roomBytes) break;
      await pause(STEP_MS);
      free = await this.#freeBytes();
    }
    free = await this.#freeBytes();
    if (free > roomBytes + SLACK_BYTES) throw new Error(`the disk was not filled: ${free} bytes are free`);
  }

  async #allocate(bytes: number): Promise<void> {
    const size = Math.floor(bytes);
    // What others write meanwhile may leave too little for it: then the disk is full as well.
    if (size > 0) await this.#grow(size).catch(() => undefined);
  }

  async #grow(bytes: number): Promise<void> {
    const { size } = await stat(this.#ballast).catch(() => ({ size: 0 }));
    await run('fallocate', ['-o', String(size), '-l', String(bytes), this.#ballast]);
  }

  async free(): Promise<void> {
    await rm(this.#ballast, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await unmount(this.#dir);
  }

  async #freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path);
    return bavail * bsize;
  }

  get #ballast(): string {
    return join(this.path, 'ballast');
  }
}

async function unmount(dir: string): Promise<void> {
  // Lazily: a process that dies may hold it for a moment longer.
  await run('umount', ['--lazy', join(dir, 'disk')]).catch(() => undefined);
  await rm(dir, { recursive: true, force: true });
}

/** Of runs that were killed. */
async function removeStale(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = name.startsWith(NAME) ? Number(name.slice(NAME.length).split('-')[0]) : null;
    if (owner !== null && !isRunning(owner)) await unmount(join(tmpdir(), name));
  }
}
