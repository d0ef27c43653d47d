import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClickHouseError } from '../../../services/monitor/clickhouse-error.ts';
import { forbiddenNames } from '../../../services/monitor/forbidden-functions.ts';
import { admitStatement, checkIdentifier } from '../../../services/monitor/statement-gate.ts';

const forbidden = forbiddenNames(['numbers', 'someNewCluster']);

const admit = (sql: string) => admitStatement(sql, forbidden);

function refusal(sql: string): string {
  try {
    const { sql: admitted } = admit(sql);
    return `admitted: ${admitted}`;
  } catch (error) {
    assert.ok(error instanceof ClickHouseError, String(error));
    return error.errorName;
  }
}

function assertRefused(name: string, statements: readonly string[]): void {
  const admitted = statements.filter((sql) => refusal(sql) !== name).map((sql) => [sql, refusal(sql)]);
  assert.deepEqual(admitted, []);
}

void test('questions pass, without their FORMAT and SETTINGS clauses', () => {
  const { sql, format, settings } = admit(
    "SELECT a, 'x;y' AS b FROM mirror.t WHERE c = 'it''s \\' ok' SETTINGS max_threads = 2, log_comment='a,b' FORMAT JSON;",
  );
  assert.equal(sql, "SELECT a, 'x;y' AS b FROM mirror.t WHERE c = 'it''s \\' ok'");
  assert.equal(format, 'JSON');
  assert.deepEqual(
    [...settings],
    [
      ['max_threads', '2'],
      ['log_comment', 'a,b'],
    ],
  );
});

void test('FORMAT may stand before SETTINGS, and settings may be maps', () => {
  const { sql, format, settings } = admit(
    "select 1 format CSV settings additional_table_filters={'d.t': 'a = 1, b'}, extremes = true",
  );
  assert.deepEqual([sql, format], ['select 1', 'CSV']);
  assert.deepEqual(
    [...settings],
    [
      ['additional_table_filters', "{'d.t': 'a = 1, b'}"],
      ['extremes', 'true'],
    ],
  );
});

void test('ordinary statements of clients pass unchanged', () => {
  for (const sql of [
    'SELECT version(), timezone()',
    'SELECT name, value, readonly FROM system.settings LIMIT 10000',
    'SELECT currentUser() AS user, timezone() AS timezone, version() AS version LIMIT 1',
    "WITH s AS (SELECT version() AS ver, splitByChar('.', ver) AS verSplit) SELECT s.ver, toInt32(verSplit[1]) FROM s",
    'SHOW DATABASES',
    'SHOW TABLES FROM "mirror"',
    'SHOW CREATE TABLE mirror.llx_ticket',
    "SHOW SETTINGS LIKE 'max%'",
    'DESC TABLE "db"."t"',
    'DESCRIBE TABLE mirror.llx_ticket',
    'EXISTS mirror.llx_ticket',
    'EXPLAIN PLAN indexes = 1, actions = 1 SELECT 1',
    'EXPLAIN SELECT 1',
    'EXPLAIN QUERY TREE SELECT 1',
    'FROM mirror.t SELECT a',
    '(SELECT 1) UNION ALL (SELECT 2)',
    'SELECT file, pos FROM raw.events WHERE file = {f:String} AND (file > 1 OR file IN (SELECT file FROM raw.events))',
    'SELECT count(), max(events.file) FROM raw.events GROUP BY file ORDER BY file',
    'SELECT * FROM numbers(10)',
    "SELECT * FROM values('a Int8', 1, 2)",
    'SELECT t.1, t.2.1, arr[1], -1.5e3, .5, 0xFF, 1_000 FROM t',
    'SELECT `select`, "insert" FROM t',
    "SELECT format('{} {}', a, b), update, delete FROM t",
    'SELECT x.url, settings FROM t AS x WHERE x.into = 1 AND settings = 2',
    'SELECT a -> b, {p:Array(Int32)}, a ? b : c, a::Int32 FROM t',
    "SELECT date_diff('day', a, now()) FROM t WHERE a >= today() - INTERVAL 7 DAY",
    "SELECT insert('abc', 1, 1, 'x')",
    'SELECT $$a FROM t'.replace('$$a', 'a$b'),
  ]) {
    assert.equal(refusal(sql), `admitted: ${sql}`);
  }
});

void test('statements that are no questions are refused', () => {
  assertRefused('READONLY', [
    'INSERT INTO t VALUES (1)',
    'CREATE TABLE t (a Int8) ENGINE = Memory',
    "CREATE DICTIONARY d (a Int8) PRIMARY KEY a SOURCE(HTTP(URL 'http://x' FORMAT TSV)) LIFETIME(0) LAYOUT(FLAT())",
    'CREATE FUNCTION f AS x -> x',
    'ALTER TABLE t DELETE WHERE 1',
    'DELETE FROM t WHERE 1',
    'UPDATE t SET a = 1 WHERE 1',
    'DROP TABLE t',
    'TRUNCATE TABLE t',
    'SYSTEM SHUTDOWN',
    'SYSTEM RELOAD DICTIONARIES',
    'KILL QUERY WHERE 1',
    'SET readonly = 0',
    'USE mirror',
    'ATTACH TABLE t',
    "BACKUP TABLE t TO File('/tmp/x')",
    "RESTORE TABLE t FROM File('/tmp/x')",
    'GRANT ALL ON *.* TO x',
    'OPTIMIZE TABLE t',
    'RENAME TABLE a TO b',
    'EXCHANGE TABLES a AND b',
    'CHECK TABLE t',
    'BEGIN TRANSACTION',
    'EXECUTE AS x SELECT 1',
    'EXPLAIN INSERT INTO t SELECT 1',
    'EXPLAIN PLAN CREATE TABLE t (a Int8)',
    "EXPLAIN TABLE OVERRIDE mysql('h:1', 'd', 't', 'u', 'p') COLUMNS (a Int8)",
    "'SELECT 1'",
    '"SELECT" 1',
    '1',
    "COPY t TO '/tmp/x'",
    'VALUES (1)',
  ]);
});

void test('a question that writes on the way is refused', () => {
  assertRefused('READONLY', [
    'WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x',
    'WITH x AS (SELECT 1) INSERT t SELECT * FROM x',
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    "SELECT 1 INTO/**/OUTFILE '/tmp/x' TRUNCATE FORMAT CSV",
    "SELECT 1 into outfile '/tmp/x' SETTINGS max_threads = 1",
    'FROM t INSERT INTO u SELECT a',
    'SELECT 1 PARALLEL WITH SELECT 2',
  ]);
});

void test('several statements at once are refused', () => {
  assertRefused('SYNTAX_ERROR', [
    'SELECT 1; SELECT 2',
    'SELECT 1;; DROP TABLE t',
    'SELECT 1 /* ; */ ; -- x\n DROP TABLE t',
  ]);
  assert.equal(refusal("SELECT ';' -- ; DROP TABLE t\n;;"), "admitted: SELECT ';'");
});

void test('calls that reach files, servers and programs are refused however they are written', () => {
  assertRefused('ACCESS_DENIED', [
    "SELECT * FROM url('http://169.254.169.254/', LineAsString)",
    "SELECT * FROM file('/etc/passwd')",
    "SELECT * FROM s3('http://x/y', 'CSV')",
    "SELECT * FROM mysql('h:3306', 'd', 't', 'u', 'p')",
    "SELECT * FROM postgresql('h:5432', 'd', 't', 'u', 'p')",
    "SELECT * FROM remote('127.0.0.1', system.one)",
    "SELECT * FROM remoteSecure('h', 'd', 't')",
    "SELECT * FROM cluster('c', 'd', 't')",
    "SELECT * FROM clusterAllReplicas('c', 'd', 't')",
    "SELECT * FROM merge('d', '.*')",
    "SELECT * FROM executable('ls', TSV, 'x String')",
    "SELECT * FROM dictionary('d')",
    "SELECT * FROM sqlite('/x', 't')",
    "SELECT * FROM eval('SELECT 1')",
    "SELECT * FROM someNewCluster('c')",
    'SELECT * FROM loop(t)',
    "SELECT * FROM view(SELECT * FROM URL('http://x'))",
    "DESCRIBE TABLE url('http://x')",
    "DESC file('/etc/passwd', LineAsString)",
    "EXISTS url('http://x')",
    "SELECT 1 IN url('http://x')",
    "SELECT * FROM `url`('http://x')",
    'SELECT * FROM "url"(\'http://x\')',
    "SELECT * FROM url /* comment */ ('http://x')",
    "SELECT * FROM url -- comment\n('http://x')",
    "SELECT * FROM UrL\u00a0('http://x')",
    "SELECT * FROM (SELECT * FROM (SELECT * FROM file('/x')))",
    "WITH a AS (SELECT * FROM file('/x')) SELECT * FROM a",
    "SELECT (SELECT max(x) FROM url('http://x'))",
    "SELECT file('/etc/passwd')",
    "SELECT `file`('/etc/passwd')",
    "SELECT arrayMap(file, ['/etc/passwd'])",
    "SELECT arrayMap((file), ['/etc/passwd'])",
    "SELECT arrayMap(file AS g, ['/etc/passwd'])",
    "SELECT arrayMap(`file`, ['/etc/passwd'])",
    "SELECT arrayMap(x -> file(x), ['/etc/passwd'])",
    "SELECT arrayMap(lambda(tuple(x), file(x)), ['/etc/passwd'])",
    'SELECT "arrayMap"(file, [\'/etc/passwd\'])',
    "SELECT length(arraySort((file), ['/etc/passwd']))",
    "SELECT * APPLY(file) FROM (SELECT '/etc/passwd')",
    "SELECT * APPLY file FROM (SELECT '/etc/passwd')",
    "SELECT * APPLY (`file`) FROM (SELECT '/etc/passwd')",
    "SELECT * REPLACE(file('/etc/passwd') AS p) FROM t",
    "WITH x -> file(x) AS f SELECT f('/etc/passwd')",
    "EXPLAIN SELECT file('/etc/passwd')",
    "SELECT catboostEvaluate('/x', 1)",
    "SELECT AIGenerate('x')",
    "SELECT {f:Identifier}('/etc/passwd')",
  ]);
});

void test('files are no tables', () => {
  assertRefused('ACCESS_DENIED', [
    'SELECT * FROM `/etc/passwd`',
    'SELECT * FROM "data.csv"',
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM 'passwd'",
    'SELECT * FROM default.`/etc/passwd`',
    'SELECT * FROM "default" . "x/y"',
    'SELECT * FROM a JOIN `../secret` ON 1',
    'EXISTS TABLE `/etc/passwd`',
    'EXISTS `/etc/passwd`',
    'DESCRIBE TABLE `/etc/passwd`',
    'DESC `x.parquet`',
    'SHOW CREATE TABLE `/etc/passwd`',
    'SELECT 1 IN `/etc/passwd`',
  ]);
  assert.throws(() => checkIdentifier('/etc/passwd', forbidden), ClickHouseError);
  for (const sql of [
    'SELECT `km/h`, t."a.b" FROM "my table" AS t',
    "SELECT a IN ('x', 'y/z') FROM `llx_ticket`",
  ]) {
    assert.equal(refusal(sql), `admitted: ${sql}`);
  }
});

void test('a placeholder cannot bring the name of a forbidden function', () => {
  const { identifiers } = admit(
    "SELECT arrayMap({f:Identifier}, ['/etc/passwd']) FROM {t : Identifier} WHERE {x:String} = 1",
  );
  assert.deepEqual(identifiers, ['f', 't']);
  assert.throws(() => checkIdentifier('file', forbidden), ClickHouseError);
  checkIdentifier('llx_ticket', forbidden);
});

void test('texts that could be read in two ways are refused', () => {
  assertRefused('SYNTAX_ERROR', [
    '',
    '  -- nothing\n',
    ';',
    "SELECT 'open",
    'SELECT "open',
    'SELECT `open',
    'SELECT /* open',
    'SELECT /* a /* b */ 1',
    'SELECT * FROM "\\x66ile"(\'/etc/passwd\')',
    "SELECT * FROM `fi\\x6ce`('/etc/passwd')",
    'SELECT $$a$$ FROM t',
    "SELECT 1$$' $$, file('/x') $$ '$$",
    'SELECT “a” FROM t',
    'SELECT ‘a’ FROM t',
    'SELECT 1 \\G',
    'SELECT 1 # x'.replace('# ', '#'),
    'SELECT 1FROM t',
    'SELECT 1 AS 2x',
    'SELECT \u0000 1',
    'SELECT é FROM t',
  ]);
});

void test('comments never reach the engine', () => {
  assert.equal(
    refusal("SELECT 1 /* a /* nested */ '*/ + 2 -- x\n# y\n#! z\n + 3"),
    'admitted: SELECT 1   + 2  \n \n \n+ 3',
  );
  assert.equal(refusal("SELECT '--', '/*', \"#\" , 1 /* */"), "admitted: SELECT '--', '/*', \"#\" , 1");
  assert.equal(refusal('SELECT a/**/b'), 'admitted: SELECT a b');
});

void test('SETTINGS stand at the end or nowhere', () => {
  assertRefused('SYNTAX_ERROR', [
    'SELECT * FROM (SELECT 1 SETTINGS readonly = 0)',
    'SELECT (SELECT 1 SETTINGS max_threads = 1, readonly = 0) SETTINGS max_threads = 1',
    'SELECT 1 SETTINGS max_threads = 1 UNION ALL SELECT 2 SETTINGS max_threads = 1',
    'SELECT 1 SETTINGS final',
    'SELECT 1 SETTINGS a = 1 UNION ALL SELECT 2',
    "SELECT 1 SETTINGS log_comment = 'a' LIMIT 1",
    'SELECT 1 SETTINGS a = [1] || [2]',
    'SELECT 1 SETTINGS a = [1], b = (SELECT 1) + (SELECT 2)',
    'SELECT 1 SETTINGS {x:Identifier} = 1',
    'SELECT 1 SETTINGS readonly =',
    'SELECT 1 SETTINGS readonly = 0 FORMAT CSV LIMIT 1',
  ]);
  assert.deepEqual([...admit('SELECT 1 SETTINGS "readonly" = 0').settings], [['readonly', '0']]);
});

void test('a long statement is admitted in little time', () => {
  const list = Array.from({ length: 50_000 }, (_, index) => `'${index}''s'`).join(', ');
  assert.match(refusal(`SELECT a FROM t WHERE a IN (${list})`), /^admitted/);
  assert.equal(refusal(`SELECT '${"a''".repeat(300_000)}`), 'SYNTAX_ERROR');
});
