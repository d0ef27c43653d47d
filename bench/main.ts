/**
 * `npm run bench -- [throughput] [latency] [kpi] [backfill] [dashboard] [peers] [loaders] [--rows N] [--rate N] [--seconds N] [--tickets N] [--partitions N,N] [--kills N] [--beside] [--tuned] [--json]`: our speed on this machine,
 * beside a limit measured in the same run. Progress goes to standard error, results to standard output.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installMariadb } from '../adapters/mariadb/private-server/install-mariadb.ts';
import {
  type PrivateMariadb,
  startPrivateMariadb,
} from '../adapters/mariadb/private-server/start-private-mariadb.ts';
import { measureKpis } from './kpi.ts';
import { measureBackfill } from './backfill.ts';
import { measureDashboardLoad } from './dashboard-load.ts';
import { measureLatency } from './latency.ts';
import { measureLoaders } from './loaders.ts';
import { measurePeers } from './peers.ts';
import { measureThroughput } from './throughput.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '500000' },
    rate: { type: 'string', default: '200' },
    tickets: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '60' },
    partitions: { type: 'string', default: '1,4' },
    kills: { type: 'string', default: '3' },
    beside: { type: 'boolean', default: false },
    tuned: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const wanted = positionals.length > 0 ? positionals : ['throughput', 'latency'];
const folder = await mkdtemp(join(tmpdir(), 'dolistream-bench-'));
const report: Record<string, unknown> = {};

/** Alone, the figures of a bench are the report. */
function add(name: string, figures: object): void {
  if (wanted.length === 1) Object.assign(report, figures);
  else report[name] = figures;
}

async function measureWithSource(server: PrivateMariadb): Promise<void> {
  if (wanted.includes('throughput')) {
    report['throughput'] = await measureThroughput(server, { rows: Number(values.rows), folder, say });
  }
  if (wanted.includes('latency')) {
    const options = { rate: Number(values.rate), seconds: Number(values.seconds), folder, say };
    for (const traffic of ['tickets', 'firm'] as const) {
      report[`latency_${traffic}`] = await measureLatency(server, { ...options, traffic });
    }
  }
  if (wanted.includes('kpi')) {
    const options = { tickets: Number(values.tickets), seconds: Number(values.seconds), folder, say };
    // How cost grows shows beside a firm of a tenth of the size; programs are told of the one they asked for.
    if (!values.json) {
      const tenth = { ...options, tickets: Math.round(options.tickets / 10) };
      report['kpi_tenth'] = await measureKpis(server, tenth);
    }
    const figures = await measureKpis(server, options);
    const { tickets, views, freshness_p99_ms } = figures;
    add('kpi', values.json ? { tickets, views, freshness_p99_ms } : figures);
  }
  if (wanted.includes('backfill')) {
    const options = {
      ...{ rows: Number(values.rows), rate: Number(values.rate), folder, say },
      ...{ kills: Number(values.kills), beside: values.beside },
    };
    report['backfill'] = await measureBackfill(server, options);
  }
  if (wanted.includes('dashboard')) {
    const options = { clients: 100, queries: 50, changes: 500, seconds: Number(values.seconds), folder, say };
    add('dashboard', await measureDashboardLoad(server, options));
  }
  if (wanted.includes('peers')) {
    const options = { rows: Number(values.rows), isTuned: values.tuned, folder, say };
    add('peers', await measurePeers(server, options));
  }
}

try {
  if (wanted.includes('loaders')) {
    const partitions = values.partitions.split(',').map(Number);
    add('loaders', await measureLoaders({ records: Number(values.rows), partitions, folder, say }));
  }
  if (wanted.some((name) => name !== 'loaders')) {
    await installMariadb({ log: say });
    const server = await startPrivateMariadb({
      dir: join(folder, 'mariadb'),
      args: ['--innodb-buffer-pool-size=256M'],
    });
    try {
      await measureWithSource(server);
    } finally {
      await server.stop();
    }
  }
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else
    for (const [name, figures] of Object.entries(report))
      process.stdout.write(`${name}\n${table(figures)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

function table(figures: unknown): string {
  if (typeof figures !== 'object' || figures === null) return `  ${String(figures)}`;
  return Object.entries(figures)
    .map(
      ([name, value]) =>
        `  ${name.padEnd(24)}${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    )
    .join('\n');
}
