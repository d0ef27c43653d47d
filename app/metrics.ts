/** Metrics in Prometheus' format, under the prefix `dolistream_`. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { DolistreamError } from '../core/errors.ts';
import type { Metrics } from '../core/ports/metrics.ts';

const PREFIX = 'dolistream_';

/** From a millisecond to five minutes: an alert takes milliseconds, a copy of a table minutes. */
const SECONDS_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

type Labels = Readonly<Record<string, string>>;
type Kind = 'counter' | 'gauge' | 'histogram';

export interface PrometheusMetrics extends Metrics {
  /** The page for `GET /metrics`. */
  page(): Promise<{ readonly type: string; readonly text: string }>;
}

/** What a metric is about, from its name: prom-client asks for a help text. */
const helpOf = (name: string): string => name.replaceAll('_', ' ');

/**
 * Makes metrics on their first use; the labels of that use are the metric's. A later use of the same name with other
 * labels or as another kind is INTERNAL: two stages must not share a name by accident.
 */
export function createMetrics(version: string): PrometheusMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: PREFIX });
  const shapes = new Map<string, string>();

  function metric<T>(kind: Kind, name: string, labels: Labels, make: (labelNames: string[]) => T): T {
    const labelNames = Object.keys(labels).sort();
    const shape = `${kind} ${labelNames.join(',')}`;
    const known = shapes.get(name);
    if (known === undefined) {
      shapes.set(name, shape);
      return make(labelNames);
    }
    if (known !== shape) {
      throw new DolistreamError('INTERNAL', `Metric ${name} is a ${known}, and was used as a ${shape}`);
    }
    return registry.getSingleMetric(PREFIX + name) as T;
  }

  const options = (name: string, labelNames: string[]) => ({
    name: PREFIX + name,
    help: helpOf(name),
    labelNames,
    registers: [registry],
  });

  const metrics: PrometheusMetrics = {
    count: (name, by = 1, labels = {}) =>
      metric('counter', name, labels, (names) => new Counter(options(name, names))).inc({ ...labels }, by),
    gauge: (name, value, labels = {}) =>
      metric('gauge', name, labels, (names) => new Gauge(options(name, names))).set({ ...labels }, value),
    observe: (name, seconds, labels = {}) =>
      metric(
        'histogram',
        name,
        labels,
        (names) => new Histogram({ ...options(name, names), buckets: SECONDS_BUCKETS }),
      ).observe({ ...labels }, seconds),
    page: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  };
  metrics.gauge('build_info', 1, { version });
  return metrics;
}
