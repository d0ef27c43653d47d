/** Random values for a column of any type, as SQL literals, the extremes of the type more often than not. */
import type { Random } from '../../simulator/random.ts';

export interface SourceColumn {
  readonly name: string;
  /** COLUMN_TYPE of information_schema, e.g. `decimal(24,8) unsigned` or `enum('a','b')`. */
  readonly declaration: string;
  /** null for columns that hold no text. */
  readonly charset: string | null;
  readonly nullable: boolean;
  readonly inKey: boolean;
  /** Its value is the server's: computed, or counted up. */
  readonly isMade: boolean;
}

const NULL_CHANCE = 0.15;
const EXTREME_CHANCE = 0.45;
const INT_BYTES: Readonly<Record<string, number>> = {
  ...{ tinyint: 1, smallint: 2, mediumint: 3, int: 4, bigint: 8 },
};
/** What ASCII-only sets can hold, quotes and backslashes included: they have to survive every text format on the way. */
const ASCII = [...`abcXYZ019 .,;:'"\\\`%_-+*/<>&#\t\n`];
const LETTERS: Readonly<Record<string, string>> = {
  latin1: 'éàçßÿŒœ€“ñÅ',
  latin2: 'ąłżřŠćő',
  latin5: 'ğışéÖ',
  latin7: 'ąčėįšųž',
  cp1250: 'ąłżřŠ€ő',
  cp1251: 'привет№Ж',
  cp1256: 'سلامé',
  cp1257: 'ąčėįšų€',
  cp850: 'éàçßñÅ',
  cp852: 'ąłżřŠ',
  cp866: 'приветЖ',
  greek: 'Ελλάς',
  hebrew: 'שלום',
  koi8r: 'привет',
  koi8u: 'привітї',
  tis620: 'สวัสดี',
  utf8mb3: 'éß日本Ωпри€\u0301\u2028',
  ucs2: 'éß日本Ωпри€',
  utf8mb4: 'é日本😀👷‍♂️𝄞Ω\u0301',
  utf16: 'é日本😀𝄞Ω',
  utf16le: 'é日本😀𝄞Ω',
  utf32: 'é日本😀𝄞Ω',
  big5: '日本中文',
  gbk: '日本中文',
  gb2312: '日本中文',
  euckr: '한국어日',
  ujis: '日本語カタ',
  eucjpms: '日本語カタ',
  cp932: '日本語ｶﾀ',
  sjis: '日本語ｶﾀ',
};
/** Sets that random tables are made with; those without letters of their own are left to ASCII. */
export const CHARSETS: readonly string[] = ['ascii', ...Object.keys(LETTERS)];

const TEXT_LENGTHS: Readonly<Record<string, number>> = {
  tinytext: 60,
  text: 3_000,
  mediumtext: 40_000,
  longtext: 90_000,
};
const BLOB_LENGTHS: Readonly<Record<string, number>> = {
  tinyblob: 255,
  blob: 3_000,
  mediumblob: 40_000,
  longblob: 90_000,
};

/** A literal that the column takes in a session without strict mode and with zero dates allowed. */
export function randomLiteral(column: SourceColumn, random: Random): string {
  if (column.nullable && !column.inKey && random.chance(NULL_CHANCE)) return 'NULL';
  const match = /^(\w+)(?:\((.*)\))?(.*)$/s.exec(column.declaration)!;
  const name = match[1]!.toLowerCase();
  const type = { name, size: match[2] ?? '', isUnsigned: /unsigned|zerofill/i.test(match[3]!) };
  if (name in INT_BYTES) return randomInteger(type, random);
  if (name === 'enum' || name === 'set') return randomMembers(type, random);
  if (column.inKey && name in MOMENTS) return MOMENTS[name]!(type, random);
  const make = MAKERS[name];
  if (make) return make(type, random);
  return isText(name) ? randomText(column, type, random) : randomBytes(type, random);
}

interface Declared {
  readonly name: string;
  readonly size: string;
  readonly isUnsigned: boolean;
}

type Maker = (type: Declared, random: Random) => string;

const quoted = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;
const firstNumber = (size: string, otherwise: number): number => Number(size.split(',')[0] || otherwise);
const isText = (name: string): boolean => name.endsWith('char') || name.endsWith('text');
const times = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index));

function randomInteger({ name, isUnsigned }: Declared, random: Random): string {
  const bits = BigInt(INT_BYTES[name]! * 8);
  const lowest = isUnsigned ? 0n : -(1n << (bits - 1n));
  const highest = (1n << (isUnsigned ? bits : bits - 1n)) - 1n;
  if (random.chance(EXTREME_CHANCE)) {
    return String(random.pick([lowest, highest, 0n, 1n, highest - 1n, isUnsigned ? 2n : -1n]));
  }
  // As many small numbers as large ones.
  const range = (1n << BigInt(random.int(1, Number(bits)))) - 1n;
  const value = BigInt(Math.floor(random.next() * 2 ** 53)) * BigInt(Math.floor(random.next() * 2 ** 11));
  return String(lowest + ((value % (highest - lowest + 1n)) & range));
}

const digits = (count: number, random: Random): string =>
  times(count, () => String(random.int(0, 9))).join('');

const randomDecimal: Maker = ({ size, isUnsigned }, random) => {
  const [precision = 10, scale = 0] = size.split(',').map(Number);
  const whole = precision - scale;
  const sign = isUnsigned || random.chance(0.5) ? '' : '-';
  if (random.chance(EXTREME_CHANCE)) {
    const least = scale > 0 ? `0.${'0'.repeat(scale - 1)}1` : '1';
    const most = `${'9'.repeat(whole) || '0'}${scale > 0 ? `.${'9'.repeat(scale)}` : ''}`;
    return sign + random.pick([least, most, '0']);
  }
  const before = digits(random.int(0, whole), random) || '0';
  return `${sign}${before}.${digits(random.int(0, scale), random)}0`;
};

const EXTREME_FLOATS = ['0', '0.1', '1.17549435e-38', '3.4028234e38', '16777217', '1e-45', '1234567.9'];
const EXTREME_DOUBLES = [
  ...['0', '0.1', '0.30000000000000004', '2.2250738585072014e-308', '1.7976931348623157e308'],
  ...['9007199254740993', '123456789.12345678', '5e-324', '1e22', '1e21', '1e-7'],
];

const randomFloat: Maker = ({ name, size, isUnsigned }, random) => {
  const sign = isUnsigned || random.chance(0.5) ? '' : '-';
  if (size !== '') return randomDecimal({ name, size, isUnsigned }, random);
  const extremes = name === 'float' ? EXTREME_FLOATS : EXTREME_DOUBLES;
  if (random.chance(EXTREME_CHANCE)) return sign + random.pick(extremes);
  const exponent = random.int(-30, 30);
  return `${sign}${random.next() * 10 ** exponent}`;
};

const two = (value: number): string => String(value).padStart(2, '0');
const randomDay = (from: number, to: number, random: Random): string =>
  `${String(random.int(from, to)).padStart(4, '0')}-${two(random.int(1, 12))}-${two(random.int(1, 28))}`;
const randomClock = (random: Random): string =>
  `${two(random.int(0, 23))}:${two(random.int(0, 59))}:${two(random.int(0, 59))}`;
const fraction = (size: string, random: Random): string => {
  const places = firstNumber(size, 0);
  if (places === 0) return '';
  return `.${random.pick([digits(places, random), '9'.repeat(places), `${'0'.repeat(places - 1)}1`])}`;
};

const EXTREME_DAYS = ['0001-01-01', '1000-01-01', '1582-10-15', '1899-12-31', '1969-12-31', '9999-12-31'];
const ZERO_DAYS = ['0000-00-00', '2024-00-00', '2024-02-00'];

/** A zero date in a key counts as day 0 in the log, so keys with one cannot be told from those with 1970-01-01. */
const MOMENTS: Readonly<Record<string, Maker>> = {
  date: (_, random) => `'${random.pick([...EXTREME_DAYS, randomDay(1, 9999, random)])}'`,
  datetime: ({ size }, random) =>
    `'${random.pick([...EXTREME_DAYS, randomDay(1, 9999, random)])} ${randomClock(random)}${fraction(size, random)}'`,
};

const randomDate: Maker = (_, random) =>
  random.chance(EXTREME_CHANCE)
    ? `'${random.pick([...EXTREME_DAYS, ...ZERO_DAYS])}'`
    : `'${randomDay(1, 9999, random)}'`;

const randomDatetime: Maker = ({ size }, random) => {
  if (random.chance(0.1)) return "'0000-00-00 00:00:00'";
  const day = random.chance(EXTREME_CHANCE) ? random.pick(EXTREME_DAYS) : randomDay(1, 9999, random);
  const clock = random.pick(['00:00:00', '23:59:59', randomClock(random)]);
  return `'${day} ${clock}${fraction(size, random)}'`;
};

const randomTimestamp: Maker = ({ size }, random) => {
  const extremes = ['1970-01-01 00:00:01', '2038-01-19 03:14:06', '2026-03-29 01:30:00'];
  if (random.chance(0.1)) return "'0000-00-00 00:00:00'";
  const at = random.chance(EXTREME_CHANCE)
    ? random.pick(extremes)
    : `${randomDay(1971, 2037, random)} ${randomClock(random)}`;
  return `'${at}${fraction(size, random)}'`;
};

const randomTime: Maker = ({ size }, random) => {
  const sign = random.chance(0.5) ? '-' : '';
  if (random.chance(EXTREME_CHANCE)) {
    const extremes = ['838:59:59', '00:00:00', '00:00:01', '24:00:00', '100:00:00'];
    return `'${sign}${random.pick(extremes)}${fraction(size, random)}'`;
  }
  const [minutes, seconds] = [two(random.int(0, 59)), two(random.int(0, 59))];
  return `'${sign}${random.int(0, 837)}:${minutes}:${seconds}${fraction(size, random)}'`;
};

const randomBit: Maker = ({ size }, random) => {
  const width = firstNumber(size, 1);
  return `b'${random.pick(['0', '1'.repeat(width), times(width, () => random.int(0, 1)).join('')])}'`;
};

function randomMembers({ name, size }: Declared, random: Random): string {
  const members = [...size.matchAll(/'((?:[^']|'')*)'/g)].map((match) => match[1]!.replaceAll("''", "'"));
  // A member that there is none of becomes the empty text, number 0.
  if (name === 'enum') return random.chance(0.1) ? '0' : quoted(random.pick(members));
  return quoted(members.filter(() => random.chance(0.5)).join(','));
}

function randomText(column: SourceColumn, { name, size }: Declared, random: Random): string {
  const most = TEXT_LENGTHS[name] ?? firstNumber(size, 1);
  const length = column.inKey ? Math.min(most, 12) : random.pick([0, 1, Math.min(most, 9), most]);
  const letters = [...(LETTERS[column.charset ?? ''] ?? ''), ...ASCII];
  // A long text is a short one again and again: what it is made of matters, not how it goes on.
  const piece = times(Math.min(length, 40), () => random.pick(letters)).join('');
  const text = [...piece.repeat(Math.ceil(length / Math.max(1, [...piece].length)))]
    .slice(0, length)
    .join('');
  // CHAR loses the spaces at its end, and a key with a space at the end is the same key as without.
  return quoted(column.inKey ? text.trimEnd() : text);
}

function randomBytes({ name, size }: Declared, random: Random): string {
  const most = BLOB_LENGTHS[name] ?? firstNumber(size, 1);
  const length = random.pick([0, 1, Math.min(most, 12), most]);
  const piece = times(Math.min(length, 64), () => random.pick([0, 0x20, 0xff, random.int(0, 255)]));
  const hex = piece.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `x'${hex.repeat(Math.ceil(length / Math.max(1, piece.length))).slice(0, length * 2)}'`;
}

const randomPoint = (random: Random): string => `${random.int(-180, 180)}.5 ${random.int(-90, 90)}.25`;
const ring = '0 0, 10 0, 10 10, 0 10, 0 0';

const SHAPES: Readonly<Record<string, (random: Random) => string>> = {
  point: (random) => `POINT(${randomPoint(random)})`,
  linestring: (random) => `LINESTRING(0 0, ${randomPoint(random)})`,
  polygon: () => `POLYGON((${ring}))`,
  multipoint: (random) => `MULTIPOINT(1 1, ${randomPoint(random)})`,
  multilinestring: (random) => `MULTILINESTRING((0 0, ${randomPoint(random)}), (1 1, 2 2))`,
  multipolygon: () => `MULTIPOLYGON(((${ring})))`,
  geometrycollection: (random) => `GEOMETRYCOLLECTION(POINT(${randomPoint(random)}), LINESTRING(0 0, 1 1))`,
};

const randomShape: Maker = ({ name }, random) => {
  const shape = SHAPES[name] ?? random.pick(Object.values(SHAPES));
  return `ST_GeomFromText('${shape(random)}', ${random.pick([0, 4326])})`;
};

const hexDigits = (count: number, random: Random): string =>
  times(count, () => random.int(0, 15).toString(16)).join('');

const randomUuid: Maker = (_, random) => {
  if (random.chance(0.2)) return "'00000000-0000-0000-0000-000000000000'";
  const parts = [8, 4, 4, 4, 12].map((count) => hexDigits(count, random));
  return `'${parts.join('-')}'`;
};

const randomJson: Maker = (_, random) =>
  quoted(
    JSON.stringify(
      random.pick<unknown>([
        null,
        [],
        { a: [1, 2.5, { b: null }] },
        { 'é "x"': 'l’eau 😀 \\ \n', n: random.int(-9, 9) },
        digits(30, random),
      ]),
    ),
  );

const MAKERS: Readonly<Record<string, Maker>> = {
  decimal: randomDecimal,
  float: randomFloat,
  double: randomFloat,
  date: randomDate,
  datetime: randomDatetime,
  timestamp: randomTimestamp,
  time: randomTime,
  year: (_, random) => random.pick(['0', '1901', '2155', String(random.int(1901, 2155))]),
  bit: randomBit,
  uuid: randomUuid,
  inet4: (_, random) =>
    `'${random.pick(['0.0.0.0', '255.255.255.255', times(4, () => random.int(0, 255)).join('.')])}'`,
  inet6: (_, random) =>
    `'${random.pick(['::', '::1', '::ffff:192.0.2.1', times(8, () => hexDigits(4, random)).join(':')])}'`,
  json: randomJson,
  geometry: randomShape,
  ...Object.fromEntries(Object.keys(SHAPES).map((name) => [name, randomShape])),
};
