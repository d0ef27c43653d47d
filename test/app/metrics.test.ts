import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../../app/metrics.ts';
import { DolistreamError } from '../../core/errors.ts';

void test('what stages count is on the page, with the prefix and in base units', async () => {
  const metrics = createMetrics('1.2.3');
  metrics.count('events_total', 3, { table: 'llx_ticket', op: 'c' });
  metrics.count('events_total', 2, { op: 'c', table: 'llx_ticket' });
  metrics.count('restarts_total');
  metrics.gauge('source_lag_seconds', 1.5);
  metrics.observe('alert_latency_seconds', 0.02);
  const { type, text } = await metrics.page();
  assert.match(type, /^text\/plain/);
  assert.match(text, /^dolistream_build_info\{version="1\.2\.3"\} 1$/m);
  assert.match(text, /^dolistream_events_total\{(op="c",table="llx_ticket"|table="llx_ticket",op="c")\} 5$/m);
  assert.match(text, /^dolistream_restarts_total 1$/m);
  assert.match(text, /^dolistream_source_lag_seconds 1\.5$/m);
  assert.match(text, /^dolistream_alert_latency_seconds_bucket\{le="0\.025"\} 1$/m);
  assert.match(text, /^dolistream_process_resident_memory_bytes /m);
});

void test('one name cannot be two metrics', () => {
  const metrics = createMetrics('1');
  metrics.count('things_total', 1, { table: 'a' });
  assert.throws(() => metrics.count('things_total', 1, { topic: 'a' }), DolistreamError);
  assert.throws(() => metrics.gauge('things_total', 1, { table: 'a' }), DolistreamError);
});

void test('two registries in one process do not meet', async () => {
  const [first, second] = [createMetrics('1'), createMetrics('2')];
  first.count('x_total');
  assert.doesNotMatch((await second.page()).text, /x_total/);
});
