import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { DEFAULT_QUERY_LIMITS } from '../../../services/monitor/build-app.ts';
import { QueryRunner } from '../../../services/monitor/query-runner.ts';
import { Engine } from './monitor-bench.ts';

/** Seeded, so that a failure can be repeated. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

const PIECES = [
  ...[
    'file',
    '`file`',
    '"file"',
    'url',
    'FILE',
    'arrayMap(',
    'arrayFold',
    'mapApply',
    'lambda(',
    'tuple(x)',
    'view(',
  ],
  ...['(', ')', '[', ']', ',', '*', '.', 't.', ';', '=', '-', '::', '?', ':', 'x ->', 'x', '1', '0x1', '1e'],
  ...[
    'SELECT',
    'FROM',
    'WITH',
    'AS',
    'APPLY',
    'APPLY(',
    'REPLACE(',
    "COLUMNS('.*')",
    'UNION ALL',
    'IN',
    'AND',
    'OVER(',
  ],
  ...[
    'numbers(1)',
    'format(',
    'SETTINGS',
    'readonly=0',
    'FORMAT',
    'TSV',
    'INTO OUTFILE',
    'INSERT INTO',
    'EXPLAIN',
  ],
  ...[
    '/*',
    '*/',
    '--',
    '\n',
    '#',
    '# ',
    "'",
    '"',
    '`',
    '\\',
    "''",
    '$$',
    '$a$',
    '{f:Identifier}',
    '{f:String}',
  ],
  ...[
    '\u00a0',
    '\u2028',
    'é',
    '“',
    '”',
    'FILTER(WHERE',
    'ARRAY JOIN',
    'LIMIT 1',
    'ORDER BY',
    'arraySort',
    'DESCRIBE',
  ],
];

void test('no statement that is admitted brings the content of a file or writes one', async () => {
  await using engine = await Engine.open();
  const secret = `${engine.dir}/secret.txt`;
  const stolen = `${engine.dir}/stolen.txt`;
  writeFileSync(secret, 'TOP-SECRET\n');
  const seeds = [
    `SELECT file('${secret}')`,
    `SELECT arrayMap(file, ['${secret}'])`,
    `SELECT arrayMap((file), ['${secret}']) FROM (SELECT 1 AS file)`,
    `SELECT arrayMap(x -> file(x), ['${secret}'])`,
    `SELECT arrayMap({f:Identifier}, ['${secret}'])`,
    `SELECT * APPLY(file) FROM (SELECT '${secret}')`,
    `SELECT * REPLACE(file AS c) FROM (SELECT '${secret}' AS file)`,
    `SELECT * FROM file('${secret}', LineAsString)`,
    `WITH file AS f SELECT arrayMap(f, ['${secret}'])`,
    `SELECT 1 INTO OUTFILE '${stolen}'`,
  ];
  const random = createRandom(20261123);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;
  const mutate = (sql: string): string => {
    const at = Math.floor(random() * (sql.length + 1));
    const kind = random();
    if (kind < 0.55) return sql.slice(0, at) + pick(PIECES) + sql.slice(at);
    if (kind < 0.75) return sql.slice(0, at) + sql.slice(at + 1 + Math.floor(random() * 3));
    if (kind < 0.9) {
      const parts = sql.split(/(\s+|[(),])/);
      parts[Math.floor(random() * parts.length)] = pick(PIECES);
      return parts.join('');
    }
    return sql + pick([' ', ' UNION ALL ', ';', ' -- \n', '/**/']) + pick(seeds);
  };

  const runner = new QueryRunner(engine.warehouse, { ...DEFAULT_QUERY_LIMITS, maxSeconds: 2 });
  const leaks: string[] = [];
  let reachedEngine = 0;
  for (let round = 0; round < 2500; round++) {
    let sql = pick(seeds);
    for (let change = Math.floor(random() * 4); change >= 0; change--) sql = mutate(sql);
    const params = new Map([['f', pick(['file', 'FILE', 'x', 'system.file', '`file`', 'file '])]]);
    const outside = { database: null, format: 'TSV', queryId: null, settings: new Map(), protocolVersion: 0 };
    try {
      const answer = await runner.run({ sql, params, ...outside }, new AbortController().signal);
      reachedEngine++;
      if (Buffer.concat(answer.head).includes('TOP-SECRET')) leaks.push(sql);
      await answer.tail?.return?.();
    } catch (error) {
      const { message } = error as Error;
      if (message.startsWith('ClickHouse error')) reachedEngine++;
      if (message.includes('TOP-SECRET')) leaks.push(sql);
    }
  }
  assert.deepEqual(leaks, []);
  assert.equal(existsSync(stolen), false);
  assert.ok(
    reachedEngine > 200,
    `only ${reachedEngine} statements reached the engine: the test proves little`,
  );
});
