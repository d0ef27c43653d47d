/** A column of every type that MariaDB has, with values at its edges. */

export const EVERY_TYPE: Readonly<
  Record<string, { readonly declaration: string; readonly values: readonly string[] }>
> = {
  t8: { declaration: 'TINYINT', values: ['-128', '127'] },
  t8u: { declaration: 'TINYINT UNSIGNED', values: ['0', '255'] },
  t16: { declaration: 'SMALLINT', values: ['-32768', '32767'] },
  t24: { declaration: 'MEDIUMINT', values: ['-8388608', '8388607'] },
  t24u: { declaration: 'MEDIUMINT UNSIGNED ZEROFILL', values: ['7', '16777215'] },
  t32: { declaration: 'INT', values: ['-2147483648', '2147483647'] },
  t32u: { declaration: 'INT(10) UNSIGNED', values: ['0', '4294967295'] },
  t64: { declaration: 'BIGINT', values: ['-9223372036854775808', '9223372036854775807', '9007199254740993'] },
  t64u: { declaration: 'BIGINT UNSIGNED', values: ['0', '18446744073709551615', '512686129414144'] },
  dec1: { declaration: 'DECIMAL(10,2)', values: ['-99999999.99', '0.01', '-0.01'] },
  dec2: {
    declaration: 'DECIMAL(65,30)',
    values: ['-12345678901234567890123456789012345.123456789012345678901234567890', '0', '1e-30'],
  },
  dec3: { declaration: 'DECIMAL(24,8)', values: ['1234567890123456.12345678', '-0.00000001'] },
  price: { declaration: 'DOUBLE(24,8)', values: ['12.5', '-0.1', '1234567.12345678'] },
  dbl: { declaration: 'DOUBLE', values: ['1e308', '-2.2250738585072014e-308', '0.30000000000000004'] },
  flt: { declaration: 'FLOAT', values: ['0.1', '1.2345678', '16777217', '-3.4e38'] },
  yr: { declaration: 'YEAR', values: ['0', '1901', '2155'] },
  d: { declaration: 'DATE', values: ["'1000-01-01'", "'9999-12-31'", "'2024-02-29'", "'0000-00-00'"] },
  dt: {
    declaration: 'DATETIME',
    values: ["'1000-01-01 00:00:00'", "'2026-03-29 02:30:00'", "'0000-00-00 00:00:00'"],
  },
  dt3: { declaration: 'DATETIME(3)', values: ["'2026-10-25 02:30:00.123'", "'9999-12-31 23:59:59.999'"] },
  dt6: {
    declaration: 'DATETIME(6)',
    values: [
      ...["'1969-12-31 23:59:59.999999'", "'2026-01-01 00:00:00.000001'"],
      // Microseconds of these are beyond the integers that a double holds.
      ...["'9999-12-31 23:59:59.999999'", "'0001-01-01 00:00:00.000001'", "'4052-06-08 01:31:31.000010'"],
    ],
  },
  ts: {
    declaration: 'TIMESTAMP NULL',
    values: ["'2026-07-14 10:00:00'", "'1970-01-02 00:00:01'", "'0000-00-00 00:00:00'"],
  },
  ts6: {
    declaration: 'TIMESTAMP(6) NULL',
    values: ["'2038-01-18 03:14:07.999999'", "'2026-10-25 02:30:00.5'"],
  },
  tm: { declaration: 'TIME', values: ["'-838:59:59'", "'838:59:59'", "'00:00:00'", "'-00:00:01'"] },
  tm2: { declaration: 'TIME(2)', values: ["'-12:30:00.25'", "'23:59:59.99'"] },
  tm6: { declaration: 'TIME(6)', values: ["'-00:00:00.000001'", "'100:00:00.123456'"] },
  b1: { declaration: 'BIT(1)', values: ["b'0'", "b'1'"] },
  b64: { declaration: 'BIT(64)', values: ['18446744073709551615', '1'] },
  en: { declaration: `ENUM('a,b','it''s','','é') CHARACTER SET latin1`, values: ["'a,b'", "'it''s'", "'é'"] },
  se: { declaration: `SET('x','y z','w''')`, values: ["'x,w'''", "''", "'x,y z'"] },
  ch: { declaration: 'CHAR(10)', values: ["'pad'", "'日本'", "''"] },
  big: { declaration: 'CHAR(255) CHARACTER SET utf8mb4', values: ["REPEAT('é', 255)"] },
  vc: { declaration: 'VARCHAR(300)', values: ["REPEAT('x', 300)", '\'tab\\t \\\\ "quote" \'', "'NULL'"] },
  la: { declaration: 'VARCHAR(40) CHARACTER SET latin1', values: ["'déjà vu €'", "'plain'"] },
  nopad: {
    declaration: 'VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_swedish_nopad_ci',
    values: ["'été'"],
  },
  uc: { declaration: 'VARCHAR(20) CHARACTER SET ucs2', values: ["'Ωmega'"] },
  em: { declaration: 'VARCHAR(20) CHARACTER SET utf8mb4', values: ["'😀 ok'"] },
  tx: { declaration: 'MEDIUMTEXT', values: ["REPEAT('long ', 20000)", "'<p>l1\\r\\nl2</p>'"] },
  bi: { declaration: 'BINARY(6)', values: ["x'0102000000'", "x'FFFFFFFFFFFF'", "x''"] },
  vb: { declaration: 'VARBINARY(20)', values: ["x'00FF00'", "x''"] },
  bl: { declaration: 'BLOB', values: ["x'89504E470D0A1A0A00'"] },
  js: { declaration: 'JSON', values: [`'{"a":[1,2,{"b":null}]}'`] },
  ge: { declaration: 'GEOMETRY', values: ["ST_GeomFromText('POINT(2.35 48.85)', 4326)"] },
  after: { declaration: 'VARCHAR(20) CHARACTER SET latin1', values: ["'après géométrie'"] },
  uu: { declaration: 'UUID', values: ["'123e4567-e89b-12d3-a456-426614174000'"] },
  i6: {
    declaration: 'INET6',
    values: [
      ...["'2001:db8::ff00:42:8329'", "'::'", "'::ffff:192.0.2.1'", "'::10.0.0.1'", "'1:0:2:3:4:5:6:7'"],
      ...["'0:0:1::2:0'", "'fe80::'"],
    ],
  },
};

const NAMES = Object.keys(EVERY_TYPE);

/** The table `every_type`. Its values want an empty sql_mode. */
export function createEveryType(): string {
  const columns = NAMES.map((name) => `${name} ${EVERY_TYPE[name]!.declaration}`).join(', ');
  return `CREATE TABLE every_type (id INT PRIMARY KEY, ${columns}) CHARACTER SET utf8mb3`;
}

/** One row a value, the n-th value of each column together, and one row of NULLs. */
export function insertEveryType(firstId: number): string[] {
  const count = Math.max(...NAMES.map((name) => EVERY_TYPE[name]!.values.length));
  const rows = Array.from({ length: count }, (_, index) =>
    NAMES.map((name) => EVERY_TYPE[name]!.values[index % EVERY_TYPE[name]!.values.length]!),
  );
  rows.push(NAMES.map(() => 'NULL'));
  return rows.map(
    (values, index) =>
      `INSERT INTO every_type (id, ${NAMES.join(', ')}) VALUES (${firstId + index}, ${values.join(', ')})`,
  );
}
