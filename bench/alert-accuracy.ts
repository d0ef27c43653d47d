/**
 * `npx tsx bench/alert-accuracy.ts [--months N] [--seed N] [--rate SHARE] [--json]`: the live half of analytics on a
 * simulated firm whose anomalies are known. Everything is judged in the order of its date, then learnt, by the product's
 * own judges. Prints precision and recall by kind, of all alerts and of those that a budget of five a week lets through;
 * then the alerts of a firm without anomalies. The first three months teach and are not scored.
 *
 * The simulator makes interventions abnormal (hours, cost, satisfaction). Three more kinds are planted here: jobs of which
 * the estimate is taken away, invoices that lost their decimal comma, and exits of goods with a digit too many.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { startPrivateMariadb } from '../adapters/mariadb/private-server/start-private-mariadb.ts';
import { admitFinding, type Decided } from '../services/analytics/alert-budget.ts';
import type { Finding, LiveRule } from '../services/analytics/build-alert.ts';
import { judgeExit, judgeInvoice } from '../services/analytics/live/judge-amounts.ts';
import { judgeIntervention } from '../services/analytics/live/judge-interventions.ts';
import { emptyLiveMemory, type LiveMemory } from '../services/analytics/live/live-memory.ts';
import { createRandomSource } from '../services/analytics/models/random.ts';
import { createDolibarr } from '../simulator/create-dolibarr.ts';
import { seedHistory } from '../simulator/seed-history.ts';
import { type Happening, readHappenings, readTruth } from './firm-happenings.ts';
import { parseSourceUrl } from './source-url.ts';

const WEEK_MS = 7 * 86_400_000;
const TEACHING_MS = 91 * 86_400_000;
const WEEKLY_BUDGET = 5;
const LOST_COMMA = 100;
const DIGIT_TOO_MANY = 10;
const NOW = Date.parse('2026-11-01T00:00:00Z');
const KINDS = ['overrun', 'unplanned', 'cost', 'satisfaction', 'whole', 'invoice', 'exit'] as const;
type Kind = (typeof KINDS)[number];

const KIND_OF: Readonly<Record<LiveRule, Kind>> = {
  intervention_hours: 'overrun',
  intervention_cost: 'cost',
  intervention_satisfaction: 'satisfaction',
  intervention_whole: 'whole',
  invoice_amount: 'invoice',
  stock_exit: 'exit',
};

interface Alerted {
  readonly kind: Kind;
  /** What it is about: the same text as in the truth. */
  readonly about: string;
  readonly at: number;
  readonly severity: number;
}

interface Firm {
  readonly alerts: readonly Alerted[];
  /** Kind of each anomaly by what it is about. */
  readonly truth: ReadonlyMap<string, Kind>;
  readonly weeks: number;
  readonly events: number;
}

const aboutOf = ({ rule, row }: Pick<Finding, 'rule' | 'row'>): string =>
  `${rule.startsWith('intervention') ? 'intervention' : rule} ${row}`;

/** A slip of the keyboard, or nobody estimated: on a share of what the simulator left as it should be. */
function plant(happenings: readonly Happening[], rate: number, truth: Map<string, Kind>): Happening[] {
  const random = createRandomSource(7);
  const abnormal = new Set(truth.keys());
  return happenings.map((each): Happening => {
    const chance = random();
    if (each.kind === 'invoice' && each.change.after!.counts && chance < rate) {
      truth.set(`invoice_amount ${each.change.after!.invoice}`, 'invoice');
      const after = { ...each.change.after!, amount: LOST_COMMA * each.change.after!.amount };
      return { ...each, change: { ...each.change, after } };
    }
    if (each.kind === 'exit' && each.change.after!.quantity !== null && chance < rate) {
      truth.set(`stock_exit ${each.change.after!.movement}`, 'exit');
      const after = { ...each.change.after!, quantity: DIGIT_TOO_MANY * each.change.after!.quantity };
      return { ...each, change: { ...each.change, after } };
    }
    if (each.kind === 'intervention') {
      const facts = each.change.after!;
      const about = `intervention ${facts.intervention}`;
      if (abnormal.has(about) && truth.get(about) === 'overrun' && chance < 0.5) {
        truth.set(about, 'unplanned');
        return { ...each, change: { ...each.change, after: { ...facts, estimatedHours: null } } };
      }
    }
    return each;
  });
}

function judge(memory: LiveMemory, happening: Happening): Finding[] {
  if (happening.kind === 'invoice') return judgeInvoice(memory, happening.change);
  if (happening.kind === 'exit') return judgeExit(memory, happening.change);
  return judgeIntervention(memory, 'firm', happening.change);
}

function judgeAll(happenings: readonly Happening[], truth: ReadonlyMap<string, Kind>): Alerted[] {
  const memory = emptyLiveMemory();
  return happenings.flatMap((happening) =>
    judge(memory, happening).map((finding) => {
      const about = aboutOf(finding);
      const kind = KIND_OF[finding.rule];
      const isUnplanned = kind === 'overrun' && truth.get(about) === 'unplanned';
      return { kind: isUnplanned ? 'unplanned' : kind, about, at: happening.at, severity: finding.severity };
    }),
  );
}

/** What the live budget lets through. */
function withinBudget(alerts: readonly Alerted[]): Alerted[] {
  const decided: Decided[] = [];
  return alerts.filter(({ at, severity }) => admitFinding(decided, { at, severity }, WEEKLY_BUDGET));
}

interface Accuracy {
  readonly kind: string;
  readonly alerts: number;
  readonly right: number;
  readonly anomalies: number;
  readonly found: number;
}

function compare(alerts: readonly Alerted[], truth: ReadonlyMap<string, Kind>): Accuracy[] {
  const raised = new Set(alerts.map(({ about }) => about));
  return [...KINDS, 'any'].map((kind) => {
    const own = alerts.filter((alert) => kind === 'any' || alert.kind === kind);
    const known = [...truth].filter(([, of]) => kind === 'any' || of === kind);
    return {
      kind,
      alerts: own.length,
      right: own.filter(({ about }) => truth.has(about)).length,
      anomalies: known.length,
      found: known.filter(([about]) => raised.has(about)).length,
    };
  });
}

async function liveFirm(
  url: string,
  { rate, ...options }: { readonly seed: number; readonly months: number; readonly rate: number },
): Promise<Firm> {
  await createDolibarr({ url, replace: true });
  await seedHistory({ url, ...options, anomalyRate: rate, now: NOW });
  const connection = await createConnection({ ...parseSourceUrl(url) });
  try {
    const truth = new Map<string, Kind>();
    for (const { id, kind } of await readTruth(connection)) truth.set(`intervention ${id}`, kind as Kind);
    const happenings = plant(await readHappenings(connection), rate, truth);
    const from = (happenings[0]?.at ?? 0) + TEACHING_MS;
    const alerts = judgeAll(happenings, truth).filter(({ at }) => at >= from);
    const early = new Set(happenings.filter(({ at }) => at < from).map(({ about }) => about));
    for (const about of early) truth.delete(about);
    return { alerts, truth, weeks: (NOW - from) / WEEK_MS, events: happenings.length - early.size };
  } finally {
    await connection.end();
  }
}

const { values } = parseArgs({
  options: {
    months: { type: 'string', default: '15' },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string', default: '0.01' },
    json: { type: 'boolean', default: false },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

function sayAll(title: string, figures: readonly Accuracy[]): void {
  say(title);
  const percent = (part: number, whole: number): string =>
    whole === 0 ? '-' : `${((100 * part) / whole).toFixed(0)} %`;
  for (const { kind, alerts, right, anomalies, found } of figures) {
    say(
      `${kind.padEnd(14)}${alerts} alerts, precision ${percent(right, alerts)}, recall ${percent(found, anomalies)} of ${anomalies}`,
    );
  }
}

const folder = await mkdtemp(join(tmpdir(), 'dolistream-accuracy-'));
const server = await startPrivateMariadb({ dir: join(folder, 'mariadb'), args: [] });
try {
  const options = { seed: Number(values.seed), months: Number(values.months) };
  const firm = await liveFirm(server.url('firm'), { ...options, rate: Number(values.rate) });
  const all = compare(firm.alerts, firm.truth);
  const budgeted = compare(withinBudget(firm.alerts), firm.truth);
  const clean = await liveFirm(server.url('clean'), { ...options, rate: 0 });
  const perWeek = (alerts: readonly Alerted[]): number => alerts.length / clean.weeks;
  const falseAlerts = KINDS.map((kind) => [
    kind,
    perWeek(clean.alerts.filter((alert) => alert.kind === kind)),
  ]);
  if (values.json) {
    const { weeks, events } = firm;
    const cleanYear = { ...Object.fromEntries(falseAlerts), budgeted: perWeek(withinBudget(clean.alerts)) };
    say(JSON.stringify({ weeks, events, all, budgeted, cleanPerWeek: cleanYear }));
  } else {
    sayAll(
      `${firm.truth.size} anomalies in ${firm.weeks.toFixed(0)} weeks, ${firm.events} events; all alerts:`,
      all,
    );
    sayAll(`at ${WEEKLY_BUDGET} a week:`, budgeted);
    say(`without anomalies: ${perWeek(withinBudget(clean.alerts)).toFixed(2)} alerts a week at the budget`);
    for (const [kind, rate] of falseAlerts)
      say(`${String(kind).padEnd(14)}${Number(rate).toFixed(2)} a week`);
  }
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
