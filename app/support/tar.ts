/** A tar archive (POSIX ustar) of a few files in memory; nothing of the machine, as owner or mode, goes into it. */
import { DolistreamError } from '../../core/errors.ts';

export interface TarEntry {
  /** Relative, with `/`; up to 100 bytes. */
  readonly path: string;
  readonly content: Uint8Array;
}

const BLOCK = 512;

export function writeTar(entries: readonly TarEntry[], timeMs: number): Buffer {
  const parts = entries.flatMap(({ path, content }) => [
    header(path, content.length, timeMs),
    content,
    Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;

function header(path: string, bytes: number, timeMs: number): Buffer {
  if (Buffer.byteLength(path) > 100)
    throw new DolistreamError('INTERNAL', `The name ${path} is too long for tar`);
  const block = Buffer.alloc(BLOCK);
  block.write(path, 0);
  block.write(octal(0o600, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(bytes, 12), 124);
  block.write(octal(Math.floor(timeMs / 1000), 12), 136);
  // The checksum counts as spaces while it is summed up.
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
