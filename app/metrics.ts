/** Prometheus metrics of this process, behind the port that stages count through. Names get the prefix `dolistream_`. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics } from '../core/ports/metrics.ts';

type Labels = Readonly<Record<string, string>>;

export interface PrometheusMetrics extends Metrics {
  readonly registry: Registry;
}

const PREFIX = 'dolistream_';
/** From a millisecond to a minute: latencies of the pipeline. */
const BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function createMetrics(): PrometheusMetrics {
  const registry = new Registry();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  const describe = (name: string, labels: Labels) => ({
    name: PREFIX + name,
    help: name.replaceAll('_', ' '),
    labelNames: Object.keys(labels),
    registers: [registry],
  });
  const once = <Metric>(made: Map<string, Metric>, name: string, make: () => Metric): Metric => {
    const metric = made.get(name) ?? make();
    made.set(name, metric);
    return metric;
  };
  return {
    registry,
    count: (name, by = 1, labels = {}) =>
      once(counters, name, () => new Counter(describe(name, labels))).inc({ ...labels }, by),
    gauge: (name, value, labels = {}) =>
      once(gauges, name, () => new Gauge(describe(name, labels))).set({ ...labels }, value),
    observe: (name, seconds, labels = {}) =>
      once(histograms, name, () => new Histogram({ ...describe(name, labels), buckets: BUCKETS })).observe(
        { ...labels },
        seconds,
      ),
  };
}
