/** Colours for people at a terminal; none in a pipe, a file, or where NO_COLOR or TERM=dumb say so. */
import type { OutputStream } from './cli-io.ts';

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

export type Colour = keyof typeof CODES;
export type Paint = (colour: Colour, text: string) => string;

type Environment = Readonly<Record<string, string | undefined>>;

/** https://no-color.org: set to anything but nothing. */
export function paintFor(stream: OutputStream, env: Environment = process.env): Paint {
  const isPlain = stream.isTTY !== true || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return isPlain ? (_colour, text) => text : (colour, text) => `\u001b[${CODES[colour]}m${text}\u001b[0m`;
}
