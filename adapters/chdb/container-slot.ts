/**
 * chdb turns the body of an insert into text, which breaks binary formats, so a container is handed over as a file.
 * A slot keeps its files open and overwrites them in place: making and deleting a file per insert cost more than
 * the write itself (ext4 looks past every inode freed in the last seconds). Nothing waits for a disk: after a crash
 * the insert is repeated from the log.
 */
import { closeSync, ftruncateSync, openSync, rmSync, writevSync } from 'node:fs';
import { join } from 'node:path';

interface SlotFile {
  readonly path: string;
  readonly descriptor: number;
}

export class ContainerSlot {
  readonly #base: string;
  readonly #files: SlotFile[] = [];

  constructor(dir: string, index: number) {
    this.#base = join(dir, `insert-${index}`);
  }

  /**
   * Puts a container into the slot's file number `index` and returns its path. Synchronous: it goes to memory, and
   * the thread pool may be full of running queries.
   */
  write(index: number, pieces: readonly Uint8Array[]): string {
    const { path, descriptor } = this.#file(index);
    let at = 0;
    let rest = pieces;
    while (rest.length > 0) {
      let written = writevSync(descriptor, rest, at);
      at += written;
      const done = rest.findIndex((piece) => (written -= piece.length) < 0);
      rest = done < 0 ? [] : [rest[done]!.subarray(rest[done]!.length + written), ...rest.slice(done + 1)];
    }
    ftruncateSync(descriptor, at);
    return path;
  }

  close(): void {
    for (const { path, descriptor } of this.#files) {
      closeSync(descriptor);
      rmSync(path, { force: true });
    }
  }

  #file(index: number): SlotFile {
    while (this.#files.length <= index) {
      const path = `${this.#base}-${this.#files.length}.avro`;
      this.#files.push({ path, descriptor: openSync(path, 'w', 0o600) });
    }
    return this.#files[index]!;
  }
}
