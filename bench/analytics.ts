/**
 * `npx tsx bench/analytics.ts TASK input.csv [test.csv] output.csv [options]`: the product's models on files, so that
 * they can be scored against references. A thin shell: every figure comes from services/analytics/models/.
 * Exit code 0, or 1 with one line on standard error.
 */
import { parseArgs } from 'node:util';
import type { Series } from '../services/analytics/models/demand-methods.ts';
import type { DurationJob, FinishedJob } from '../services/analytics/models/duration-model.ts';
import type { Row } from '../services/analytics/models/isolation-forest.ts';
import { columnOf, type CsvTable, readCsv, readNumber, writeCsv } from './csv-table.ts';

const SEED = 42;

const OPTIONS = {
  horizon: { type: 'string' },
  method: { type: 'string' },
  protection: { type: 'string' },
  service: { type: 'string' },
  coverage: { type: 'string', default: '0.8' },
  categories: { type: 'string', default: '' },
  numbers: { type: 'string', default: '' },
  online: { type: 'boolean', default: false },
  k: { type: 'string' },
} as const;

interface Call {
  readonly files: readonly string[];
  readonly values: ReturnType<typeof readArguments>['values'];
}

function readArguments(argv: readonly string[]) {
  return parseArgs({ args: [...argv], allowPositionals: true, options: OPTIONS });
}

function readOption(call: Call, name: 'horizon' | 'protection' | 'service' | 'coverage' | 'k'): number {
  const value = Number(call.values[name]);
  if (!(value > 0)) throw new RangeError(`--${name} must be above 0, not ${String(call.values[name])}`);
  return value;
}

const readRows = (table: CsvTable): Row[] =>
  table.rows.map((row) => row.map((cell, column) => readNumber(cell, table.header[column]!)));

function readSeries(table: CsvTable): { ids: string[]; series: Series[] } {
  const series = table.rows.map((row) =>
    row.slice(1).map((cell, month) => {
      const demand = readNumber(cell, table.header[month + 1]!);
      if (!(demand >= 0)) throw new RangeError(`Demand "${cell}" of "${row[0]}" is not a number from 0 up`);
      return demand;
    }),
  );
  return { ids: table.rows.map((row) => row[0]!), series };
}

async function scoreRows({ files }: Call): Promise<void> {
  const { learnUsualRows, scoreUnusualRow } = await import('../services/analytics/models/unusual-rows.ts');
  const rows = readRows(readCsv(files[0]!));
  const usual = learnUsualRows(rows, { seed: SEED });
  writeCsv(
    files[1]!,
    ['score'],
    rows.map((row) => [scoreUnusualRow(usual, row)]),
  );
}

async function scoreRowStream({ files }: Call): Promise<void> {
  const { UnusualRowStream } = await import('../services/analytics/models/stream-unusual-rows.ts');
  const stream = new UnusualRowStream({ seed: SEED });
  const rows = readRows(readCsv(files[0]!));
  writeCsv(
    files[1]!,
    ['score'],
    rows.map((row) => [stream.scoreThenLearn(row)]),
  );
}

async function scoreJobs({ files }: Call): Promise<void> {
  const { UnusualJobs } = await import('../services/analytics/models/unusual-jobs.ts');
  const table = readCsv(files[0]!);
  const [category, subcategory, estimate, actual] = ['category', 'subcategory', 'estimate_h', 'actual_h'].map(
    (name) => columnOf(table, name),
  ) as [number, number, number, number];
  const jobs = new UnusualJobs();
  const scores = table.rows.map((row) => {
    const job = {
      kind: [row[category]!, row[subcategory]!],
      estimated: readNumber(row[estimate]!, 'estimate_h'),
      actual: readNumber(row[actual]!, 'actual_h'),
    };
    const score = jobs.assess(job)?.score ?? 0;
    jobs.learn(job);
    return [score];
  });
  writeCsv(files[1]!, ['score'], scores);
}

async function forecast(call: Call): Promise<void> {
  const { forecastDemand } = await import('../services/analytics/models/forecast-demand.ts');
  const { forecastByName } = await import('../services/analytics/models/named-forecasts.ts');
  const { ids, series } = readSeries(readCsv(call.files[0]!));
  const horizon = readOption(call, 'horizon');
  const { method } = call.values;
  const months = method
    ? series.map((one) => forecastByName(method, one, horizon))
    : forecastDemand(series, horizon).map((one) => one.months);
  const header = ['id', ...Array.from({ length: horizon }, (_, ahead) => `h${ahead + 1}`)];
  writeCsv(
    call.files[1]!,
    header,
    months.map((row, index) => [ids[index]!, ...row]),
  );
}

async function reorder(call: Call): Promise<void> {
  const { reorderLevels } = await import('../services/analytics/models/reorder-level.ts');
  const { ids, series } = readSeries(readCsv(call.files[0]!));
  const question = { protection: readOption(call, 'protection'), service: readOption(call, 'service') };
  const levels = reorderLevels(series, question);
  writeCsv(
    call.files[1]!,
    ['id', 'S'],
    levels.map(({ level }, index) => [ids[index]!, level]),
  );
}

/** Splits off what is known beforehand; `actual_h` may be absent. */
function jobReader(table: CsvTable, call: Call): (row: readonly string[]) => DurationJob {
  const split = (list: string): string[] => list.split(',').filter(Boolean);
  const names = split(call.values.categories).map((name) => columnOf(table, name));
  const numbers = split(call.values.numbers).filter((name) => name !== 'estimate_h');
  const estimate = call.values.numbers.includes('estimate_h') ? columnOf(table, 'estimate_h') : null;
  return (row) => {
    const values = numbers.map((name) => {
      const value = readNumber(row[columnOf(table, name)]!, name);
      return name.endsWith('_h') ? Math.log(value) : value;
    });
    const estimated = estimate === null ? null : readNumber(row[estimate]!, 'estimate_h');
    return { inputs: [...names.map((column) => row[column]!), ...values], estimated };
  };
}

function readFinished(table: CsvTable, call: Call): FinishedJob[] {
  const read = jobReader(table, call);
  const actual = columnOf(table, 'actual_h');
  return table.rows.map((row) => ({ ...read(row), actual: readNumber(row[actual]!, 'actual_h') }));
}

async function predictDurations(call: Call): Promise<void> {
  const { DurationPredictor, DurationStream, trainDuration } =
    await import('../services/analytics/models/duration-model.ts');
  const [train, test, output] = call.files as [string, string, string];
  const count = (list: string): number =>
    list.split(',').filter((name) => name && name !== 'estimate_h').length;
  const options = {
    kinds: [
      ...Array.from({ length: count(call.values.categories) }, () => 'name' as const),
      ...Array.from({ length: count(call.values.numbers) }, () => 'number' as const),
    ],
    coverage: readOption(call, 'coverage'),
  };
  const known = readFinished(readCsv(train), call);
  const table = readCsv(test);
  const rows: number[][] = [];
  if (call.values.online) {
    const stream = new DurationStream(known, options);
    for (const job of readFinished(table, call)) {
      const { predicted, lower, upper } = stream.predict({ inputs: job.inputs, estimated: job.estimated });
      rows.push([predicted, lower, upper]);
      stream.learn(job);
    }
  } else {
    const predictor = new DurationPredictor(trainDuration(known, options));
    for (const job of table.rows.map(jobReader(table, call))) {
      const { predicted, lower, upper } = predictor.predict(job);
      rows.push([predicted, lower, upper]);
    }
  }
  writeCsv(output, ['predicted', 'lower', 'upper'], rows);
}

async function group(call: Call): Promise<void> {
  const { groupPoints } = await import('../services/analytics/models/group-points.ts');
  const table = readCsv(call.files[0]!);
  const points = table.rows.map((row) =>
    row.slice(1).map((cell, at) => readNumber(cell, table.header[at + 1]!)),
  );
  const { membership } = groupPoints(points, readOption(call, 'k'), SEED);
  writeCsv(
    call.files[1]!,
    ['id', 'cluster'],
    table.rows.map((row, index) => [row[0]!, membership[index]!]),
  );
}

const TASKS: Readonly<Record<string, { files: number; run: (call: Call) => Promise<void> }>> = {
  anomaly: { files: 2, run: scoreRows },
  'anomaly-stream': { files: 2, run: scoreRowStream },
  'tasks-stream': { files: 2, run: scoreJobs },
  demand: { files: 2, run: forecast },
  reorder: { files: 2, run: reorder },
  duration: { files: 3, run: predictDurations },
  segments: { files: 2, run: group },
};

async function main(): Promise<void> {
  const { positionals, values } = readArguments(process.argv.slice(2));
  const [name = '', ...files] = positionals;
  const task = Object.hasOwn(TASKS, name) ? TASKS[name]! : null;
  if (!task) throw new RangeError(`Task "${name}" is not one of: ${Object.keys(TASKS).join(', ')}`);
  if (files.length !== task.files)
    throw new RangeError(`${name} takes ${task.files} files, not ${files.length}`);
  await task.run({ files, values });
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
