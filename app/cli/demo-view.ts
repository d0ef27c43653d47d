/** What the demo shows while it runs: a live screen on a terminal, plain lines elsewhere. */
import { createLogUpdate } from 'log-update';
import type { DemoView } from '../demo.ts';
import type { AlertSummary, Status } from '../runtime.ts';
import type { OutputStream } from './cli-io.ts';
import { makePrintable } from './printable.ts';
import { formatCount } from './progress.ts';

const PLAIN_EVERY_MS = 5_000;
const RATE_OVER_MS = 5_000;
const SHOWN_ALERTS = 5;

/** `startedAt`, ms since epoch: alerts from before it belong to an earlier demo and are not announced. */
export function openDemoView(stream: OutputStream, startedAt: number): DemoView {
  return stream.isTTY === true ? new LiveView(stream) : new PlainView(stream, startedAt);
}

/** Events per second over the last seconds, from counts that are sampled now and then. */
export class RateMeter {
  readonly #samples: { readonly at: number; readonly count: number }[] = [];

  /** Takes a sample and returns the rate up to it. */
  sample(at: number, count: number): number {
    this.#samples.push({ at, count });
    while (this.#samples.length > 2 && this.#samples[1]!.at <= at - RATE_OVER_MS) this.#samples.shift();
    const first = this.#samples[0]!;
    return at === first.at ? 0 : ((count - first.count) / (at - first.at)) * 1_000;
  }
}

/** The screen as lines, each cut to `columns`. */
export function formatScreen(status: Status, ratePerSecond: number, columns: number): readonly string[] {
  const { counts, http, alerts } = status;
  const stages = status.stages.map((stage) => {
    const lag =
      stage.lagRecords === null || stage.lagRecords === 0 ? '' : ` -${formatCount(stage.lagRecords)}`;
    return `${stage.name} ${stage.state}${lag}`;
  });
  const lines = [
    'dolistream demo: a simulated construction firm, captured live (Ctrl-C ends)',
    '',
    `  events     ${formatCount(counts.captured)} captured, ${formatCount(Math.round(ratePerSecond))}/s, ${status.tables} tables`,
    `  warehouse  ${formatCount(counts.loaded)} loaded${formatLag(status)}`,
    `  lake       ${formatCount(counts.laked)} in Parquet files under ${status.dataDir}/lake`,
    `  stages     ${stages.join(', ')}`,
    '',
    `  alerts     ${formatCount(counts.alerted)}`,
    ...alerts.slice(0, SHOWN_ALERTS).map((alert) => `    ${formatAlert(alert)}`),
    '',
    '  Look for yourself, in another terminal:',
    ...(http === null ? [] : [`    curl '${http}/?query=SELECT+op,count()+FROM+raw.events+GROUP+BY+op'`]),
    '    npm run dolistream -- query "SELECT ref, description FROM mirror.llx_fichinter FINAL LIMIT 5"',
    '    npm run dolistream -- status',
  ];
  return lines.map((line) => (line.length < columns ? line : `${line.slice(0, columns - 2)}…`));
}

function formatLag(status: Status): string {
  const lag = status.stages.find((stage) => stage.name === 'warehouse')?.lagSeconds ?? null;
  return lag === null ? '' : `, ${lag.toFixed(1)} s behind`;
}

function formatAlert(alert: AlertSummary): string {
  return `${new Date(alert.raisedAt).toISOString().slice(11, 19)}  ${makePrintable(alert.title)}`;
}

class LiveView implements DemoView {
  readonly #stream: OutputStream;
  readonly #update: ReturnType<typeof createLogUpdate>;
  readonly #meter = new RateMeter();

  constructor(stream: OutputStream) {
    this.#stream = stream;
    this.#update = createLogUpdate(stream as NodeJS.WriteStream);
  }

  say(line: string): void {
    this.#update(line);
    this.#update.done();
  }

  show(status: Status, now: number): void {
    const rate = this.#meter.sample(now, status.counts.captured);
    this.#update(formatScreen(status, rate, this.#stream.columns ?? 80).join('\n'));
  }

  [Symbol.dispose](): void {
    this.#update.done();
  }
}

class PlainView implements DemoView {
  readonly #stream: OutputStream;
  readonly #meter = new RateMeter();
  readonly #seen = new Set<string>();
  readonly #errors = new Map<string, string | null>();
  readonly #startedAt: number;
  #shownAt = 0;

  constructor(stream: OutputStream, startedAt: number) {
    this.#stream = stream;
    this.#startedAt = startedAt;
  }

  say(line: string): void {
    this.#stream.write(`${line}\n`);
  }

  show(status: Status, now: number): void {
    const rate = this.#meter.sample(now, status.counts.captured);
    for (const { name, error } of status.stages) {
      if (error !== null && error !== this.#errors.get(name))
        this.say(`${name} failed and is tried again: ${error}`);
      this.#errors.set(name, error);
    }
    for (const alert of [...status.alerts].reverse()) {
      const isNew = alert.raisedAt >= this.#startedAt && !this.#seen.has(alert.id);
      if (isNew) this.say(`alert ${formatAlert(alert)}`);
      this.#seen.add(alert.id);
    }
    if (now - this.#shownAt < PLAIN_EVERY_MS) return;
    this.#shownAt = now;
    const { captured, loaded, alerted } = status.counts;
    this.say(
      `${formatCount(captured)} captured, ${formatCount(Math.round(rate))}/s, ` +
        `${formatCount(loaded)} loaded${formatLag(status)}, ${formatCount(alerted)} alerts`,
    );
  }

  [Symbol.dispose](): void {
    // Lines once written stay.
  }
}
