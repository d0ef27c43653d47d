/**
 * `npx tsx bench/interval-coverage.ts demand FILE.csv [...]` or `npx tsx bench/interval-coverage.ts firm [--months N]`: do
 * ranges of demand and of durations hold as often as they say? Month by month and job by job, each judged with what came
 * before it only, by the product's own models. FILE.csv has one monthly series a row behind an id; `firm` takes the goods
 * and jobs of a simulated firm. Prints what was promised and what was kept.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { startPrivateMariadb } from '../adapters/mariadb/private-server/start-private-mariadb.ts';
import { describeJob } from '../services/analytics/duration/duration.ts';
import { calibrateBands, demandBand } from '../services/analytics/models/demand-bands.ts';
import { isRegular } from '../services/analytics/models/demand-class.ts';
import type { Series } from '../services/analytics/models/demand-methods.ts';
import { DurationStream, type FinishedJob } from '../services/analytics/models/duration-model.ts';
import { reorderLevels } from '../services/analytics/models/reorder-level.ts';
import { createDolibarr } from '../simulator/create-dolibarr.ts';
import { seedHistory } from '../simulator/seed-history.ts';
import { readCsv, readNumber } from './csv-table.ts';
import { readHappenings } from './firm-happenings.ts';
import { parseSourceUrl } from './source-url.ts';

const COVERAGES = [0.8, 0.9] as const;
const MONTHS_JUDGED = 12;
const NOW = Date.parse('2026-11-01T00:00:00Z');
const FIRST_JOBS = 200;

interface Tally {
  cases: number;
  inside: number;
  promised: number;
}

const tallies = new Map<string, Tally>();

function note(name: string, isInside: boolean, promised: number): void {
  const tally = tallies.get(name) ?? { cases: 0, inside: 0, promised: 0 };
  tallies.set(name, {
    cases: tally.cases + 1,
    inside: tally.inside + (isInside ? 1 : 0),
    promised: tally.promised + promised,
  });
}

/** The month after each of the last origins. */
function judgeDemand(name: string, products: readonly Series[]): void {
  const months = products[0]?.length ?? 0;
  for (let origin = Math.max(24, months - MONTHS_JUDGED); origin < months; origin++) {
    const past = products.map((series) => series.slice(0, origin));
    const calibration = calibrateBands(past, 1);
    const levels = reorderLevels(past, { protection: 1, service: 0.9 });
    levels.forEach((level, index) => {
      const demand = products[index]![origin]!;
      const kind = isRegular(level.forecast.kind) ? 'regular' : 'sparse';
      for (const coverage of COVERAGES) {
        const { low, high, probability } = demandBand(level, 0, calibration, coverage);
        note(`${name} ${kind} ${coverage}`, demand >= low && demand <= high, probability);
      }
    });
  }
}

function judgeDurations(name: string, jobs: readonly FinishedJob[]): void {
  for (const coverage of COVERAGES) {
    const kinds = jobs[0]!.inputs.map(() => 'name' as const);
    const stream = new DurationStream(jobs.slice(0, FIRST_JOBS), { kinds, coverage });
    for (const job of jobs.slice(FIRST_JOBS)) {
      const { lower, upper } = stream.predict(job);
      note(`${name} durations ${coverage}`, job.actual >= lower && job.actual <= upper, coverage);
      stream.learn(job);
    }
  }
}

async function readDemand(connection: Connection): Promise<Series[]> {
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT fk_product AS product, PERIOD_DIFF(EXTRACT(YEAR_MONTH FROM datem), 202001) AS month, SUM(-value) AS out_sum
     FROM llx_stock_mouvement WHERE value < 0 AND datem < '2026-11-01' GROUP BY product, month`,
  );
  const months = rows.map((row) => Number(row['month']));
  const [first, last] = [Math.min(...months) + 1, Math.max(...months)];
  const products = [...new Set(rows.map((row) => Number(row['product'])))];
  const byKey = new Map(rows.map((row) => [`${row['product']} ${row['month']}`, Number(row['out_sum'])]));
  return products.map((product) =>
    Array.from({ length: last - first + 1 }, (_, at) => byKey.get(`${product} ${first + at}`) ?? 0),
  );
}

async function judgeFirm(months: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dolistream-coverage-'));
  const server = await startPrivateMariadb({ dir: join(folder, 'mariadb'), args: [] });
  try {
    const url = server.url('firm');
    await createDolibarr({ url, replace: true });
    await seedHistory({ url, seed: 1, months, now: NOW });
    const connection = await createConnection({ ...parseSourceUrl(url) });
    judgeDemand('firm', await readDemand(connection));
    const jobs = (await readHappenings(connection)).flatMap((each): FinishedJob[] => {
      if (each.kind !== 'intervention') return [];
      const { type, city, estimatedHours, actualHours } = each.change.after!;
      const described = { type: type ?? '', city: city ?? '', technician: '', customer: '' };
      return [{ ...describeJob({ ...described, estimated: estimatedHours }), actual: actualHours! }];
    });
    judgeDurations('firm', jobs);
    await connection.end();
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { months: { type: 'string', default: '36' } },
});
const [task = '', ...files] = positionals;
if (task === 'firm') await judgeFirm(Number(values.months));
else {
  for (const file of files) {
    const { header, rows } = readCsv(file);
    const series = rows.map((row) => row.slice(1).map((cell, at) => readNumber(cell, header[at + 1]!)));
    judgeDemand(file.replace(/^.*\//, ''), series);
  }
}
for (const [name, { cases, inside, promised }] of tallies) {
  const [kept, said] = [inside / cases, promised / cases];
  process.stdout.write(
    `${name.padEnd(32)}${cases} cases, said ${said.toFixed(3)}, kept ${kept.toFixed(3)}\n`,
  );
}
