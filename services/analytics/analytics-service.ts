/**
 * Reads changes of interventions, invoices and stock as they are committed and raises an alert for each that is out of
 * line. Score first, then learn. Rows of an initial copy (op `r`) are history: they teach and never alert. People's
 * answers to alerts are read from their topic, in the order of the log like everything else.
 */
import type { Clock } from '../../core/clock.ts';
import type { ChangeLog, Cursor, LoggedBatch } from '../../core/ports/change-log.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import type { Service } from '../../core/ports/service.ts';
import { alertAnswersTopic, tableTopic } from '../../core/topics.ts';
import { admitFinding } from './alert-budget.ts';
import { type AlertWriter, createAlertWriter } from './alert-writer.ts';
import { buildAlert, type Finding, findingId } from './build-alert.ts';
import type { Locale } from './explanation.ts';
import { readFacts, readInterventionRow } from './intervention-changes.ts';
import { AnswerDecoder } from './live/answer-decoder.ts';
import { isDismissed, noteRaised } from './live/answers.ts';
import { readCustomerName, readExit, readInvoice, readProductName } from './live/document-changes.ts';
import { judgeExit, judgeInvoice } from './live/judge-amounts.ts';
import { judgeIntervention } from './live/judge-interventions.ts';
import { rememberName, rememberRow, takeAnswer } from './live/live-memory.ts';
import { checkpoint, loadMemory, type Memory, progressState, rememberAlert } from './memory.ts';
import { ChangeDecoder, type ColumnReader, type RowChange } from './row-changes.ts';

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

/** Learns from the batch of a topic, and gives what it shows to be out of line. */
type TopicReader = (batch: LoggedBatch) => Promise<readonly Finding[]>;

/** What is done with the batches of each topic. */
function topicReaders({ registry, options }: AnalyticsDeps, memory: Memory): Map<string, TopicReader> {
  const { prefix, database, tablePrefix = 'llx_' } = options;
  const { live } = memory;
  const changes = new ChangeDecoder(registry);
  const answers = new AnswerDecoder(registry);
  const rowsOf =
    <Row>(
      read: (columns: ColumnReader) => Row | null,
      judge: (change: RowChange<Row>) => readonly Finding[],
    ): TopicReader =>
    async (batch) =>
      (await changes.decode(batch, read)).flatMap(judge);
  const namesInto = (names: Map<number, string>, row: { id: number; name: string } | null): Finding[] => {
    if (row && names.get(row.id) !== row.name) rememberName(names, row.id, row.name);
    return [];
  };
  const tables: Readonly<Record<string, TopicReader>> = {
    fichinter: rowsOf(readInterventionRow, ({ before, after }) => {
      if (after) rememberRow(live, after);
      else if (before) live.rows.delete(before.intervention);
      return [];
    }),
    fichinter_extrafields: rowsOf(readFacts, (change) => judgeIntervention(live, database, change)),
    facture: rowsOf(readInvoice, (change) => judgeInvoice(live, change)),
    stock_mouvement: rowsOf(readExit, (change) => judgeExit(live, change)),
    societe: rowsOf(readCustomerName, ({ after }) => namesInto(live.customers, after)),
    product: rowsOf(readProductName, ({ after }) => namesInto(live.products, after)),
  };
  const readers = new Map<string, TopicReader>();
  for (const [table, reader] of Object.entries(tables)) {
    readers.set(tableTopic(prefix, database, `${tablePrefix}${table}`), reader);
  }
  readers.set(alertAnswersTopic(prefix), async (batch) => {
    for (const answer of await answers.decode(batch)) takeAnswer(live, answer);
    return [];
  });
  return readers;
}

/** One run of the service, from the loaded memory to the abort. */
class AnalyticsRun {
  readonly #deps: AnalyticsDeps;
  readonly #memory: Memory;
  readonly #write: AlertWriter;
  readonly #readers: ReadonlyMap<string, TopicReader>;
  readonly #saveMs: number;
  #lastSave: number;
  #learnt = 0;
  cursor: Cursor | null;

  constructor(deps: AnalyticsDeps, memory: Memory, write: AlertWriter) {
    this.#deps = deps;
    this.#memory = memory;
    this.#write = write;
    this.#readers = topicReaders(deps, memory);
    this.#saveMs = (deps.options.saveSeconds ?? 30) * 1000;
    this.#lastSave = deps.clock.now();
    this.cursor = memory.cursor;
  }

  async work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { batches, cursor } = await this.#deps.log.read({
        from: this.cursor,
        maxBytes: this.#deps.options.readBytes ?? READ_BYTES,
        topics: (topic) => this.#readers.has(topic),
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
    if (this.#learnt >= (this.#deps.options.saveRecords ?? 20_000)) return 0;
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
    const admitted: Finding[] = [];
    for (const batch of batches) {
      const findings = await this.#readers.get(batch.topic)!(batch);
      // Decided before the next batch is read: that may hold the answer.
      admitted.push(...findings.filter((finding) => this.#admit(finding)));
      this.#learnt += batch.count;
    }
    if (admitted.length > 0) await this.#raise(admitted);
  }

  #isWithinBudget({ committedAt: at, severity }: Finding): boolean {
    const { alertsPerWeek = null } = this.#deps.options;
    return alertsPerWeek === null || admitFinding(this.#memory.decided, { at, severity }, alertsPerWeek);
  }

  /**
   * False for what was raised before, what people called normal, and what is beyond the budget. After a restart the same
   * findings come again: what they leave in memory must not depend on whether they are known.
   */
  #admit(finding: Finding): boolean {
    const { options, metrics } = this.#deps;
    const { alerted, live } = this.#memory;
    const { rule, row, pattern, strength, committedAt: at } = finding;
    const id = findingId(options.database, finding);
    const isKnown = alerted.has(id);
    if (!isKnown) rememberAlert(this.#memory, id);
    if (isDismissed(live.answers, { rule, pattern, strength, at })) {
      if (!isKnown) metrics.count('alerts_dismissed_total', 1, { rule });
      return false;
    }
    noteRaised(live.answers, id, { rule, row, pattern, strength });
    if (isKnown) return false;
    const isWithin = this.#isWithinBudget(finding);
    if (!isWithin) metrics.count('alerts_withheld_total', 1, { rule });
    return isWithin;
  }

  /** Writes the alerts, together with the note that they were raised. */
  async #raise(findings: readonly Finding[]): Promise<void> {
    const { log, options, metrics, logger, clock } = this.#deps;
    const alerts = findings.map((finding) => {
      const id = findingId(options.database, finding);
      return buildAlert(finding, { id, locale: options.locale, raisedAt: clock.now() });
    });
    await log.append([this.#write(alerts)], [progressState(this.#memory)]);
    for (const alert of alerts) {
      metrics.count('alerts_raised_total', 1, { rule: alert.rule });
      metrics.observe('alert_latency_seconds', Math.max(0, alert.raised_at - alert.committed_at) / 1000);
      logger.info({ alert: alert.id, severity: alert.severity }, 'alert raised');
    }
  }
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
