import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { formatScreen, openDemoView, RateMeter } from '../../../app/cli/demo-view.ts';
import type { Status } from '../../../app/runtime.ts';

const STATUS: Status = {
  version: '1.2.3',
  running: true,
  http: 'http://127.0.0.1:8686',
  dataDir: '/data',
  source: 'mysql://u@h:3306/d',
  position: null,
  tables: 40,
  counts: { captured: 36_000, loaded: 35_000, laked: 30_000, alerted: 1 },
  lastEventAt: 0,
  stages: [
    { name: 'capture', state: 'running', lagRecords: null, lagSeconds: null, error: null },
    { name: 'warehouse', state: 'running', lagRecords: 1_000, lagSeconds: 0.5, error: null },
  ],
  alerts: [
    {
      id: 'a',
      committedAt: 0,
      raisedAt: 2_000,
      severity: 80,
      rule: 'r',
      title: 'FI1 : 21 h',
      explanation: '',
    },
  ],
};

void describe("the demo's view", () => {
  void it('shows rates, lag, the newest alerts and where to look, within the width of the terminal', () => {
    const text = formatScreen(STATUS, 123.4, 200).join('\n');
    for (const part of [
      '36,000 captured, 123/s, 40 tables',
      '35,000 loaded, 0.5 s behind',
      'FI1 : 21 h',
      '8686/?query=',
    ]) {
      assert.ok(text.includes(part), part);
    }
    assert.ok(formatScreen(STATUS, 0, 40).every((line) => line.length < 40));
  });

  void it('writes plain lines where there is no terminal: each alert and each failure once', () => {
    const stream = new PassThrough();
    using view = openDemoView(stream, 1_000);
    const failing: Status = {
      ...STATUS,
      stages: [{ name: 'lake', state: 'retrying', lagRecords: 5, lagSeconds: 1, error: 'disk full' }],
    };
    const earlier = { ...STATUS.alerts[0]!, id: 'earlier', raisedAt: 999 };
    view.show({ ...STATUS, alerts: [...STATUS.alerts, earlier] }, 10_000);
    view.show(failing, 10_500);
    view.show(failing, 11_000);
    const lines = String(stream.read()).trimEnd().split('\n');
    assert.deepEqual(lines, [
      'alert 00:00:02  FI1 : 21 h',
      '36,000 captured, 0/s, 35,000 loaded, 0.5 s behind, 1 alerts',
      'lake failed and is tried again: disk full',
    ]);
  });

  void it('measures the rate over the last seconds', () => {
    const meter = new RateMeter();
    assert.equal(meter.sample(0, 0), 0);
    assert.equal(meter.sample(1_000, 500), 500);
    assert.equal(meter.sample(20_000, 500), 0);
  });
});
