/** Random DDL and random rows in the same tables at the same time, with a reader that is killed on the way. */
import { setTimeout as pause } from 'node:timers/promises';
import type { VerifyReport } from '../../app/runtime.ts';
import type { Random } from '../../simulator/random.ts';
import type { CliResult } from './cli-process.ts';
import { randomDdl } from './ddl-statements.ts';
import { LiveSchema } from './live-schema.ts';
import type { TestMariadb } from './mariadb.ts';
import { startSchemaWriters, WRITER_SETTINGS } from './schema-writers.ts';

export interface StressOptions {
  readonly db: TestMariadb;
  readonly database: string;
  /** Tables it happens to, besides those that come to be on the way. */
  readonly tables: readonly string[];
  /** DDL statements that succeed. */
  readonly statements: number;
  readonly kills: number;
  readonly random: Random;
  /** kill -9 of the reader, and a new one in its place. */
  readonly killAndStart: () => Promise<void>;
  readonly say: (line: string) => void;
}

export interface StressOutcome {
  readonly ddl: number;
  /** DDL that the server did not take: a key too long, a type that the values do not fit. */
  readonly refused: number;
  readonly rowStatements: number;
  /** All tables that there are in the end. */
  readonly tables: readonly string[];
}

const WRITERS = 4;
const MAX_REST_MS = 120;
/** Of all DDL. More would mean that the statements make no sense. */
const MAX_REFUSED = 0.4;

export async function stressWithDdl(options: StressOptions): Promise<StressOutcome> {
  const { db, database, random, statements, kills } = options;
  const schema = await LiveSchema.read(db, database, options.tables);
  const writers = startSchemaWriters(db, schema, { count: WRITERS, random });
  const killsDue = Array.from({ length: kills }, (_, n) => Math.floor(((n + 0.5) * statements) / kills));
  const connection = await db.connect(database);
  await connection.query(WRITER_SETTINGS);
  let killing: Promise<void> = Promise.resolve();
  let [ddl, refused] = [0, 0];
  try {
    for (let number = 1; ddl < statements; number++) {
      const step = randomDdl(schema, { hot: () => true, random, number });
      for (const sql of step.statements) {
        try {
          await connection.query(sql);
        } catch (error) {
          refused++;
          options.say(`refused: ${step.kind}: ${(error as Error).message}: ${sql.slice(0, 200)}`);
          break;
        }
        if (!sql.startsWith('INSERT')) ddl++;
        options.say(`${String(ddl).padStart(4)}  ${step.kind}: ${sql}`);
        // The reader starts again beside what goes on, and finds many statements when it is back.
        if (killsDue[0] !== undefined && killsDue[0] < ddl) {
          killsDue.shift();
          await killing;
          killing = options.killAndStart();
          killing.catch(() => undefined);
        }
      }
      for (const table of step.touches) await schema.refresh(table);
      await pause(random.int(0, MAX_REST_MS));
      if (refused > 20 && refused > MAX_REFUSED * (ddl + refused))
        throw new Error(`${refused} refused, ${ddl} not`);
    }
  } finally {
    await writers.stop();
    await killing;
  }
  const all = await LiveSchema.read(db, database);
  return { ddl, refused, rowStatements: writers.statements, tables: all.tables };
}

/** What is wrong with the answer of `verify --json`; empty when every one of `tables` is equal. */
export function verdictOf(verified: CliResult, tables: readonly string[]): string[] {
  if (verified.stdout === '') return [`verify failed (exit ${verified.code}): ${verified.stderr}`];
  const report = JSON.parse(verified.stdout) as VerifyReport;
  const compared = new Set(report.tables.map(({ table }) => table));
  return [
    ...tables.filter((table) => !compared.has(table)).map((table) => `${table}: not compared`),
    ...report.tables
      .filter(({ equal }) => !equal)
      .map(({ table, differences }) => `${table}: ${differences.join('; ')}`),
  ];
}
