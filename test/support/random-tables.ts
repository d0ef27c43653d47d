/** Tables with random columns of every type that MariaDB has, random character sets and random keys. */
import type { Random } from '../../simulator/random.ts';
import { CHARSETS } from './random-values.ts';

const MAX_COLUMNS = 12;

type Declare = (random: Random) => string;

const fixed =
  (...declarations: string[]): Declare =>
  (random) =>
    random.pick(declarations);
const withPlaces =
  (name: string): Declare =>
  (random) =>
    `${name}(${random.int(0, 6)})`;
const withCharset =
  (declare: Declare): Declare =>
  (random) =>
    `${declare(random)} CHARACTER SET ${random.pick(CHARSETS)}`;

const decimal: Declare = (random) => {
  if (random.chance(0.3))
    return random.pick([
      'DECIMAL(65,30)',
      'DECIMAL(65,0)',
      'DECIMAL(38,38)',
      'DECIMAL(30,30)',
      'DECIMAL(24,8)',
    ]);
  const precision = random.int(1, 65);
  return `DECIMAL(${precision},${random.int(0, Math.min(precision, 38))})${random.chance(0.2) ? ' UNSIGNED' : ''}`;
};

/** Types that a key may be of; texts are short enough for several of them in one key. */
const KEY_TYPES: readonly Declare[] = [
  fixed('TINYINT', 'SMALLINT UNSIGNED', 'MEDIUMINT', 'INT', 'INT UNSIGNED', 'BIGINT', 'BIGINT UNSIGNED'),
  fixed('INT(6) ZEROFILL'),
  decimal,
  fixed('DOUBLE', 'FLOAT'),
  fixed('DATE', 'YEAR'),
  withPlaces('DATETIME'),
  withPlaces('TIME'),
  withCharset((random) => `VARCHAR(${random.int(4, 40)})`),
  withCharset((random) => `CHAR(${random.int(4, 30)})`),
  (random) => `VARBINARY(${random.int(4, 20)})`,
  fixed('BINARY(8)', 'BIT(33)', 'UUID', 'INET6', 'INET4'),
  fixed("ENUM('zoé','a','m n')", "SET('z','a','b')"),
];

const TYPES: readonly Declare[] = [
  ...KEY_TYPES,
  fixed(
    'TINYINT UNSIGNED',
    'TINYINT(1)',
    'MEDIUMINT UNSIGNED',
    'SMALLINT',
    'INT',
    'BIGINT',
    'BIGINT UNSIGNED',
  ),
  decimal,
  fixed('FLOAT', 'DOUBLE', 'DOUBLE(24,8)', 'FLOAT(10,3)', 'DOUBLE UNSIGNED', 'FLOAT UNSIGNED'),
  (random) => `BIT(${random.int(1, 64)})`,
  withPlaces('DATETIME'),
  withPlaces('TIMESTAMP'),
  withPlaces('TIME'),
  withCharset((random) => `CHAR(${random.pick([1, 10, 255])})`),
  withCharset((random) => `VARCHAR(${random.pick([1, 20, 255, 600])})`),
  withCharset(fixed('TINYTEXT', 'TEXT', 'MEDIUMTEXT', 'LONGTEXT')),
  withCharset(fixed("ENUM('x','','it''s','a,b')", "SET('x','y z','it''s')")),
  (random) => `BINARY(${random.pick([1, 16, 255])})`,
  (random) => `VARBINARY(${random.pick([1, 20, 300])})`,
  fixed('TINYBLOB', 'BLOB', 'MEDIUMBLOB', 'LONGBLOB'),
  fixed('JSON'),
  fixed('GEOMETRY', 'POINT', 'LINESTRING', 'POLYGON', 'MULTIPOINT', 'MULTILINESTRING', 'MULTIPOLYGON'),
  fixed('GEOMETRYCOLLECTION'),
];

/** Names that need quoting, or become the same name in Avro. */
const NAMES = [
  'c',
  'Col',
  'prix unitaire',
  'prix-unitaire',
  'été',
  '1st',
  'select',
  'after',
  '_seq',
  'rowid',
];

/** A CREATE TABLE statement. `name` needs no quoting. */
export function randomTable(name: string, random: Random): string {
  const keys = random.weighted([
    { weight: 2, count: 0 },
    { weight: 6, count: 1 },
    { weight: 3, count: 2 },
    { weight: 1, count: 3 },
  ]).count;
  const key = Array.from({ length: keys }, (_, index) => ({
    name: `\`key ${index}\``,
    declaration: `${random.pick(KEY_TYPES)(random)} NOT NULL`,
  }));
  const others = Array.from({ length: random.int(1, MAX_COLUMNS) }, (_, index) => ({
    name: `\`${random.pick(NAMES)}${index}\``,
    declaration: `${random.pick(TYPES)(random)} ${random.chance(0.3) ? 'NOT NULL' : 'NULL'}`,
  }));
  // The key's columns stand anywhere, and need not be in the key's order.
  const columns = [...key, ...others].map((column) => ({ column, at: random.next() }));
  const list = columns
    .sort((a, b) => a.at - b.at)
    .map(({ column }) => `${column.name} ${column.declaration}`);
  const primary = keys === 0 ? [] : [`PRIMARY KEY (${key.map((column) => column.name).join(', ')})`];
  return `CREATE TABLE ${name} (${[...list, ...primary].join(', ')}) CHARACTER SET ${random.pick(['utf8mb3', 'utf8mb4', 'latin1'])} ROW_FORMAT=DYNAMIC`;
}
