/** Random DDL of every kind that Dolibarr, its modules, its upgrader and the tools of an administrator use. */
import type { Random } from '../../simulator/random.ts';
import { type LiveSchema, quoteName } from './live-schema.ts';
import type { SourceColumn } from './random-values.ts';

export interface DdlStep {
  readonly kind: string;
  /** To be run one after the other by one session. */
  readonly statements: readonly string[];
  /** Tables that may look different, be there, or be gone afterwards. */
  readonly touches: readonly string[];
}

/** Where a step takes its names from. */
interface Place {
  readonly table: string;
  readonly columns: readonly SourceColumn[];
  readonly schema: LiveSchema;
  readonly random: Random;
  /** Of the step: makes names that were not there before. */
  readonly number: number;
}

type MakeStep = (place: Place) => Omit<DdlStep, 'kind'> | null;

const NEW_TYPES = [
  ...['INT', 'BIGINT UNSIGNED', 'TINYINT', 'DECIMAL(24,8)', 'DOUBLE(24,8)', 'VARCHAR(128)', 'TEXT', 'DATE'],
  ...['DATETIME', 'TIMESTAMP NULL', 'TIME(3)', 'YEAR', "ENUM('oui','non','é')", "SET('a','b')", 'BLOB'],
  ...['VARBINARY(16)', 'BIT(7)', 'JSON', 'FLOAT', 'CHAR(12)', 'UUID', 'INET6', 'SMALLINT UNSIGNED'],
];
const DEFAULTED = [
  ...['INT NOT NULL DEFAULT 7', "VARCHAR(30) NOT NULL DEFAULT 'à faire'", 'DECIMAL(10,2) DEFAULT 1.25'],
  ...['TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP', "DATE NOT NULL DEFAULT '2026-01-01'", 'INT NOT NULL'],
  ...['VARCHAR(36) DEFAULT (UUID())', 'DATETIME DEFAULT NOW() ON UPDATE NOW()', 'TEXT NOT NULL'],
];
const KEYS = [
  ...[
    'code VARCHAR(40), PRIMARY KEY (code)',
    'rowid INT AUTO_INCREMENT PRIMARY KEY',
    'n BIGINT UNSIGNED PRIMARY KEY',
  ],
  ...[
    'amount DECIMAL(12,4), day DATE, PRIMARY KEY (day, amount)',
    'u UUID PRIMARY KEY',
    'h BINARY(8) PRIMARY KEY',
  ],
  ...["kind ENUM('z','a','m'), n INT, PRIMARY KEY (kind, n)", 't DATETIME(3) PRIMARY KEY', 'n INT, m INT'],
  ...[
    'code VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci, entity INT, PRIMARY KEY (entity, code)',
  ],
];
const NAMES = ['extra', 'prix unitaire', 'été', 'Majuscule', 'options_x'];

const one = (table: string, sql: string): Omit<DdlStep, 'kind'> => ({ statements: [sql], touches: [table] });
const alter = ({ table }: Place, ...clauses: string[]): Omit<DdlStep, 'kind'> =>
  one(table, `ALTER TABLE ${quoteName(table)} ${clauses.join(', ')}`);
const newName = ({ random, number }: Place): string => quoteName(`${random.pick(NAMES)}_${number}`);
const keyOf = ({ columns }: Place): SourceColumn[] => columns.filter(({ inKey }) => inKey);

function place({ columns, random }: Place): string {
  if (random.chance(0.3)) return 'FIRST';
  return random.chance(0.5) ? `AFTER ${quoteName(random.pick(columns).name)}` : '';
}

/** A column outside of the key that nobody computes; null when there is none. */
function anyColumn({ columns, random }: Place): SourceColumn | null {
  const free = columns.filter(({ inKey, isMade }) => !inKey && !isMade);
  return free.length > 1 ? random.pick(free) : null;
}

const withColumn =
  (make: (at: Place, column: SourceColumn) => Omit<DdlStep, 'kind'>): MakeStep =>
  (at) => {
    const column = anyColumn(at);
    return column && make(at, column);
  };

function otherTable({ schema, table, random }: Place): string {
  return random.pick(schema.tables.filter((name) => name !== table));
}

const swap: MakeStep = (at) => {
  const [a, b] = [quoteName(at.table), quoteName(otherTable(at))];
  const aside = quoteName(`zz_swap_${at.number}`);
  return {
    statements: [`RENAME TABLE ${a} TO ${aside}, ${b} TO ${a}, ${aside} TO ${b}`],
    touches: [at.table, b.slice(1, -1)],
  };
};

/** As gh-ost and pt-online-schema-change do it: a copy with another shape takes the table's place. */
const onlineChange: MakeStep = (at) => {
  const { table, columns, random } = at;
  const [live, ghost, old] = [table, `_${table}_gho`, `_${table}_del`].map((name) =>
    quoteName(name.slice(0, 64)),
  );
  const names = columns
    .filter(({ isMade, inKey }) => inKey || !isMade)
    .map(({ name }) => quoteName(name))
    .join(', ');
  return {
    statements: [
      `CREATE TABLE ${ghost} LIKE ${live}`,
      `ALTER TABLE ${ghost} ADD ${newName(at)} ${random.pick(DEFAULTED)} ${place(at)}`,
      `INSERT IGNORE INTO ${ghost} (${names}) SELECT ${names} FROM ${live}`,
      `RENAME TABLE ${live} TO ${old}, ${ghost} TO ${live}`,
      `DROP TABLE ${old}`,
    ],
    touches: [table],
  };
};

const changeKey: MakeStep = (at) => {
  const key = keyOf(at);
  const column = anyColumn(at);
  const names = key.map(({ name }) => quoteName(name));
  const isCounted = key.some(({ isMade }) => isMade);
  if (key.length === 0) {
    return alter(at, `ADD ${quoteName(`k_${at.number}`)} BIGINT AUTO_INCREMENT PRIMARY KEY FIRST`);
  }
  if (!isCounted && at.random.chance(0.4)) return alter(at, 'DROP PRIMARY KEY');
  // A number first: texts may be too long for a key, and hold what a key takes for the same.
  if (!column || !/int/i.test(column.declaration))
    return alter(at, 'DROP PRIMARY KEY', `ADD PRIMARY KEY (${names.reverse().join(', ')})`);
  return alter(
    at,
    'DROP PRIMARY KEY',
    `MODIFY ${quoteName(column.name)} ${column.declaration} NOT NULL`,
    `ADD PRIMARY KEY (${[...names, quoteName(column.name)].join(', ')})`,
  );
};

const createTable: MakeStep = (at) => {
  const { random, number, table } = at;
  const name = quoteName(`llx_module_${number}`);
  const columns = Array.from(
    { length: random.int(1, 5) },
    (_, index) => `c${index} ${random.pick(NEW_TYPES)}`,
  );
  const charset = random.pick(['utf8mb3', 'utf8mb4', 'latin1']);
  const sql = random.pick([
    `CREATE TABLE ${name} (${random.pick(KEYS)}, ${columns.join(', ')}) CHARACTER SET ${charset}`,
    `CREATE TABLE IF NOT EXISTS ${name} (${random.pick(KEYS)}, ${columns.join(', ')}) CHARACTER SET ${charset}`,
    `CREATE TABLE ${name} LIKE ${quoteName(table)}`,
    `CREATE TABLE ${name} AS SELECT * FROM ${quoteName(table)}`,
    `CREATE OR REPLACE TABLE ${name} (${random.pick(KEYS)}, ${columns.join(', ')})`,
  ]);
  return one(`llx_module_${number}`, sql);
};

const replaceTable: MakeStep = (at) => {
  const columns = `${at.random.pick(KEYS)}, v ${at.random.pick(NEW_TYPES)}`;
  const name = quoteName(at.table);
  return at.random.chance(0.5)
    ? one(at.table, `CREATE OR REPLACE TABLE ${name} (${columns})`)
    : {
        statements: [`DROP TABLE IF EXISTS ${name}`, `CREATE TABLE ${name} (${columns})`],
        touches: [at.table],
      };
};

const renameTable: MakeStep = (at) => {
  const to = `llx_renamed_${at.number}`;
  const sql = at.random.chance(0.5)
    ? `RENAME TABLE ${quoteName(at.table)} TO ${to}`
    : `ALTER TABLE ${quoteName(at.table)} RENAME TO ${to}`;
  return { statements: [sql], touches: [at.table, to] };
};

const changeCharset: MakeStep = (at) =>
  alter(at, `CONVERT TO CHARACTER SET ${at.random.pick(['utf8mb4', 'latin1', 'utf8mb3'])}`);

const exchangeNames: MakeStep = (at) => {
  const [first, second] = at.columns.filter(({ inKey, isMade }) => !inKey && !isMade);
  if (!first || !second) return null;
  const [a, b] = [quoteName(first.name), quoteName(second.name)];
  return alter(at, `CHANGE ${a} ${b} ${second.declaration}`, `CHANGE ${b} ${a} ${first.declaration}`);
};

const partition: MakeStep = (at) => {
  const [key] = keyOf(at);
  if (!key || keyOf(at).length > 1 || !/^(int|bigint)/.test(key.declaration)) return null;
  const name = quoteName(key.name);
  return {
    statements: [
      `ALTER TABLE ${quoteName(at.table)} PARTITION BY RANGE (${name}) (PARTITION low VALUES LESS THAN (3), PARTITION rest VALUES LESS THAN MAXVALUE)`,
      `ALTER TABLE ${quoteName(at.table)} ${at.random.pick(['DROP', 'TRUNCATE'])} PARTITION low`,
      `ALTER TABLE ${quoteName(at.table)} REMOVE PARTITIONING`,
    ],
    touches: [at.table],
  };
};

const KINDS: readonly { readonly kind: string; readonly weight: number; readonly make: MakeStep }[] = [
  {
    kind: 'ADD COLUMN',
    weight: 16,
    make: (at) => alter(at, `ADD COLUMN ${newName(at)} ${at.random.pick(NEW_TYPES)} ${place(at)}`),
  },
  {
    kind: 'ADD COLUMN with a default',
    weight: 12,
    make: (at) => alter(at, `ADD ${newName(at)} ${at.random.pick(DEFAULTED)} ${place(at)}`),
  },
  {
    kind: 'ADD two and DROP one',
    weight: 5,
    make: withColumn((at, column) =>
      alter(
        at,
        `ADD (a_${at.number} INT, b_${at.number} VARCHAR(10) DEFAULT 'b')`,
        `DROP ${quoteName(column.name)}`,
      ),
    ),
  },
  {
    kind: 'DROP COLUMN',
    weight: 10,
    make: withColumn((at, column) => alter(at, `DROP COLUMN ${quoteName(column.name)}`)),
  },
  {
    kind: 'RENAME COLUMN',
    weight: 8,
    make: withColumn((at, column) => alter(at, `RENAME COLUMN ${quoteName(column.name)} TO ${newName(at)}`)),
  },
  {
    kind: 'MODIFY',
    weight: 10,
    make: withColumn((at, { name }) =>
      alter(at, `MODIFY ${quoteName(name)} ${at.random.pick([...NEW_TYPES, ...DEFAULTED])} ${place(at)}`),
    ),
  },
  {
    kind: 'MODIFY, moved only',
    weight: 4,
    make: withColumn((at, { name, declaration }) =>
      alter(at, `MODIFY COLUMN ${quoteName(name)} ${declaration} FIRST`),
    ),
  },
  {
    kind: 'CHANGE',
    weight: 8,
    make: withColumn((at, { name }) =>
      alter(at, `CHANGE ${quoteName(name)} ${newName(at)} ${at.random.pick(NEW_TYPES)}`),
    ),
  },
  {
    kind: 'CHANGE of capitals',
    weight: 3,
    make: withColumn((at, { name, declaration }) =>
      alter(
        at,
        `CHANGE ${quoteName(name)} ${quoteName(name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase())} ${declaration}`,
      ),
    ),
  },
  { kind: 'two columns exchange their names', weight: 4, make: exchangeNames },
  {
    kind: 'computed column',
    weight: 3,
    make: (at) =>
      alter(at, `ADD ${newName(at)} INT AS (1 + ${at.number}) ${at.random.pick(['PERSISTENT', 'VIRTUAL'])}`),
  },
  { kind: 'CREATE TABLE', weight: 14, make: createTable },
  { kind: 'DROP TABLE', weight: 4, make: (at) => one(at.table, `DROP TABLE ${quoteName(at.table)}`) },
  { kind: 'DROP and CREATE', weight: 4, make: replaceTable },
  { kind: 'RENAME TABLE', weight: 6, make: renameTable },
  { kind: 'two tables exchange their names', weight: 4, make: swap },
  { kind: 'TRUNCATE', weight: 6, make: (at) => one(at.table, `TRUNCATE TABLE ${quoteName(at.table)}`) },
  { kind: 'online schema change', weight: 5, make: onlineChange },
  { kind: 'CONVERT TO CHARACTER SET', weight: 6, make: changeCharset },
  { kind: 'another primary key', weight: 8, make: changeKey },
  { kind: 'partitions', weight: 3, make: partition },
  {
    kind: 'index',
    weight: 3,
    make: withColumn((at, { name }) => alter(at, `ADD INDEX zz_${at.number} (${quoteName(name)})`)),
  },
  { kind: 'rebuild', weight: 2, make: (at) => alter(at, 'FORCE', "COMMENT = 'rebuilt, twice'") },
];

/** One more thing to do to one of `tables`; tables that are new since the beginning are taken, too. */
export function randomDdl(
  schema: LiveSchema,
  options: { readonly hot: (table: string) => boolean; readonly random: Random; readonly number: number },
): DdlStep {
  const { random, number } = options;
  for (;;) {
    const table = random.pick(schema.tables.filter(options.hot));
    const { kind, make } = random.weighted(KINDS);
    const step = make({ table, columns: schema.columns(table), schema, random, number });
    if (step) return { kind, ...step };
  }
}
