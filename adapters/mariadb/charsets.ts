/** Character sets of the server, turned into UTF-8. */
import iconv from 'iconv-lite';
import { DolistreamError } from '../../core/errors.ts';

/** Sets whose bytes are UTF-8 already. */
const UTF8 = new Set(['utf8mb4', 'utf8mb3', 'utf8', 'ascii']);

/** Names that iconv-lite calls otherwise. The multi-byte sets of MariaDB are big-endian unless they say `le`. */
const ICONV_NAMES: Readonly<Record<string, string>> = {
  latin1: 'win1252',
  latin2: 'iso-8859-2',
  latin5: 'iso-8859-9',
  latin7: 'iso-8859-13',
  greek: 'iso-8859-7',
  hebrew: 'iso-8859-8',
  koi8r: 'koi8-r',
  koi8u: 'koi8-u',
  tis620: 'tis-620',
  ucs2: 'utf-16be',
  utf16: 'utf-16be',
  utf16le: 'utf-16le',
  utf32: 'utf-32be',
  ujis: 'euc-jp',
  eucjpms: 'euc-jp',
  euckr: 'euc-kr',
  gb2312: 'gbk',
  macroman: 'macroman',
  cp932: 'shift_jis',
  sjis: 'shift_jis',
};

/** Turns text bytes of a column into UTF-8 bytes; null when they are UTF-8 as they stand. */
export type ToUtf8 = ((bytes: Uint8Array) => Buffer) | null;

const range = (from: number, to: number): [number, number][] =>
  Array.from({ length: to - from + 1 }, (_, index) => [from + index, from + index]);

/**
 * Sets of one byte a character in which MariaDB takes some bytes for others than iconv-lite does: byte and code point.
 * Asked of the server for every byte (test/adapters/mariadb/charsets.test.ts).
 */
const OWN_BYTES: Readonly<Record<string, ReadonlyMap<number, number>>> = {
  // Windows-1252 with the five holes filled by the control characters of the same number.
  latin1: new Map([0x81, 0x8d, 0x8f, 0x90, 0x9d].map((byte) => [byte, byte])),
  armscii8: new Map([
    ...([
      [0xa1, 0x2741],
      [0xa2, 0xa7],
      [0xad, 0x55f],
    ] as const),
    ...([
      [0xfe, 0x2019],
      [0xff, 0x27],
    ] as const),
  ]),
  cp866: new Map([
    [0xfc, 0x207f],
    [0xfd, 0xb2],
  ]),
  greek: new Map([
    [0xa1, 0x2bd],
    [0xa2, 0x2bc],
  ]),
  hebrew: new Map([[0xaf, 0x203e]]),
  koi8u: new Map([[0x95, 0x2022]]),
  macroman: new Map([
    [0xbd, 0x3a9],
    [0xdb, 0x20ac],
    [0xf0, 0xf8ff],
  ]),
  tis620: new Map(range(0x80, 0x9f)),
};

/** Sets of several bytes a character: what iconv-lite makes of some of them, and what MariaDB does. */
const JIS_SIGNS = ['＼～∥－￠￡￢', '\\〜‖−¢£¬'] as const;
const OWN_SIGNS: Readonly<Record<string, readonly [from: string, to: string]>> = {
  sjis: JIS_SIGNS,
  ujis: JIS_SIGNS,
  gb2312: ['·—', '・―'],
};

const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte < 0x80);

function fromTable(name: string, own: ReadonlyMap<number, number>): (bytes: Uint8Array) => Buffer {
  const table = Array.from({ length: 256 }, (_, byte) => {
    const code = own.get(byte);
    return code === undefined ? iconv.decode(Buffer.of(byte), name) : String.fromCodePoint(code);
  });
  return (bytes) => {
    if (isAscii(bytes)) return Buffer.from(bytes);
    let text = '';
    for (const byte of bytes) text += table[byte]!;
    return Buffer.from(text, 'utf8');
  };
}

function withOwnSigns(name: string, [from, to]: readonly [string, string]): (bytes: Uint8Array) => Buffer {
  const signs = new Map([...from].map((sign, index) => [sign, [...to][index]!]));
  const pattern = new RegExp(`[${from}]`, 'gu');
  return (bytes) => {
    const text = iconv.decode(Buffer.from(bytes), name);
    return Buffer.from(
      text.replace(pattern, (sign) => signs.get(sign)!),
      'utf8',
    );
  };
}

export function toUtf8(charset: string): ToUtf8 {
  if (UTF8.has(charset)) return null;
  const name = ICONV_NAMES[charset] ?? charset;
  if (!iconv.encodingExists(name)) {
    throw new DolistreamError('SOURCE_EVENT_UNSUPPORTED', `Character set ${charset} cannot be decoded`, {
      fix: `Convert the column to utf8mb4, or exclude its table with --exclude-tables`,
    });
  }
  const [ownBytes, ownSigns] = [OWN_BYTES[charset], OWN_SIGNS[charset]];
  if (ownBytes) return fromTable(name, ownBytes);
  if (ownSigns) return withOwnSigns(name, ownSigns);
  return (bytes) => Buffer.from(iconv.decode(Buffer.from(bytes), name), 'utf8');
}
