/**
 * `npx tsx bench/alert-accuracy.ts [--months N] [--seed N] [--rate SHARE]`: the live rules on a simulated firm whose anomalies are
 * known. Every finished intervention is judged in the order of its date, then learnt, as the analytics stage does.
 * Prints precision and recall by kind: of all alerts, and of the five most severe of each week; then the alerts of a
 * firm without anomalies. The first three months teach and are not scored.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { startPrivateMariadb } from '../adapters/mariadb/private-server/start-private-mariadb.ts';
import { emptyHistory, learnJob } from '../services/analytics/job-history.ts';
import { assess, type InterventionFacts, jobOf, type Rule, typeKey } from '../services/analytics/model.ts';
import { createDolibarr, GROUND_TRUTH_DATABASE } from '../simulator/create-dolibarr.ts';
import { seedHistory } from '../simulator/seed-history.ts';
import { parseSourceUrl } from './source-url.ts';

const WEEK_MS = 7 * 86_400_000;
const TEACHING_MS = 91 * 86_400_000;
const WEEKLY_BUDGET = 5;
const NOW = Date.parse('2026-11-01T00:00:00Z');

const KIND_OF: Readonly<Record<Rule, string>> = {
  intervention_hours: 'overrun',
  intervention_cost: 'cost',
  intervention_satisfaction: 'satisfaction',
};

interface Finished {
  readonly facts: InterventionFacts;
  readonly at: number;
}

interface Alerted {
  readonly kind: string;
  readonly intervention: number;
  readonly at: number;
  readonly severity: number;
}

const UNHAPPY_SEVERITY = 50;

async function readFinished(connection: Connection): Promise<Finished[]> {
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT e.fk_object, e.type_intervention, e.ville, e.duree_estimee, e.duree_reelle, e.satisfaction, e.cout,
            UNIX_TIMESTAMP(i.datei) * 1000 AS at_ms
     FROM llx_fichinter_extrafields e JOIN llx_fichinter i ON i.rowid = e.fk_object
     WHERE e.duree_reelle > 0 ORDER BY i.datei, e.fk_object`,
  );
  const positive = (value: unknown): number | null => (Number(value) > 0 ? Number(value) : null);
  return rows.map((row) => ({
    at: Number(row['at_ms']),
    facts: {
      intervention: Number(row['fk_object']),
      type: (row['type_intervention'] as string | null) ?? null,
      city: (row['ville'] as string | null) ?? null,
      estimatedHours: positive(row['duree_estimee']),
      actualHours: positive(row['duree_reelle']),
      satisfaction: positive(row['satisfaction']),
      cost: positive(row['cout']),
    },
  }));
}

function judge(finished: readonly Finished[]): Alerted[] {
  const history = emptyHistory();
  const alerts: Alerted[] = [];
  for (const { facts, at } of finished) {
    const { findings, hours, cost } = assess(history, facts);
    for (const rule of findings) {
      const severity =
        rule === 'intervention_hours'
          ? hours!.severity
          : rule === 'intervention_cost'
            ? cost!.severity
            : UNHAPPY_SEVERITY;
      alerts.push({ kind: KIND_OF[rule], intervention: facts.intervention, at, severity });
    }
    const job = jobOf(facts);
    if (job) learnJob(history, typeKey(facts.type), job);
  }
  return alerts;
}

/** The most severe of each week. */
function withinBudget(alerts: readonly Alerted[]): Alerted[] {
  const weeks = new Map<number, Alerted[]>();
  for (const alert of alerts) {
    const week = Math.floor(alert.at / WEEK_MS);
    weeks.set(week, [...(weeks.get(week) ?? []), alert]);
  }
  return [...weeks.values()].flatMap((week) =>
    week.sort((a, b) => b.severity - a.severity).slice(0, WEEKLY_BUDGET),
  );
}

function compare(alerts: readonly Alerted[], truth: ReadonlyMap<number, string>): string[] {
  const percent = (part: number, whole: number): string =>
    whole === 0 ? '-' : `${((100 * part) / whole).toFixed(0)} %`;
  return [...Object.values(KIND_OF), 'any'].map((kind) => {
    const raised = alerts.filter((alert) => kind === 'any' || alert.kind === kind);
    const right = raised.filter(({ intervention }) => truth.has(intervention));
    const known = [...truth].filter(([, of]) => kind === 'any' || of === kind);
    const found = known.filter(([intervention]) =>
      raised.some((alert) => alert.intervention === intervention),
    );
    const figures = `${raised.length} alerts, precision ${percent(right.length, raised.length)}`;
    return `${kind.padEnd(14)}${figures}, recall ${percent(found.length, known.length)} of ${known.length}`;
  });
}

interface Firm {
  readonly alerts: Alerted[];
  readonly truth: ReadonlyMap<number, string>;
  readonly weeks: number;
}

async function liveFirm(
  url: string,
  options: { seed: number; months: number; anomalyRate: number },
): Promise<Firm> {
  await createDolibarr({ url, replace: true });
  await seedHistory({ url, ...options, now: NOW });
  const connection = await createConnection({ ...parseSourceUrl(url) });
  try {
    const finished = await readFinished(connection);
    const [rows] = await connection.query<RowDataPacket[]>(
      `SELECT subject_id, kind FROM ${GROUND_TRUTH_DATABASE}.anomaly WHERE dolibarr = DATABASE()`,
    );
    const from = (finished[0]?.at ?? 0) + TEACHING_MS;
    const scored = new Set(finished.filter(({ at }) => at >= from).map(({ facts }) => facts.intervention));
    const truth = rows.map((row) => [Number(row['subject_id']), String(row['kind'])] as const);
    return {
      alerts: judge(finished).filter(({ at }) => at >= from),
      truth: new Map(truth.filter(([intervention]) => scored.has(intervention))),
      weeks: (NOW - from) / WEEK_MS,
    };
  } finally {
    await connection.end();
  }
}

const { values } = parseArgs({
  options: {
    months: { type: 'string', default: '15' },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string', default: '0.01' },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const folder = await mkdtemp(join(tmpdir(), 'dolistream-accuracy-'));
const server = await startPrivateMariadb({ dir: join(folder, 'mariadb'), args: [] });
try {
  const options = { seed: Number(values.seed), months: Number(values.months) };
  const firm = await liveFirm(server.url('firm'), { ...options, anomalyRate: Number(values.rate) });
  say(`${firm.truth.size} anomalies in ${firm.weeks.toFixed(0)} weeks; all alerts:`);
  compare(firm.alerts, firm.truth).forEach(say);
  say(`at ${WEEKLY_BUDGET} a week:`);
  compare(withinBudget(firm.alerts), firm.truth).forEach(say);
  const clean = await liveFirm(server.url('clean'), { ...options, anomalyRate: 0 });
  const perWeek = (alerts: readonly Alerted[]): string => (alerts.length / clean.weeks).toFixed(2);
  say(
    `without anomalies: ${perWeek(clean.alerts)} alerts a week, ${perWeek(withinBudget(clean.alerts))} at the budget`,
  );
  for (const kind of Object.values(KIND_OF)) {
    say(`${kind.padEnd(14)}${perWeek(clean.alerts.filter((alert) => alert.kind === kind))} a week`);
  }
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
