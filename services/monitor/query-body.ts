/**
 * The body of a request for the ClickHouse endpoint: SQL, or a form that holds it, compressed as HTTP has it
 * (Content-Encoding) or as ClickHouse does (`decompress=1`).
 */
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { ClickHouseError } from './clickhouse-error.ts';
import { decompressLz4Frame } from './lz4-frame.ts';
import { decompressNative } from './native-compression.ts';

export interface RawBody {
  readonly bytes: Buffer;
  readonly contentType: string;
  /** Content-Encoding; '' when there is none. */
  readonly coding: string;
  /** `decompress=1`. */
  readonly isNative: boolean;
}

export interface QueryBody {
  readonly sql: string;
  /** Fields of a form, the query left out: parameters as those of the URL. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** Of a statement that came compressed, bytes. */
const MAX_BYTES = 4_000_000;

const BOUNDED = { maxOutputLength: MAX_BYTES };

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => gunzipSync(bytes, BOUNDED),
  deflate: (bytes) => inflateSync(bytes, BOUNDED),
  br: (bytes) => brotliDecompressSync(bytes, BOUNDED),
  lz4: (bytes) => decompressLz4Frame(bytes, MAX_BYTES),
};

const refuse = (text: string): never => {
  throw new ClickHouseError('BAD_ARGUMENTS', text);
};

function decode(bytes: Buffer, coding: string): Buffer {
  if (coding === '' || coding === 'identity' || bytes.length === 0) return bytes;
  const decoder = DECODERS[coding];
  if (!decoder) {
    const known = Object.keys(DECODERS).join(', ');
    return refuse(`The body is encoded as ${JSON.stringify(coding.slice(0, 100))}; send it as ${known}`);
  }
  try {
    return decoder(bytes);
  } catch {
    throw new ClickHouseError(
      'CANNOT_DECOMPRESS',
      `The body is not ${coding}, or longer than ${MAX_BYTES} bytes`,
    );
  }
}

/** The name of a part, or null when it is a file: data of an external table, which nothing here takes. */
function partName(header: string): string | null {
  if (/;\s*filename\*?=/i.test(header)) return null;
  return /;\s*name="?([^";\r\n]*)"?/i.exec(header)?.[1] ?? null;
}

function readForm(bytes: Buffer, boundary: string): QueryBody {
  const fields: (readonly [string, string])[] = [];
  let sql = '';
  // Between boundaries; what stands before the first and after the last says nothing.
  for (const part of bytes.toString('utf8').split(`--${boundary}`).slice(1, -1)) {
    const split = part.indexOf('\r\n\r\n');
    const name = split < 0 ? null : partName(part.slice(0, split));
    if (name === null) return refuse('A form may hold the query and its parameters, no files');
    const value = part.slice(split + 4).replace(/\r\n$/, '');
    if (name === 'query') sql = value;
    else fields.push([name, value]);
  }
  return { sql, fields };
}

/** Throws BAD_ARGUMENTS and CANNOT_DECOMPRESS. */
export function readBody({ bytes, contentType, coding, isNative }: RawBody): QueryBody {
  const plain = decode(bytes, coding.trim().toLowerCase());
  const body = isNative ? decompressNative(plain, MAX_BYTES) : plain;
  const boundary = /^multipart\/form-data\s*;.*\bboundary="?([^";]{1,200})"?/i.exec(contentType)?.[1];
  return boundary === undefined ? { sql: body.toString('utf8'), fields: [] } : readForm(body, boundary);
}
