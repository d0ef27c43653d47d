/**
 * chdb turns the body of an insert into text, which breaks binary formats, so a container is handed over as a file.
 * Each slot keeps one open file and overwrites it in place: making and deleting a file per insert cost more than
 * the write itself (ext4 looks past every inode freed in the last seconds). Nothing waits for a disk: after a crash
 * the insert is repeated from the log.
 */
import { closeSync, ftruncateSync, openSync, rmSync, writevSync } from 'node:fs';
import { join } from 'node:path';

export class ContainerSlot {
  readonly path: string;
  readonly #file: number;

  constructor(dir: string, index: number) {
    this.path = join(dir, `insert-${index}.avro`);
    this.#file = openSync(this.path, 'w', 0o600);
  }

  /** Writes synchronously: it goes to memory, and the thread pool may be full of running queries. */
  write(pieces: readonly Uint8Array[]): void {
    const total = pieces.reduce((bytes, piece) => bytes + piece.length, 0);
    let at = 0;
    let rest = [...pieces];
    while (at < total) {
      let written = writevSync(this.#file, rest, at);
      at += written;
      while (rest.length > 0 && written >= rest[0]!.length) written -= rest.shift()!.length;
      if (rest.length > 0 && written > 0) rest = [rest[0]!.subarray(written), ...rest.slice(1)];
    }
    ftruncateSync(this.#file, total);
  }

  close(): void {
    closeSync(this.#file);
    rmSync(this.path, { force: true });
  }
}
