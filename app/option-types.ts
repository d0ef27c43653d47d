/**
 * How the text of an option becomes a value. A type answers `undefined` for text that it cannot take and says in
 * `expected` what it would have taken; the resolver turns that into one message for the user.
 */

import { isIP } from 'node:net';
import type { GivenStart } from './recovery/replay-plan.ts';

export interface OptionType<T> {
  /** Completes the sentence "expected …". */
  readonly expected: string;
  /** The value, or undefined when the text is not one. */
  readonly parse: (text: string) => T | undefined;
  /** How a default of this type is written in help and docs; text form by default. */
  readonly format?: (value: T) => string;
}

export const text = (expected: string, pattern = /^[^\0\r\n]+$/): OptionType<string> => ({
  expected,
  parse: (value) => (pattern.test(value) ? value : undefined),
});

const SWITCH_WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  1: true,
  yes: true,
  on: true,
  false: false,
  0: false,
  no: false,
  off: false,
};

export const onOff: OptionType<boolean> = {
  expected: 'true or false',
  parse: (value) => SWITCH_WORDS[value.toLowerCase()],
};

export const choice = <const T extends string>(...values: readonly T[]): OptionType<T> => ({
  expected: `one of ${values.join(', ')}`,
  parse: (value) => values.find((candidate) => candidate === value.toLowerCase()),
});

export const integer = (min: number, max: number): OptionType<number> => ({
  expected: `a whole number from ${min} to ${max}`,
  parse: (value) => {
    if (!/^-?\d{1,16}$/.test(value)) return undefined;
    const number = Number(value);
    return number >= min && number <= max ? number : undefined;
  },
});

export const decimal = (min: number, max: number): OptionType<number> => ({
  expected: `a number from ${min} to ${max}`,
  parse: (value) => {
    if (!/^\d+(\.\d+)?$/.test(value)) return undefined;
    const number = Number(value);
    return number >= min && number <= max ? number : undefined;
  },
});

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
};

/** A number of bytes, as `10G`, `512M` or plain; 1K is 1024. */
export const bytes = (min: number): OptionType<number> => ({
  expected: `a size of at least ${formatBytes(min)}, such as 512M or 10G`,
  parse: (value) => {
    const match = /^(\d{1,15})\s*([KMGT]?)(?:i?B)?$/i.exec(value);
    if (!match) return undefined;
    const size = Number(match[1]) * BYTE_UNITS[match[2]!.toUpperCase()]!;
    return Number.isSafeInteger(size) && size >= min ? size : undefined;
  },
  format: formatBytes,
});

function formatBytes(size: number): string {
  const units = Object.entries(BYTE_UNITS).reverse();
  const [name, factor] = units.find(([, unit]) => size >= unit && size % unit === 0) ?? ['', 1];
  return `${size / factor}${name}`;
}

const MS_BY_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A duration in milliseconds, written `60s`, `5m` or `1h`. */
export const duration = (minMs: number, maxMs: number): OptionType<number> => ({
  expected: `a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, such as 60s or 5m`,
  parse: (value) => {
    const match = /^(\d{1,9})(ms|s|m|h)$/.exec(value);
    if (!match) return undefined;
    const length = Number(match[1]) * MS_BY_UNIT[match[2]!]!;
    return length >= minMs && length <= maxMs ? length : undefined;
  },
  format: formatDuration,
});

function formatDuration(ms: number): string {
  const units = Object.entries(MS_BY_UNIT).reverse();
  const [name, factor] = units.find(([, unit]) => ms >= unit && ms % unit === 0) ?? ['ms', 1];
  return `${ms / factor}${name}`;
}

/** A share in percent, `10%`, or a number of rows. */
export const sampleSize: OptionType<{ readonly percent: number } | { readonly rows: number }> = {
  expected: 'a share such as 10%, above 0% and up to 100%, or a whole number of rows from 1 to 1000000000',
  parse: (value) => {
    const match = /^(\d{1,9}(?:\.\d{1,6})?)%$/.exec(value);
    const percent = Number(match?.[1]);
    if (match) return percent > 0 && percent <= 100 ? { percent } : undefined;
    const rows = integer(1, 1_000_000_000).parse(value);
    return rows === undefined ? undefined : { rows };
  },
  format: (value) => ('percent' in value ? `${value.percent}%` : String(value.rows)),
};

const INSTANT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/** A place in the change log: a commit time, so long ago, or an event's `seq`; or the name of a store of history. */
export const replayStart: OptionType<GivenStart> = {
  expected: 'a time such as 2026-11-23T08:00:00Z, a duration such as 2h, or the seq of an event',
  parse: (value) => {
    if (value === 'raw' || value === 'lake') return { kind: 'store', store: value };
    const ms = duration(1, 3_650 * 86_400_000).parse(value);
    if (ms !== undefined) return { kind: 'ago', ms };
    const seq = integer(0, Number.MAX_SAFE_INTEGER).parse(value);
    if (seq !== undefined) return { kind: 'seq', seq };
    const timeMs = INSTANT.test(value) ? Date.parse(value) : NaN;
    return Number.isNaN(timeMs) ? undefined : { kind: 'time', timeMs };
  },
  format: (value) => {
    if (value.kind === 'ago') return formatDuration(value.ms);
    if (value.kind === 'store') return value.store;
    return value.kind === 'seq' ? String(value.seq) : new Date(value.timeMs).toISOString();
  },
};

/** A value that may be switched off by the word `none`. */
export const orNone = <T>(type: OptionType<T>): OptionType<T | null> => ({
  expected: `${type.expected}, or none`,
  parse: (value) => (value.toLowerCase() === 'none' ? null : type.parse(value)),
  format: (value) => (value === null ? 'none' : (type.format ?? String)(value)),
});

/** Comma-separated items of one pattern. */
export const list = (expected: string, item: RegExp): OptionType<readonly string[]> => ({
  expected,
  parse: (value) => {
    const items = value.split(',').map((part) => part.trim());
    return items.every((part) => item.test(part)) ? items : undefined;
  },
  format: (value) => value.join(','),
});

export const tableGlobs = list(
  'table names separated by commas, where * stands for anything, such as llx_ticket,llx_societe*',
  /^[\p{L}\p{N}_$*?-]{1,64}$/u,
);

export const columnGlobs = list(
  'table.column names separated by commas, where * stands for anything, such as llx_user.email,*.note_private',
  /^[\p{L}\p{N}_$*?-]{1,64}\.[\p{L}\p{N}_$*?-]{1,64}$/u,
);

export interface HostPort {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export const hostPort: OptionType<HostPort> = {
  expected: 'HOST:PORT, such as 127.0.0.1:8686 (port 0: any free port)',
  parse: (value) => {
    const match = /^(\[[\da-fA-F:.]+\]|[\w.-]+):(\d{1,5})$/.exec(value);
    if (!match) return undefined;
    const port = Number(match[2]);
    return port <= 65_535 ? { host: match[1]!.replace(/^\[|\]$/g, ''), port } : undefined;
  },
  format: (value) => `${value.host.includes(':') ? `[${value.host}]` : value.host}:${value.port}`,
};

/** Whether only this machine reaches what listens there. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

export const httpUrl: OptionType<string> = {
  expected: 'a URL that starts with http:// or https://',
  parse: (value) => {
    if (!URL.canParse(value)) return undefined;
    const { protocol, href } = new URL(value);
    return protocol === 'http:' || protocol === 'https:' ? href : undefined;
  },
};

export const timeZone: OptionType<string> = {
  expected: 'a time zone of the IANA list, such as Europe/Paris or UTC',
  parse: (value) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: value });
      return value;
    } catch {
      return undefined; // The only thing that constructor refuses here is the zone.
    }
  },
};

/** A system locale counts too: `fr_FR.UTF-8` is French. */
export const locale: OptionType<'fr' | 'en'> = {
  expected: 'fr or en',
  parse: (value) => {
    const language = /^(fr|en)(?:[_.-].*)?$/i.exec(value)?.[1]?.toLowerCase();
    return language === 'fr' || language === 'en' ? language : undefined;
  },
};
