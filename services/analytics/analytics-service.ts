/**
 * Reads the interventions' changes as they are committed and raises an alert for each that is out of line.
 * Score first, then learn. Rows of an initial copy (op `r`) are history: they teach and never alert.
 */
import type { Alert } from '../../core/alert.ts';
import type { Clock } from '../../core/clock.ts';
import type { ChangeLog, Cursor, LoggedBatch } from '../../core/ports/change-log.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import type { Service } from '../../core/ports/service.ts';
import { tableTopic } from '../../core/topics.ts';
import { admitFinding } from './alert-budget.ts';
import { type AlertWriter, createAlertWriter } from './alert-writer.ts';
import { buildAlert, type Finding, findingId } from './build-alert.ts';
import type { Locale } from './explanation.ts';
import { ChangeDecoder, readFacts, readInterventionRow, type RowChange } from './intervention-changes.ts';
import { findJob, forgetJob, type Job, type JobHistory, learnJob } from './job-history.ts';
import { checkpoint, loadMemory, type Memory, progressState, rememberAlert, rememberRow } from './memory.ts';
import { assess, type InterventionFacts, jobOf, typeKey } from './model.ts';

export interface AnalyticsOptions {
  /** --topic-prefix. */
  readonly prefix: string;
  /** Dolibarr's database. */
  readonly database: string;
  /** Dolibarr's table prefix, `llx_` unless the firm chose another. */
  readonly tablePrefix?: string;
  readonly locale: Locale;
  /** Most alerts in seven days, the most severe ones; left out or null: no limit. */
  readonly alertsPerWeek?: number | null;
  /** Text of schemas/alert.avsc. */
  readonly alertSchema: string;
  /** The model is saved when it changed and this many seconds or learnt records went by. */
  readonly saveSeconds?: number;
  readonly saveRecords?: number;
  /** Bytes of changes handled at a time. */
  readonly readBytes?: number;
}

export interface AnalyticsDeps {
  readonly log: ChangeLog;
  readonly registry: SchemaRegistry;
  readonly options: AnalyticsOptions;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

export interface AnalyticsService extends Service {
  /** How far the log was read, alerts included; null before the first read. */
  position(): Cursor | null;
}

const READ_BYTES = 1_000_000;
/** Longest wait for a change of interventions; `position` is at most this much older than the log's end. */
const IDLE_WAIT_MS = 1000;

/** One run of the service, from the loaded memory to the abort. */
class AnalyticsRun {
  readonly #deps: AnalyticsDeps;
  readonly #memory: Memory;
  readonly #write: AlertWriter;
  readonly #decoder: ChangeDecoder;
  readonly #rowsTopic: string;
  readonly #figuresTopic: string;
  readonly #saveMs: number;
  #lastSave: number;
  #learnt = 0;
  cursor: Cursor | null;

  constructor(deps: AnalyticsDeps, memory: Memory, write: AlertWriter) {
    const { prefix, database, tablePrefix = 'llx_', saveSeconds = 30 } = deps.options;
    this.#deps = deps;
    this.#memory = memory;
    this.#write = write;
    this.#decoder = new ChangeDecoder(deps.registry);
    this.#rowsTopic = tableTopic(prefix, database, `${tablePrefix}fichinter`);
    this.#figuresTopic = tableTopic(prefix, database, `${tablePrefix}fichinter_extrafields`);
    this.#saveMs = saveSeconds * 1000;
    this.#lastSave = deps.clock.now();
    this.cursor = memory.cursor;
  }

  async work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { batches, cursor } = await this.#deps.log.read({
        from: this.cursor,
        maxBytes: this.#deps.options.readBytes ?? READ_BYTES,
        topics: (topic) => topic === this.#rowsTopic || topic === this.#figuresTopic,
        waitMs: this.#untilSave(),
        signal,
      });
      await this.#digest(batches);
      this.cursor = cursor;
      if (this.#untilSave() === 0) await this.#save();
    }
    await this.#save();
  }

  /** Milliseconds until the next save is due, at most the idle wait. */
  #untilSave(): number {
    if (this.cursor === this.#memory.cursor) return IDLE_WAIT_MS;
    if (this.#learnt >= (this.#deps.options.saveRecords ?? 5000)) return 0;
    const due = this.#lastSave + this.#saveMs - this.#deps.clock.now();
    return Math.max(0, Math.min(IDLE_WAIT_MS, due));
  }

  async #save(): Promise<void> {
    if (this.cursor === this.#memory.cursor) return;
    const changes = checkpoint(this.#memory, this.cursor, this.#learnt > 0);
    await this.#deps.log.setState(changes);
    this.#learnt = 0;
    this.#lastSave = this.#deps.clock.now();
  }

  async #digest(batches: readonly LoggedBatch[]): Promise<void> {
    const findings: Finding[] = [];
    for (const batch of batches) {
      if (batch.topic === this.#rowsTopic) {
        for (const change of await this.#decoder.decode(batch, readInterventionRow)) this.#noteRow(change);
      } else {
        for (const change of await this.#decoder.decode(batch, readFacts)) {
          findings.push(...this.#judge(change));
        }
      }
    }
    if (findings.length > 0) await this.#raise(findings);
  }

  #noteRow(change: RowChange<{ intervention: number; ref: string; entity: number }>): void {
    if (change.after) rememberRow(this.#memory, change.after);
    else if (change.before) this.#memory.rows.delete(change.before.intervention);
    this.#learnt++;
  }

  #judge(change: RowChange<InterventionFacts>): Finding[] {
    const facts = change.after;
    // A delete teaches nothing: Dolibarr rewrites extrafields as delete and insert.
    if (!facts) return [];
    this.#learnt++;
    const { history } = this.#memory;
    const job = jobOf(facts);
    const known = change.before ? describeJob(change.before) : learntJob(history, facts.intervention);
    const sameJob = known === describeJob(facts);
    const sameMark = change.before !== null && change.before.satisfaction === facts.satisfaction;
    const findings: Finding[] = [];
    if (change.op !== 'r' && !(sameJob && sameMark)) {
      const assessment = assess(history, facts);
      for (const rule of assessment.findings) {
        if (rule === 'intervention_satisfaction' ? sameMark : sameJob) continue;
        findings.push({ rule, facts, assessment, seq: change.seq, committedAt: change.committedAt });
      }
    }
    if (!job) forgetJob(history, facts.intervention);
    else if (!sameJob) learnJob(history, typeKey(facts.type), job);
    return findings;
  }

  #isWithinBudget(alert: Alert): boolean {
    const { alertsPerWeek = null } = this.#deps.options;
    if (alertsPerWeek === null) return true;
    const finding = { at: alert.committed_at, severity: alert.severity };
    return admitFinding(this.#memory.decided, finding, alertsPerWeek);
  }

  /** Writes the findings that are new, together with the note that they were raised. */
  async #raise(findings: readonly Finding[]): Promise<void> {
    const { log, options, metrics, logger, clock } = this.#deps;
    const alerts: Alert[] = [];
    for (const finding of findings) {
      const id = findingId(options.database, finding);
      if (this.#memory.alerted.has(id)) continue;
      rememberAlert(this.#memory, id);
      const row = this.#memory.rows.get(finding.facts.intervention);
      const alert = buildAlert(finding, { id, row, locale: options.locale, raisedAt: clock.now() });
      if (this.#isWithinBudget(alert)) alerts.push(alert);
      else metrics.count('alerts_withheld_total', 1, { rule: alert.rule });
    }
    if (alerts.length === 0) return;
    await log.append([this.#write(alerts)], [progressState(this.#memory)]);
    for (const alert of alerts) {
      metrics.count('alerts_raised_total', 1, { rule: alert.rule });
      metrics.observe('alert_latency_seconds', Math.max(0, alert.raised_at - alert.committed_at) / 1000);
      logger.info({ alert: alert.id, severity: alert.severity }, 'alert raised');
    }
  }
}

/** Equal texts are the same job: same type, same hours, same cost, as exactly as the history keeps them. */
function describeJob(facts: InterventionFacts): string | null {
  const job = jobOf(facts);
  return job && describe(typeKey(facts.type), job);
}

function learntJob(history: JobHistory, intervention: number): string | null {
  const known = findJob(history, intervention);
  return known && describe(known.type, known.job);
}

function describe(type: string, job: Omit<Job, 'order'>): string {
  return [type, ...[job.logRatio, job.logCostRate, job.hours].map(Math.fround)].join(' ');
}

/** Consumer `analytics` of the log. Rejects when the log fails; a new run goes on without doubling an alert. */
export function createAnalyticsService(deps: AnalyticsDeps): AnalyticsService {
  let current: AnalyticsRun | null = null;
  return {
    name: 'analytics',
    async run(signal) {
      const { registry, options, log } = deps;
      const writer = await createAlertWriter(registry, options.prefix, options.alertSchema);
      current = new AnalyticsRun(deps, await loadMemory(log), writer);
      await current.work(signal);
    },
    position: () => current?.cursor ?? null,
  };
}
