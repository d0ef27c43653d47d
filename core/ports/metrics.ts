/**
 * What a stage may count. Names follow Prometheus (base units, `_total` for counters) and are given without
 * the `dolistream_` prefix. Calls are cheap enough for once per batch, not once per row.
 */
export interface Metrics {
  count(name: string, by?: number, labels?: Readonly<Record<string, string>>): void;
  gauge(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
  /** A duration in seconds, into a histogram. */
  observe(name: string, seconds: number, labels?: Readonly<Record<string, string>>): void;
}
