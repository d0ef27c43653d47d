import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { openChdb } from '../../adapters/chdb/open-chdb.ts';
import { packagePath } from '../../app/paths.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { readModelFiles } from '../../services/model/model-files.ts';
import { ModelStore } from '../../services/model/model-store.ts';
import { createFixed, createViews } from '../../services/model/model-views.ts';
import { runMigrations } from '../../services/warehouse/run-migrations.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { COMPOSE, OURS } from './compose-file.ts';
import { emittedMetrics } from './emitted-metrics.ts';
import { findViolations, type JsonSchema } from './json-schema.ts';

interface Target {
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly expr?: string;
  readonly rawSql?: string;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert?: string; readonly record?: string; readonly expr: string }[];
  }[];
}

const DATABASE = 'dolibarr_warehouse';
const read = (...path: string[]): string => readFileSync(packagePath(...path), 'utf8');
const readYaml = <T>(...path: string[]): T => parse(read('deploy', ...path)) as T;
const rules = readYaml<Rules>('prometheus', 'rules.yml').groups.flatMap((group) => group.rules);
const dashboardFiles = readdirSync(packagePath('deploy', 'grafana', 'dashboards'));
const dashboards = dashboardFiles.map(
  (file) => JSON.parse(read('deploy', 'grafana', 'dashboards', file)) as Dashboard,
);
const targets = dashboards.flatMap(({ panels }) => panels.flatMap((panel) => panel.targets ?? []));
const statements = targets.flatMap(({ rawSql }) => (rawSql === undefined ? [] : [rawSql]));

/** Metrics of Prometheus itself. */
const OWN_METRICS = new Set(['up', 'ALERTS']);
const FUNCTIONS =
  /\b(sum|max|min|count|avg|rate|increase|changes|histogram_quantile|vector|time|hour|day_of_week)\b(?=\s*(\(|by\b))/g;
const KEYWORDS = /\b(by|on|or|and|unless|offset|ignoring|group_left|bool)\b/g;

/** Names that stand for a series, in a PromQL expression. */
function metricsIn(expression: string): readonly string[] {
  const bare = expression
    .replace(/\{[^}]*\}/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(by|on|ignoring)\s*\([^)]*\)/g, ' ')
    .replace(/\boffset\s+\w+/g, ' ')
    .replace(FUNCTIONS, ' ')
    .replace(KEYWORDS, ' ');
  return [...bare.matchAll(/(?<![\w:.])[A-Za-z_:][\w:]*/g)].map(([name]) => name);
}

const recorded = new Set(rules.flatMap(({ record }) => (record === undefined ? [] : [record])));

async function unknownMetrics(expressions: readonly string[]): Promise<readonly string[]> {
  const emitted = await emittedMetrics();
  return expressions
    .flatMap(metricsIn)
    .filter((name) => !emitted.has(name) && !recorded.has(name) && !OWN_METRICS.has(name));
}

/** Tables that a statement reads. */
const tablesIn = (sql: string): readonly string[] =>
  [...sql.matchAll(/\b(?:FROM|JOIN)\s+([a-z_0-9]+)/g)].map(([, name]) => name!);

const viewNames = (): ReadonlySet<string> =>
  new Set(readdirSync(packagePath('clickhouse', 'views')).map((file) => file.replace(/\.sql$/, '')));

const number: JsonSchema = { type: 'integer' };
const DASHBOARD_SCHEMA: JsonSchema = {
  type: 'object',
  required: ['uid', 'title', 'schemaVersion', 'panels', 'time', 'refresh', 'templating', 'annotations'],
  properties: {
    uid: { type: 'string', pattern: '^dolistream-[a-z-]+$' },
    title: { type: 'string' },
    schemaVersion: number,
    panels: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'type', 'title', 'gridPos'],
        properties: {
          id: number,
          type: { type: 'string', enum: ['row', 'stat', 'timeseries', 'barchart', 'table'] },
          title: { type: 'string', pattern: '.' },
          gridPos: { type: 'object', required: ['x', 'y', 'w', 'h'], additionalProperties: number },
          targets: {
            type: 'array',
            items: {
              type: 'object',
              required: ['refId', 'datasource'],
              properties: { expr: { type: 'string' }, rawSql: { type: 'string' }, format: number },
            },
          },
        },
      },
    },
  },
};

const overlap = (a: Panel['gridPos'], b: Panel['gridPos']): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

/** The warehouse as it is before the first row: every table and view of the model. */
async function createEmptyWarehouse(dir: string): Promise<Warehouse> {
  const warehouse = await openChdb({ dir, connections: 1 });
  await runMigrations(warehouse, packagePath('clickhouse', 'migrations'), DATABASE);
  const files = await readModelFiles({
    folder: packagePath('clickhouse'),
    mapping: null,
    tablePrefix: 'llx_',
  });
  await createFixed(warehouse, files.fixed, DATABASE);
  const store = new ModelStore({ warehouse, database: DATABASE, attempt: (work) => work(), ...files });
  await store.readMirror();
  for (const table of files.tables) await store.create(table);
  await createViews(warehouse, files.views, { context: store, database: DATABASE, timezone: 'Europe/Paris' });
  return warehouse;
}

void describe('Prometheus', () => {
  const config = readYaml<{
    rule_files: string[];
    scrape_configs: {
      job_name: string;
      authorization?: { credentials_file: string };
      static_configs: { targets: string[] }[];
    }[];
  }>('prometheus', 'prometheus.yml');

  void it('asks every service of ours for its metrics, with the token', () => {
    const [job] = config.scrape_configs;
    const asked = job!.static_configs.flatMap((entry) => entry.targets);
    assert.deepEqual([...asked].sort(), OURS.map(([name]) => `${name}:8686`).sort());
    const [secret] = COMPOSE.services['prometheus']!.secrets!;
    assert.equal(job!.authorization?.credentials_file, `/run/secrets/${secret}`);
    assert.equal(COMPOSE.secrets![secret!]!.environment, 'DOLISTREAM_HTTP_TOKEN');
  });

  void it('has rule files that are mounted beside its configuration', () => {
    const mounts = COMPOSE.services['prometheus']!.volumes!;
    for (const file of config.rule_files) {
      assert.ok(mounts.includes(`./deploy/prometheus/${file}:/etc/prometheus/${file}:ro`), file);
    }
  });

  void it('has rules on metrics that the program serves', async () => {
    assert.ok(rules.length > 10);
    assert.deepEqual(await unknownMetrics(rules.map(({ expr }) => expr)), []);
  });

  void it('is found out when a rule names a metric that nobody serves', async () => {
    const broken =
      'sum by (lane) (rate(dolistream_nothing_total{lane="x"}[5m])) > 0 unless on () up{job="a"} offset 1h';
    assert.deepEqual(await unknownMetrics([broken]), ['dolistream_nothing_total']);
  });
});

void describe('the dashboards', () => {
  const sources = readYaml<{ datasources: { uid: string; type: string; url?: string }[] }>(
    ...['grafana', 'provisioning', 'datasources', 'datasources.yml'],
  ).datasources;

  for (const [index, dashboard] of dashboards.entries()) {
    void it(`${dashboardFiles[index]} has the shape of a dashboard, its panels side by side`, () => {
      assert.deepEqual(findViolations(dashboard, DASHBOARD_SCHEMA), []);
      const { panels } = dashboard;
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
      for (const [at, { gridPos, title, type, targets: asked }] of panels.entries()) {
        assert.ok(gridPos.x + gridPos.w <= 24, title);
        const hit = panels.slice(at + 1).find((other) => overlap(gridPos, other.gridPos));
        assert.equal(hit?.title, undefined, `${title} lies over ${hit?.title}`);
        assert.equal((asked?.length ?? 0) > 0, type !== 'row', title);
      }
    });
  }

  void it('ask data sources that Grafana is given', () => {
    const known = new Map(sources.map(({ uid, type }) => [uid, type]));
    for (const { datasource } of targets) assert.equal(known.get(datasource.uid), datasource.type);
    for (const { expr, rawSql, datasource } of targets) {
      assert.equal(expr !== undefined, datasource.uid === 'prometheus');
      assert.equal(rawSql !== undefined, datasource.uid === 'clickhouse');
    }
  });

  void it('show metrics that the program serves', async () => {
    const expressions = targets.flatMap(({ expr }) => (expr === undefined ? [] : [expr]));
    assert.ok(expressions.length > 15);
    assert.deepEqual(await unknownMetrics(expressions), []);
  });

  void it('read views and tables that there are, under the columns that they have', async () => {
    const known = new Set([...viewNames(), 'alerts']);
    assert.deepEqual(
      statements.flatMap(tablesIn).filter((name) => !known.has(name)),
      [],
    );
    using folder = makeTemporaryFolder();
    const warehouse = await createEmptyWarehouse(join(folder.path, 'warehouse'));
    try {
      for (const sql of statements) {
        const placed = sql.replace(/\b(FROM|JOIN)\s+([a-z_0-9]+)/g, `$1 ${DATABASE}.$2`);
        await assert.doesNotReject(warehouse.rows(placed), sql);
      }
      await assert.rejects(warehouse.rows(`SELECT no_such_column FROM ${DATABASE}.v_tickets_monthly`));
    } finally {
      await warehouse.close();
    }
  });

  void it('are read by a user that may read what the views read of the mirror, and no more of it', () => {
    const rights = read('deploy', 'clickhouse', 'dashboards-user.xml');
    const granted = [...rights.matchAll(/GRANT SELECT ON mirror\.(\w+)</g)].map(([, table]) => table!);
    const needed = [...viewNames()].flatMap((view) =>
      [...read('clickhouse', 'views', `${view}.sql`).matchAll(/\{(llx_\w+)\}/g)].map(([, table]) => table!),
    );
    assert.deepEqual(granted.sort(), [...new Set(needed)].sort());
    const given = COMPOSE.services['clickhouse']!.environment!;
    const asked = [...rights.matchAll(/from_env="(\w+)"/g)].map(([, name]) => name!);
    assert.deepEqual(
      asked.filter((name) => !(name in given)),
      [],
    );
  });

  void it('get the address, database and password that Compose gives', () => {
    const text = read('deploy', 'grafana', 'provisioning', 'datasources', 'datasources.yml');
    const given = COMPOSE.services['grafana']!.environment!;
    const asked = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name!);
    assert.ok(asked.length > 0);
    assert.deepEqual(
      asked.filter((name) => !(name in given)),
      [],
    );
    assert.deepEqual(sources.map(({ url }) => url).filter(Boolean), ['http://prometheus:9090']);
  });
});
