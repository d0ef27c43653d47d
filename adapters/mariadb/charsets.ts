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

// MariaDB's latin1 is Windows-1252 with the five holes filled by the control characters of the same number.
const LATIN1_HOLES = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d]);
const LATIN1 = Array.from({ length: 256 }, (_, byte) =>
  LATIN1_HOLES.has(byte) ? String.fromCharCode(byte) : iconv.decode(Buffer.of(byte), 'win1252'),
);

const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte < 0x80);

function latin1ToUtf8(bytes: Uint8Array): Buffer {
  if (isAscii(bytes)) return Buffer.from(bytes);
  let text = '';
  for (const byte of bytes) text += LATIN1[byte]!;
  return Buffer.from(text, 'utf8');
}

export function toUtf8(charset: string): ToUtf8 {
  if (UTF8.has(charset)) return null;
  if (charset === 'latin1') return latin1ToUtf8;
  const name = ICONV_NAMES[charset] ?? charset;
  if (!iconv.encodingExists(name)) {
    throw new DolistreamError('SOURCE_EVENT_UNSUPPORTED', `Character set ${charset} cannot be decoded`, {
      fix: `Convert the column to utf8mb4, or exclude its table with --exclude-tables`,
    });
  }
  return (bytes) => Buffer.from(iconv.decode(Buffer.from(bytes), name), 'utf8');
}
