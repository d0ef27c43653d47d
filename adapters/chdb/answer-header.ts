/** How long the names and types of the columns are at the beginning of an answer, in the formats that begin with them. */

/** Bytes of lines that end with a line feed; names have theirs escaped. */
const lines =
  (count: number) =>
  (bytes: Uint8Array): number => {
    let at = 0;
    for (let line = 0; line < count; line += 1) {
      const end = bytes.indexOf(0x0a, at);
      if (end < 0) return bytes.length;
      at = end + 1;
    }
    return at;
  };

const QUOTE = 0x22;

/** The same of CSV, where a line feed inside quotes is part of a name. */
const csvLines =
  (count: number) =>
  (bytes: Uint8Array): number => {
    let [isQuoted, ended, at] = [false, 0, 0];
    for (; at < bytes.length && ended < count; at += 1) {
      if (bytes[at] === QUOTE) isQuoted = !isQuoted;
      else if (bytes[at] === 0x0a && !isQuoted) ended += 1;
    }
    return at;
  };

/** A number of seven bits per byte, and where it ends. */
function readVarint(bytes: Uint8Array, from: number): readonly [value: number, end: number] {
  let [value, at, scale] = [0, from, 1];
  for (; at < bytes.length; at += 1, scale *= 128) {
    const byte = bytes[at]!;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  return [value, at + 1];
}

/** A number of columns, then texts: so many of each kind. */
const binary =
  (kinds: number) =>
  (bytes: Uint8Array): number => {
    const [columns, start] = readVarint(bytes, 0);
    let at = start;
    for (let text = 0; text < columns * kinds; text += 1) {
      const [length, begin] = readVarint(bytes, at);
      at = begin + length;
    }
    return at;
  };

const LENGTHS: ReadonlyMap<string, (bytes: Uint8Array) => number> = new Map([
  ['rowbinarywithnames', binary(1)],
  ['rowbinarywithnamesandtypes', binary(2)],
  ['csvwithnames', csvLines(1)],
  ['csvwithnamesandtypes', csvLines(2)],
  ...[
    'tsv',
    'tabseparated',
    'tsvraw',
    'tabseparatedraw',
    'jsoncompacteachrow',
    'jsoncompactstringseachrow',
  ].flatMap((format) => [
    [`${format}withnames`, lines(1)] as const,
    [`${format}withnamesandtypes`, lines(2)] as const,
  ]),
]);

/** null: the format has none. */
export const headerLength = (format: string): ((bytes: Uint8Array) => number) | null =>
  LENGTHS.get(format.toLowerCase()) ?? null;
